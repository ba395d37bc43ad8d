"""The torch-API layer against real PyTorch."""
