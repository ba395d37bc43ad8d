"""models.mbart."""
