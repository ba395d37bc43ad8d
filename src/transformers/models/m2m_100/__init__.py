"""models.m2m_100."""
