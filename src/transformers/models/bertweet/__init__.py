"""models.bertweet."""
