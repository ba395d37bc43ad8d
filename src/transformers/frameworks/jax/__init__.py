"""JAX: `backend.py` holds the primitives, `.torch` the torch-API layer over them, `.ring` the library's
    models.

Importing this package makes the two virtual packages importable and loads nothing of JAX.
"""

from .. import loader as loader
