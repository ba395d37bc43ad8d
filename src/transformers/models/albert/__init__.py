"""models.albert."""
