"""models.distilbert."""
