"""Results become text, JSON or Markdown. Pure."""
