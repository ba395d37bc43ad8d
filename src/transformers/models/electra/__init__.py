"""models.electra."""
