"""Classes that choose the right class by a model's type; each part is loaded when one of its names is asked
for."""

from __future__ import annotations

import importlib
from typing import Any

# prefix of a name -> module of this package, the first that fits
_PLACES = (
    (("AutoConfig", "CONFIG_", "MODEL_NAMES_"), "configuration_auto"),
    (("AutoTokenizer", "TOKENIZER_MAPPING"), "tokenization_auto"),
    (("AutoModel", "AutoBackbone", "MODEL_"), "modeling_auto"),
    (("TFAuto", "TF_"), "modeling_tf_auto"),
    (("FlaxAuto", "FLAX_"), "modeling_flax_auto"),
    (("NpAuto", "NP_"), "modeling_np_auto"),
    (("get_values",), "auto_factory"),
)


def __getattr__(name: str) -> Any:
    for prefixes, module in _PLACES:
        if name.startswith(prefixes):
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
