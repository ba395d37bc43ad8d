"""models.opt."""
