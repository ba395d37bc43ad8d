"""What the JAX, TensorFlow and NumPy faces of models made of two others have beside the common things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Self

import numpy as np

from . import face
from .virtual import PREFIXES


class CompositeMixin:
    """A pair of an encoder and a decoder."""

    framework: Any
    config_class: Any
    network_class: Any
    network: Any

    @classmethod
    def from_encoder_decoder_pretrained(
        cls,
        encoder_pretrained_model_name_or_path: Any = None,
        decoder_pretrained_model_name_or_path: Any = None,
        *model_args: Any,
        **kwargs: Any,
    ) -> Self:
        """A pair of two checkpoints; see `loading.composite.load_halves`."""
        from ..loading.composite import load_halves

        names = encoder_pretrained_model_name_or_path, decoder_pretrained_model_name_or_path
        encoder, decoder, config = load_halves(cls, *names, *model_args, **kwargs)
        return cls(config, _module=join(cls, config, encoder, decoder))  # type: ignore[call-arg]

    def resize_token_embeddings(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: a pair has two vocabularies.

        Raises:
            NotImplementedError: always.
        """
        self.network.resize_token_embeddings()
        raise AssertionError  # the line above raises


class HalvesMixin(CompositeMixin):
    """A pair that is also made of two models.

    Args:
        config: of the pair; by default made of the halves'.
        encoder, decoder: models of this framework, whose weights are copied.
        kwargs: those of the face.

    Raises:
        ValueError: neither a config nor both halves are given.
    """

    def __init__(self, config: Any = None, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        if encoder is not None and decoder is not None:
            if config is None:
                config = self.config_class.from_encoder_decoder_configs(encoder.config, decoder.config)
            kwargs["_module"] = join(type(self), config, encoder, decoder)
        elif config is None:
            raise ValueError(f"{type(self).__name__} needs a config, or both an encoder and a decoder")
        super().__init__(config, **kwargs)  # type: ignore[call-arg]


def join(cls: Any, config: Any, encoder: Any, decoder: Any) -> Any:
    """The module of a pair, with the weights of two models."""
    if config._attn_implementation is None:
        chosen = {"encoder": encoder.config, "decoder": decoder.config}
        config._attn_implementation = {half: part._attn_implementation for half, part in chosen.items()}
    module = face.build(PREFIXES[cls.framework][0], cls.network_class, config)
    own = face.slots(module)
    for half, model in (("encoder", encoder), ("decoder", decoder)):
        for name, value in _weights(model).items():
            if (place := f"{half}.{name}") in own:
                own[place].set(np.asarray(value))
    return module


def _weights(model: Any) -> Mapping[str, Any]:
    """A model's weights by their names in files."""
    if model.framework != "flax":
        return model.state_dict()  # type: ignore[no-any-return]
    from .jax.trees import flatten

    return dict(flatten(model.params))


__all__ = ["CompositeMixin", "HalvesMixin", "join"]
