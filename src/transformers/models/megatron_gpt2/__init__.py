"""models.megatron_gpt2."""
