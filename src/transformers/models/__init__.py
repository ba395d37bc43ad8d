"""One room per architecture."""

from ..frameworks import virtual as _virtual

_virtual.install()
