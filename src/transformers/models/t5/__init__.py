"""models.t5."""
