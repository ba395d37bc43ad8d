"""models.gpt2."""
