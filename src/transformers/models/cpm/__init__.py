"""models.cpm."""
