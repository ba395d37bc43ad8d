"""models.gpt_sw3."""
