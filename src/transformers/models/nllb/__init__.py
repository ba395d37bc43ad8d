"""models.nllb."""
