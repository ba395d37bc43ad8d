"""models.byt5."""
