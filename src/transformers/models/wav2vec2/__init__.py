"""models.wav2vec2."""
