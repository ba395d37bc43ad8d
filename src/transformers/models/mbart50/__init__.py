"""models.mbart50."""
