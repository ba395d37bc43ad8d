"""Importable modules of the faces: `models.bert.modeling_flax_bert`, `modeling_tf_bert`, `modeling_np_bert`.

Their classes are made from the re-executed `modeling_bert` when they are asked for.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import inspect
import re
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .loader import PACKAGE, ROOT, ring_module, torch_module

PREFIXES = {"flax": ("jax", "Flax"), "tf": ("tf", "TF"), "np": ("np", "Np")}
_NAME = re.compile(rf"{PACKAGE}\.models\.(\w+)\.modeling_(flax|tf|np)_(\w+)")


class _FaceModule(ModuleType):
    """A module whose classes are made on first use."""

    _room: str
    _file: str
    _kind: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        framework, prefix = PREFIXES[self._kind]
        ring = ring_module(framework, f"models.{self._room}.{self._file}")
        base = ring_module(framework, "layers.base").ModelBase
        if name == "__all__":
            public = [
                n
                for n in ring.__all__
                if isinstance(vars(ring).get(n), type) and issubclass(vars(ring)[n], base)
            ]
            return sorted(prefix + n for n in public)
        if self._kind == "flax" and (owner := self._linen_owner(name)):
            return getattr(self, owner).module_class
        wanted = _aliases(self._room).get(name, name).removeprefix(prefix)
        inner = vars(ring).get(wanted)
        if inspect.isfunction(inner) and wanted == name:
            return make_function(framework, inner)
        if not name.startswith(prefix) or not isinstance(inner, type):
            from ..utils.errors import did_you_mean

            raise AttributeError(f"{self.__name__} has no {name!r}.{did_you_mean(name, self.__all__)}")
        if not issubclass(inner, base):
            return inner
        if prefix + wanted != name:
            return getattr(self, prefix + wanted)
        made = make_class(self._kind, inner, name, self.__name__)
        setattr(self, name, made)
        return made

    def _linen_owner(self, name: str) -> str | None:
        """The class whose linen class `name` is: FlaxBertModel of FlaxBertModule; None: it is none."""
        stem = name.removesuffix("Module")
        owners = [owner for owner in (f"{stem}Model", stem) if owner in self.__all__]
        return owners[0] if owners and stem != name else None

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self.__all__})


def make_class(kind: str, inner: Any, name: str, module: str) -> type:
    """The face class `name` of a re-executed model class."""
    from .face import capabilities

    framework, prefix = PREFIXES[kind]
    root = getattr(importlib.import_module(f"{__package__}.{framework}.face"), f"{prefix}PreTrainedModel")
    parents = [parent for parent in inner.__bases__ if getattr(parent, "config_class", None) is not None]
    base: type = root
    if parents and parents[0].__module__ == inner.__module__:
        base = getattr(importlib.import_module(module), prefix + parents[0].__name__)
    title = {"jax": "JAX", "tf": "TensorFlow", "np": "NumPy"}[framework]
    doc = f"{inner.__name__} in {title}.\n\n{inner.__doc__}"
    body = {"network_class": inner, "__module__": module, "__doc__": doc, **capabilities(inner)}
    bases: tuple[type, ...] = (base,)
    if kind == "flax" and "decoder_input_ids" in inspect.signature(inner.forward).parameters:
        bases = (importlib.import_module(f"{__package__}.jax.pairs").PairMixin, base)
    if "from_encoder_decoder_pretrained" in vars(inner):
        mixins = importlib.import_module(f"{__package__}.composite")
        bases = (mixins.CompositeMixin if kind == "flax" else mixins.HalvesMixin, *bases)
    return type(base)(name, bases, body)


def make_function(framework: str, inner: Any) -> Any:
    """A re-executed function (`shift_tokens_right`) over the framework's own arrays."""
    from .face import map_tree

    tensor = torch_module(framework).Tensor

    def is_array(value: Any) -> bool:
        return hasattr(value, "__array__") and not isinstance(value, tensor)

    @functools.wraps(inner)
    def run(*args: Any, **kwargs: Any) -> Any:
        given, named = map_tree(torch_module(framework).as_tensor, [list(args), kwargs], is_array)
        return map_tree(
            lambda found: found.a, inner(*given, **named), lambda value: isinstance(value, tensor)
        )

    return run


def _aliases(room: str) -> dict[str, str]:
    """Published names of a room that stand for other classes."""
    import ast

    path = ROOT / "models" / room / "manifest.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    manifest = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    return dict(manifest.get("aliases", {}))


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _FaceModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        room, kind, stem = _NAME.fullmatch(module.__name__).groups()  # type: ignore[union-attr]
        module.__dict__.update(_room=room, _kind=kind, _file=f"modeling_{stem}")
        module.__file__ = str(ROOT / "models" / room / f"modeling_{stem}.py")


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        match = _NAME.fullmatch(fullname)
        if match is None or not (ROOT / "models" / match[1] / f"modeling_{match[3]}.py").is_file():
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader())


def install() -> None:
    """Make the faces' modules importable; safe to call again."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


install()

__all__ = ["PREFIXES", "install", "make_class"]
