"""models.llama."""
