"""models.encoder_decoder."""
