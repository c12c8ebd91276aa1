"""Files become documents: text, positions, shape. The only place that reads the repository."""
