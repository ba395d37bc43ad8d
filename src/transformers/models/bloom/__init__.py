"""models.bloom."""
