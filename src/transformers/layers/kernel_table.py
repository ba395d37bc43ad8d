"""A table of functions by name that users extend, for kernels and for the masks they take."""

from __future__ import annotations

from collections.abc import MutableMapping


class UnknownName(KeyError, ValueError):
    """A name that a table lacks."""

    def __str__(self):
        return str(self.args[0])


class GeneralInterface(MutableMapping):
    """Functions by name: one table of the class, and over it what only this instance was given.

    `register` writes into the class's table, for everyone; `table[name] = function` into the instance's.
    """

    _global_mapping = {}

    def __init__(self):
        self._local_mapping = {}

    @classmethod
    def register(cls, key, value):
        """Put a function under a name, for every model."""
        cls._global_mapping[key] = value

    def valid_keys(self):
        """The names there are."""
        return list(self)

    def get_interface(self, name, default):
        """The function of that name, or `default`."""
        return self.get(name, default)

    def __getitem__(self, name):
        for table in (self._local_mapping, self._global_mapping):
            if name in table:
                return table[name]
        raise UnknownName(f"{name!r} is unknown; there are {', '.join(sorted(self))}")

    def __contains__(self, name):
        return name in self._local_mapping or name in self._global_mapping

    def __setitem__(self, name, function):
        self._local_mapping[name] = function

    def __delitem__(self, name):
        """Forget a function, the instance's own first."""
        table = self._local_mapping if name in self._local_mapping else self._global_mapping
        if name not in table:
            raise UnknownName(f"{name!r} is unknown; there are {', '.join(sorted(self))}")
        del table[name]

    def __iter__(self):
        return iter({**self._global_mapping, **self._local_mapping})

    def __len__(self):
        return len({**self._global_mapping, **self._local_mapping})


__all__ = ["GeneralInterface", "UnknownName"]
