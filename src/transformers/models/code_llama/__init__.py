"""models.code_llama."""
