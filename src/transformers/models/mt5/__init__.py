"""models.mt5."""
