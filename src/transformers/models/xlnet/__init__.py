"""models.xlnet."""
