"""models.camembert."""
