"""models.mistral."""
