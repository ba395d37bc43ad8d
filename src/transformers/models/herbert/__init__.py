"""models.herbert."""
