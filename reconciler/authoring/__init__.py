"""Documents that never reach the server: layers, and what they give to bootstraps."""
