"""models.tapex."""
