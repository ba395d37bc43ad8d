"""models.barthez."""
