"""Services of the PyTorch face."""
