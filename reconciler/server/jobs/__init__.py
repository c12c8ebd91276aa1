"""Background jobs: the worker that runs them, and when each is due."""
