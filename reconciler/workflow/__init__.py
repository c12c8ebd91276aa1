"""One module per command, without terminal, files or HTTP of its own."""
