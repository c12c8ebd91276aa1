"""Other systems this one works with, each with a simulator."""
