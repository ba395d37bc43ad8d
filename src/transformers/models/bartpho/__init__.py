"""models.bartpho."""
