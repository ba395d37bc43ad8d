"""models.pegasus."""
