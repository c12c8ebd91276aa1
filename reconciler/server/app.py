"""Composition root of the server: joins every part; the only clock."""
