"""models.mobilenet_v2."""
