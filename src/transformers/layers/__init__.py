"""The parts models are built from: plain PyTorch that also runs over JAX, TensorFlow and NumPy.

Legend of shape comments: B batch, T query tokens, S key tokens, C hidden width, H heads, K key/value heads,
D head width, F feed-forward, E experts, V vocabulary.
"""
