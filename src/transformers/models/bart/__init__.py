"""models.bart."""
