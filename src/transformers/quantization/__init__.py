"""Weights in few bits: how linear layers hold and multiply them, and copies of weights for fast kernels."""
