"""models.gptj."""
