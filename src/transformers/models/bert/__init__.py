"""models.bert."""
