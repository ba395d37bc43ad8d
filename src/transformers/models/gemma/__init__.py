"""models.gemma."""
