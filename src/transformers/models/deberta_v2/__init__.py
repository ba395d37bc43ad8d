"""models.deberta_v2."""
