"""Pairs of an encoder and a decoder from two checkpoints."""

from __future__ import annotations

import importlib
from typing import Any

_AUTO = {"pt": ("", ""), "flax": ("flax_", "Flax"), "tf": ("tf_", "TF"), "np": ("np_", "Np")}
_HALVES = ("encoder", "decoder")


def load_halves(
    cls: Any, encoder_name: Any = None, decoder_name: Any = None, *model_args: Any, **kwargs: Any
) -> tuple[Any, Any, Any]:
    """(encoder, decoder, config of the pair) of `cls.from_encoder_decoder_pretrained`.

    Args:
        cls: the class of the pair, in any framework.
        encoder_name: folder or hub name of the half that reads, unless `encoder_model` is given.
        decoder_name: the same of the half that writes, unless `decoder_model` is given.
        model_args: further arguments of the encoder's `from_pretrained`.
        kwargs: those that begin with "encoder_" and "decoder_" go to that half's `from_pretrained`; the
            others are values of the pair's config.

    Raises:
        ValueError: a half is neither named nor given.
    """
    for_half: dict[str, dict[str, Any]] = {half: {} for half in _HALVES}
    rest: dict[str, Any] = {}
    for key, value in kwargs.items():
        half, _, name = key.partition("_")
        if half in _HALVES and key != "decoder_start_token_id":
            for_half[half][name] = value
        else:
            rest[key] = value
    parts = [
        _half(cls, "encoder", encoder_name, for_half["encoder"], model_args),
        _half(cls, "decoder", decoder_name, for_half["decoder"], ()),
    ]
    config = cls.config_class.from_encoder_decoder_configs(parts[0].config, parts[1].config, **rest)
    return parts[0], parts[1], config


def _half(cls: Any, half: str, name: Any, options: dict[str, Any], model_args: tuple[Any, ...]) -> Any:
    """One half: the model that was given, or the checkpoint that was named."""
    model = options.pop("model", None)
    if model is not None:
        return model
    if name is None:
        raise ValueError(
            f"{cls.__name__}.from_encoder_decoder_pretrained needs {half}_pretrained_model_name_or_path or "
            f"{half}_model"
        )
    package = __name__.partition(".loading")[0]
    if "config" not in options:
        found = importlib.import_module(f"{package}.models.auto.configuration_auto").AutoConfig
        keep = {key: options.pop(key) for key in _MODEL_KEYWORDS if key in options}
        config, options = found.from_pretrained(name, return_unused_kwargs=True, **options)
        config.is_decoder = config.add_cross_attention = half == "decoder"
        options |= {**keep, "config": config}
    stem, prefix = _AUTO[cls.framework]
    auto = importlib.import_module(f"{package}.models.auto.modeling_{stem}auto")
    task = {"encoder": "AutoModel", "decoder": "AutoModelForCausalLM"}[half]
    return getattr(auto, prefix + task).from_pretrained(name, *model_args, **options)


# Keywords about the making of the model, which the config must not take.
_MODEL_KEYWORDS = ("dtype", "torch_dtype", "attn_implementation", "quantization_config")

__all__ = ["load_halves"]
