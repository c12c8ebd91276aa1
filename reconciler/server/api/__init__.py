"""The JSON surface."""
