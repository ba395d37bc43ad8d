"""models.mpnet."""
