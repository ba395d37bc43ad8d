"""models.gpt_neox."""
