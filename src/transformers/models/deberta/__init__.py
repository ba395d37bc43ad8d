"""models.deberta."""
