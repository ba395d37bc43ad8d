"""models.roberta."""
