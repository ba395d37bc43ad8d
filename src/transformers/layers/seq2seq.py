"""What encoder-decoder models share: the decoder's first inputs, and the two passes with their one output."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ..modeling_outputs import BaseModelOutput, ModelOutput, Seq2SeqModelOutput
from .base import can_return_tuple
from .heads import chosen

_TOKENS = ("input_ids", "attention_mask")
_HEADS = ("head_mask", "decoder_head_mask", "cross_attn_head_mask")
SEQ2SEQ_INPUTS = (*_TOKENS, *(f"decoder_{name}" for name in _TOKENS), *_HEADS, "encoder_outputs")
SEQ2SEQ_EMBEDS = ("inputs_embeds", "decoder_inputs_embeds")


def shift_right(tokens, pad_token_id, decoder_start_token_id):
    """What a decoder reads to predict `tokens` (B, T): the start token, then all but the last.

    Ignored labels, -100, become padding.
    Raises:
        ValueError: the config names no such token.
    """
    given = {"decoder_start_token_id": decoder_start_token_id, "pad_token_id": pad_token_id}
    if missing := [name for name, token in given.items() if token is None]:
        raise ValueError(f"decoder inputs made from other tokens need config.{missing[0]}: set it")
    moved = F.pad(tokens, (1, 0), value=decoder_start_token_id)[..., :-1]  # (B, T)
    return moved.masked_fill(moved == -100, pad_token_id)


def wrap_right(tokens, pad_token_id):
    """`shift_right` for models whose texts end with a language code: that code, not a fixed token, is first.

    tokens: (B, T), with padding on the right.
    """
    if pad_token_id is None:
        raise ValueError("decoder inputs made from other tokens need config.pad_token_id: set it")
    tokens = tokens.masked_fill(tokens == -100, pad_token_id)
    count = (tokens != pad_token_id).to(torch.long).sum(dim=-1, keepdim=True)  # (B, 1)
    return torch.cat([tokens.gather(1, torch.clamp(count - 1, min=0)), tokens], dim=1)[:, :-1]


def shift_by_config(self, input_ids):
    """`shift_right` by the config's tokens, as a method of a model's base."""
    config = self.config
    return shift_right(input_ids, config.pad_token_id, config.decoder_start_token_id)


def wrap_by_config(self, input_ids):
    """`wrap_right` by the config's padding token, as a method of a model's base."""
    return wrap_right(input_ids, self.config.pad_token_id)


def finite(x):
    """Half-precision values that overflowed, at the largest number there is."""
    if x.dtype != torch.float16:
        return x
    limit = torch.finfo(x.dtype).max - 1000
    return torch.clamp(x, min=-limit, max=limit)


def as_encoder_output(encoder_outputs):
    """A published `encoder_outputs` argument as a ModelOutput: itself, or made of a tuple or a dict."""
    if isinstance(encoder_outputs, ModelOutput):
        return encoder_outputs
    if isinstance(encoder_outputs, dict):
        return BaseModelOutput(**encoder_outputs)
    if isinstance(encoder_outputs, tuple | list):
        return BaseModelOutput(*tuple(encoder_outputs)[:3])
    return BaseModelOutput(last_hidden_state=encoder_outputs)


def encode_and_decode(
    model,
    *,
    input_ids=None,
    attention_mask=None,
    decoder_input_ids=None,
    decoder_attention_mask=None,
    head_mask=None,
    decoder_head_mask=None,
    cross_attn_head_mask=None,
    encoder_outputs=None,
    past_key_values=None,
    inputs_embeds=None,
    decoder_inputs_embeds=None,
    use_cache=None,
    output_attentions=None,
    output_hidden_states=None,
    return_dict=None,
    cache_position=None,
):
    """Run `model.encoder`, unless `encoder_outputs` are given, then `model.decoder` on what it gave.

    Raises:
        ValueError: both or none of the decoder's ids and embeddings were given.
    """
    asked = asked_outputs(model.config, output_attentions, output_hidden_states)
    if encoder_outputs is None:
        encoder_outputs = model.encoder(
            input_ids=input_ids,
            attention_mask=attention_mask,
            head_mask=head_mask,
            inputs_embeds=inputs_embeds,
            **asked,
        )
    encoded = as_encoder_output(encoder_outputs)
    if (decoder_input_ids is None) == (decoder_inputs_embeds is None):
        raise ValueError("give either decoder_input_ids or decoder_inputs_embeds, and not both")
    out = model.decoder(
        input_ids=decoder_input_ids,
        attention_mask=decoder_attention_mask,
        encoder_hidden_states=encoded.last_hidden_state,
        encoder_attention_mask=attention_mask,
        head_mask=decoder_head_mask,
        cross_attn_head_mask=cross_attn_head_mask,
        past_key_values=past_key_values,
        inputs_embeds=decoder_inputs_embeds,
        use_cache=chosen(use_cache, model.config.use_cache),  # the decoder's config may be a copy
        cache_position=cache_position,
        **asked,
    )
    return joined(encoded, out)


def asked_outputs(config, output_attentions, output_hidden_states):
    """The flags of a stack's forward, where the caller's leave it to the config."""
    return {
        "output_attentions": chosen(output_attentions, config.output_attentions),
        "output_hidden_states": chosen(output_hidden_states, config.output_hidden_states),
        "return_dict": True,
    }


def joined(encoded, out):
    """One output of the encoder's and the decoder's."""
    return Seq2SeqModelOutput(
        last_hidden_state=out.last_hidden_state,
        past_key_values=out.past_key_values,
        decoder_hidden_states=out.hidden_states,
        decoder_attentions=out.attentions,
        cross_attentions=out.cross_attentions,
        encoder_last_hidden_state=encoded.last_hidden_state,
        encoder_hidden_states=encoded.hidden_states,
        encoder_attentions=encoded.attentions,
    )


@can_return_tuple
def seq2seq_forward(
    self,
    input_ids=None,
    attention_mask=None,
    decoder_input_ids=None,
    decoder_attention_mask=None,
    head_mask=None,
    decoder_head_mask=None,
    cross_attn_head_mask=None,
    encoder_outputs=None,
    past_key_values=None,
    inputs_embeds=None,
    decoder_inputs_embeds=None,
    use_cache=None,
    output_attentions=None,
    output_hidden_states=None,
    return_dict=None,
    cache_position=None,
):
    """The forward of a trunk of `encoder` and `decoder`; `decoder_defaults` fills in what is left out."""
    given = {
        "input_ids": input_ids,
        "head_mask": head_mask,
        "decoder_input_ids": decoder_input_ids,
        "decoder_head_mask": decoder_head_mask,
        "decoder_inputs_embeds": decoder_inputs_embeds,
    }
    return encode_and_decode(
        self,
        attention_mask=attention_mask,
        decoder_attention_mask=decoder_attention_mask,
        cross_attn_head_mask=cross_attn_head_mask,
        encoder_outputs=encoder_outputs,
        past_key_values=past_key_values,
        inputs_embeds=inputs_embeds,
        use_cache=use_cache,
        output_attentions=output_attentions,
        output_hidden_states=output_hidden_states,
        cache_position=cache_position,
        **{**given, **self.decoder_defaults(given)},
    )


def last_marked(x, marks, others):
    """Entry of each row of (B, T, C) at the last of its `marks` (B, T), bool: (B, C).

    A row without any is read at the last of `others` (B, T).
    """
    places = torch.arange(x.shape[1], device=x.device)[None, :]  # (1, T)
    found = (marks.to(torch.long) * (places + 1)).amax(dim=-1)  # (B,): 0 where there is none
    spare = (others.to(torch.long) * places).amax(dim=-1)
    index = torch.where(found > 0, found - 1, spare)
    return x.gather(1, index[:, None, None].expand(-1, 1, x.shape[-1]))[:, 0]


def last_end(x, input_ids, eos_token_id, pad_token_id):
    """Entry of each row of (B, T, C) at its last end-of-text token: (B, C).

    A row without one is read at its last token that is no padding.
    Raises:
        NotImplementedError: embeddings were given, in which no token can be found.
        ValueError: the decoder's length is another than that of input_ids.
    """
    if input_ids is None:
        raise NotImplementedError("the last end-of-text token decides: give input_ids, not inputs_embeds")
    lengths = (x.shape[1], input_ids.shape[1])
    if all(isinstance(size, int) for size in lengths) and lengths[0] != lengths[1]:
        raise ValueError(
            f"the decoder has {lengths[0]} tokens and input_ids {lengths[1]}: it must be as long, for the "
            "state at the last end of input_ids is looked up in it"
        )
    ends = [eos_token_id] if isinstance(eos_token_id, int) else list(eos_token_id or ())
    marks = torch.zeros_like(input_ids, dtype=torch.bool)
    for token in ends:
        marks = marks | (input_ids == token)
    real = torch.ones_like(marks) if pad_token_id is None else input_ids != pad_token_id
    return last_marked(x, marks, real)


class EndHead(nn.Module):
    """Dense layer, tanh and projection to the labels: (B, C) -> (B, labels)."""

    def __init__(self, input_dim, inner_dim, num_classes, pooler_dropout):
        super().__init__()
        self.dense = nn.Linear(input_dim, inner_dim)
        self.dropout = nn.Dropout(pooler_dropout)
        self.out_proj = nn.Linear(inner_dim, num_classes)

    def forward(self, hidden_states):
        return self.out_proj(self.dropout(torch.tanh(self.dense(self.dropout(hidden_states)))))


__all__ = [
    "EndHead",
    "SEQ2SEQ_EMBEDS",
    "SEQ2SEQ_INPUTS",
    "as_encoder_output",
    "encode_and_decode",
    "finite",
    "last_end",
    "last_marked",
    "seq2seq_forward",
    "shift_by_config",
    "shift_right",
    "wrap_by_config",
    "wrap_right",
]
