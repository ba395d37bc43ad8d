"""models.qwen2."""
