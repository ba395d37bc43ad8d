"""models.gpt_neo."""
