"""models.phobert."""
