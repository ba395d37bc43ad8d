"""models.marian."""
