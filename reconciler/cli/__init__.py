"""The terminal: joins every other part; one module per command."""
