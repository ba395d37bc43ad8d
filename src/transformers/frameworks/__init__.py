"""The torch-API layer: PyTorch model files re-executed over JAX, TensorFlow and NumPy."""
