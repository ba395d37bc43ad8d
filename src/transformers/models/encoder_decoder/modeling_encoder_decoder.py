"""Pairs of an encoder and a decoder (arXiv:1907.12461): two published models joined into one.

Unlike T5 or BART: the halves are whole models, each with its config; the decoder's cross-attention is new,
unless the pair was saved as one.  A projection joins halves of two widths.  Unlike the published release:
a start token that is also the padding token is attended to when labels are given, as it is in generation.
"""

from __future__ import annotations

import torch
from torch import nn

from ...layers.base import plain_tuple
from ...layers.composite import (
    check_encoder_options,
    check_widths,
    choose_attention,
    class_of,
    collected,
    needs_projection,
    prefixed,
    scoped,
    scoped_renames,
    split_options,
    twin_ties,
)
from ...layers.heads import chosen
from ...layers.seq2seq import as_encoder_output
from ...layers.seq2seq import shift_right as shift_tokens_right
from ...modeling_outputs import Seq2SeqLMOutput
from ...modeling_utils import PreTrainedModel
from .configuration_encoder_decoder import EncoderDecoderConfig


def real_tokens(tokens, pad_token_id):
    """The mask of what a decoder reads, (B, T): all but padding, and the start token, whatever it is."""
    return torch.cat([torch.ones_like(tokens[:, :1]), (tokens[:, 1:] != pad_token_id).to(torch.long)], dim=1)


class EncoderDecoderModel(PreTrainedModel):
    """Writes text from text; `labels` (B, T) are what it should write.

    Made from a config, from an encoder and a decoder, or by `from_encoder_decoder_pretrained`.

    Raises:
        ValueError: neither was given, or the halves do not go together.
    """

    _generates = True
    config_class = EncoderDecoderConfig
    base_model_prefix = "encoder_decoder"
    supports_gradient_checkpointing = True
    loss_type = "ForMaskedLM"
    _supports_flash_attn = True

    def __init__(self, config=None, encoder=None, decoder=None):
        if config is None:
            if encoder is None or decoder is None:
                raise ValueError("EncoderDecoderModel needs a config, or both an encoder and a decoder")
            config = EncoderDecoderConfig.from_encoder_decoder_configs(encoder.config, decoder.config)
        elif not isinstance(config, EncoderDecoderConfig):
            kind = type(config).__name__
            raise ValueError(f"EncoderDecoderModel needs an EncoderDecoderConfig, got {kind}")
        for name, half in (("encoder", encoder), ("decoder", decoder)):
            if half is not None:
                setattr(config, name, half.config)
        check_widths(config)
        reader = class_of("AutoModel", config.encoder) if encoder is None else type(encoder)
        writer = class_of("AutoModelForCausalLM", config.decoder) if decoder is None else type(decoder)
        choose_attention(config, {"encoder": reader, "decoder": writer})
        super().__init__(config)
        self.encoder = reader(config.encoder) if encoder is None else encoder
        self.decoder = writer(config.decoder) if decoder is None else decoder
        self.encoder.config, self.decoder.config = config.encoder, config.decoder
        if self.encoder.get_output_embeddings() is not None:
            raise ValueError(
                f"the encoder must be a model without a head, got {type(self.encoder).__name__}: take the "
                "one that AutoModel gives"
            )
        if needs_projection(config):
            self.enc_to_dec_proj = nn.Linear(config.encoder.hidden_size, config.decoder.hidden_size)
        self._gather()
        self.post_init()

    def _gather(self):
        """What the halves say about loading and numbers, in the names of the pair."""
        halves = {"encoder": self.encoder, "decoder": self.decoder}
        self._renames, self._ignored_keys = scoped_renames(halves), scoped(halves, "_ignored_keys")
        for name in ("_keep_in_fp32_modules", "_keep_in_fp32_modules_strict"):
            setattr(self, name, collected(halves, name))
        for name in ("_optional_modules", "_vocabulary_buffers"):
            setattr(self, name, prefixed(halves, name))
        self._no_split_modules = list(collected(halves, "_no_split_modules"))
        self._twins = twin_ties(self.encoder, self.decoder) if self.config.tie_encoder_decoder else {}

    def _init_weights(self, module):
        for half in (self.encoder, self.decoder):
            if any(module is part for part in half.modules()):
                half._init_weights(module)
                return
        super()._init_weights(module)

    def active_ties(self):
        """The ties in force: those of each half and, with `tie_encoder_decoder`, those between them."""
        ties = dict(self._twins)
        for name, half in (("encoder", self.encoder), ("decoder", self.decoder)):
            for alias, source in half.active_ties().items():
                ties[f"{name}.{alias}"] = ties.get(f"{name}.{source}", f"{name}.{source}")
        return ties

    def get_encoder(self):
        """The half that reads."""
        return self.encoder

    def get_decoder(self):
        """The half that writes."""
        return self.decoder

    def get_input_embeddings(self):
        """The encoder's embedding."""
        return self.encoder.get_input_embeddings()

    def set_input_embeddings(self, value):
        """Put another module in the place of the encoder's embedding."""
        self.encoder.set_input_embeddings(value)

    def get_output_embeddings(self):
        """The decoder's projection to the vocabulary."""
        return self.decoder.get_output_embeddings()

    def set_output_embeddings(self, new_embeddings):
        """Put another module in the place of the decoder's projection."""
        self.decoder.set_output_embeddings(new_embeddings)

    def resize_token_embeddings(self, *args, **kwargs):
        """Refused: a pair has two vocabularies.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            "a pair has two vocabularies: call model.encoder.resize_token_embeddings(...) or "
            "model.decoder.resize_token_embeddings(...)"
        )

    def prepare_decoder_input_ids_from_labels(self, labels):
        """What the decoder reads to predict `labels`: the start token, then all but the last."""
        return shift_tokens_right(labels, self.config.pad_token_id, self.config.decoder_start_token_id)

    @classmethod
    def from_encoder_decoder_pretrained(
        cls,
        encoder_pretrained_model_name_or_path=None,
        decoder_pretrained_model_name_or_path=None,
        *model_args,
        **kwargs,
    ):
        """A pair of two checkpoints; see `loading.composite.load_halves`."""
        from ...loading.composite import load_halves

        names = encoder_pretrained_model_name_or_path, decoder_pretrained_model_name_or_path
        encoder, decoder, config = load_halves(cls, *names, *model_args, **kwargs)
        return cls(config=config, encoder=encoder, decoder=decoder)

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        decoder_input_ids=None,
        decoder_attention_mask=None,
        encoder_outputs=None,
        past_key_values=None,
        inputs_embeds=None,
        decoder_inputs_embeds=None,
        labels=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        **kwargs,
    ):
        asked = {  # what neither the caller nor the pair's config asks for is left to each half's
            "output_attentions": chosen(output_attentions, self.config.output_attentions or None),
            "output_hidden_states": chosen(output_hidden_states, self.config.output_hidden_states or None),
            "return_dict": True,
        }
        options, own, loss_options = split_options(kwargs)
        if encoder_outputs is None:
            inputs = {"input_ids": input_ids, "inputs_embeds": inputs_embeds}
            encoded = self.encoder(**inputs, attention_mask=attention_mask, **asked, **options)
        else:
            check_encoder_options(self.encoder, options)
            encoded = as_encoder_output(encoder_outputs)
        if labels is not None and decoder_input_ids is None and decoder_inputs_embeds is None:
            decoder_input_ids = self.prepare_decoder_input_ids_from_labels(labels)  # (B, T)
            if decoder_attention_mask is None:
                decoder_attention_mask = real_tokens(decoder_input_ids, self.config.pad_token_id)
        x = encoded.last_hidden_state  # (B, S, C)
        out = self.decoder(
            input_ids=decoder_input_ids,
            attention_mask=decoder_attention_mask,
            encoder_hidden_states=self.enc_to_dec_proj(x) if needs_projection(self.config) else x,
            encoder_attention_mask=attention_mask,
            inputs_embeds=decoder_inputs_embeds,
            use_cache=use_cache,
            past_key_values=past_key_values,
            **asked,
            **own,
        )
        loss = self.compute_loss(out.logits, labels, **loss_options)
        if not chosen(return_dict, self.config.use_return_dict):
            return (() if loss is None else (loss,)) + plain_tuple(out) + plain_tuple(encoded)
        return Seq2SeqLMOutput(
            loss=loss,
            logits=out.logits,
            past_key_values=out.past_key_values,
            decoder_hidden_states=out.hidden_states,
            decoder_attentions=out.attentions,
            cross_attentions=out.cross_attentions,
            encoder_last_hidden_state=encoded.last_hidden_state,
            encoder_hidden_states=encoded.hidden_states,
            encoder_attentions=encoded.attentions,
        )


__all__ = ["EncoderDecoderModel"]
