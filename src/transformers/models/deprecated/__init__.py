"""Published import paths of architectures that were put aside elsewhere; each leads to its room above."""

from __future__ import annotations
