"""The only door from the client to the bundled server."""
