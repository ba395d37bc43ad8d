"""models.falcon."""
