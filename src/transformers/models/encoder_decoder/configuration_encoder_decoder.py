"""Configuration of a pair of an encoder and a decoder."""

from __future__ import annotations

from typing import Any, Self

from ...configuration_utils import PretrainedConfig
from ..auto.configuration_auto import AutoConfig


class EncoderDecoderConfig(PretrainedConfig):
    """The configs of both halves (arXiv:1907.12461), each a config or a dict with its `model_type`.

    Example:
        EncoderDecoderConfig.from_encoder_decoder_configs(BertConfig(), GPT2Config())

    Raises:
        ValueError: a half is missing, or is a dict that does not say its model type.
    """

    model_type = "encoder-decoder"
    sub_configs = {"encoder": AutoConfig, "decoder": AutoConfig}
    is_composition = True
    has_no_defaults_at_init = True

    encoder: PretrainedConfig
    decoder: PretrainedConfig
    is_encoder_decoder: bool = True

    @classmethod
    def _bind(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        given = super()._bind(args, kwargs)
        for half in cls.sub_configs:
            part = given.get(half)
            if part is None:
                found = ", ".join(name for name in cls.sub_configs if given.get(name) is not None)
                raise ValueError(
                    f"{cls.__name__} needs both encoder and decoder, got {found or 'neither'}: pass "
                    f"two configs to {cls.__name__}.from_encoder_decoder_configs"
                )
            if isinstance(part, dict) and not part.get("model_type"):
                raise ValueError(f"{cls.__name__}: {half} has no model_type, which says what model it is")
        return given

    @classmethod
    def from_encoder_decoder_configs(
        cls, encoder_config: PretrainedConfig, decoder_config: PretrainedConfig, **kwargs: Any
    ) -> Self:
        """A pair of copies of two configs; the second one is made a decoder with cross-attention first.

        Args:
            encoder_config: of the half that reads.
            decoder_config: of the half that writes; its `is_decoder` and `add_cross_attention` are set.
            kwargs: values of the pair itself, such as `decoder_start_token_id`.
        """
        decoder_config.is_decoder = True
        decoder_config.add_cross_attention = True
        return cls(encoder=encoder_config.to_dict(), decoder=decoder_config.to_dict(), **kwargs)


__all__ = ["EncoderDecoderConfig"]
