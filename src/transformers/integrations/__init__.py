"""Kernels, placements and splittings of PyTorch models that other packages, or parts of torch, provide."""
