"""models.xlm_roberta."""
