"""The torch-API layer, written once: `torch/` is executed per framework beside that framework's `backend.py`.

The other modules are plain and shared: dtypes, the scope of a functional call, initial values, the
vocabulary.
"""
