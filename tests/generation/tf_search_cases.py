"""How each search of TensorFlow's release 4.35 is called by its name: the same calls for both libraries."""

from __future__ import annotations

from typing import Any

import numpy as np

K = 3
ENDS = [2, 9, 17, 30, 41]
MODELS: dict[str, dict[str, Any]] = {
    "gpt2": {
        "config": "GPT2Config",
        "class": "TFGPT2LMHeadModel",
        "pair": False,
        "values": {
            "vocab_size": 53, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 40,
            "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3,
        },
    },
    "t5": {
        "config": "T5Config",
        "class": "TFT5ForConditionalGeneration",
        "pair": True,
        "values": {
            "vocab_size": 53, "d_model": 24, "d_kv": 8, "num_heads": 3, "d_ff": 32, "num_layers": 2,
            "eos_token_id": 2, "pad_token_id": 3, "decoder_start_token_id": 3,
        },
    },
}  # fmt: skip


def prompt(pair: bool) -> tuple[Any, Any]:
    """Ids (2, 6) and their mask; a row is padded."""
    ids = np.random.default_rng(8).integers(5, 53, (2, 6)).astype(np.int32)
    mask = np.ones_like(ids)
    gap = slice(4, 6) if pair else slice(0, 2)
    ids[1, gap], mask[1, gap] = 3, 0
    return ids, mask


class Calls:
    """The calls, with the objects of a library, for one model."""

    def __init__(self, library: Any, tf: Any, model: Any, pair: bool) -> None:
        self.library, self.tf, self.model, self.pair = library, tf, model, pair

    def list_of(self, *parts: tuple[str, tuple[Any, ...]]) -> Any:
        return self.library.TFLogitsProcessorList([getattr(self.library, n)(*given) for n, given in parts])

    def inputs(self, beams: int = 1) -> tuple[Any, dict[str, Any]]:
        """The first ids, with an axis of beams if there are several, and the keywords of the model."""
        tf, (ids, mask) = self.tf, prompt(self.pair)
        kwargs: dict[str, Any] = {}
        if self.pair:
            encoded = self.model.get_encoder()(tf.constant(ids), attention_mask=tf.constant(mask))
            states = encoded.last_hidden_state
            kind = type(encoded)
            ids = np.full((2, 1), 3, np.int32)
            kwargs["encoder_outputs"] = kind(last_hidden_state=self.wide(states, beams))
        kwargs["attention_mask"] = self.wide(tf.constant(mask), beams)
        return self.wide(tf.constant(ids), beams), kwargs

    def wide(self, value: Any, beams: int) -> Any:
        """(B, ...) -> (B, beams, ...)."""
        return value if beams == 1 else self.tf.repeat(value[:, None], beams, axis=1)

    def common(self, length: int) -> dict[str, Any]:
        full = {"output_scores": True, "return_dict_in_generate": True}
        return {"max_length": length, "pad_token_id": 3, "eos_token_id": ENDS, **full}

    def greedy_search(self) -> Any:
        ids, kwargs = self.inputs()
        made = self.list_of(("TFRepetitionPenaltyLogitsProcessor", (1.3,)))
        return self.model.greedy_search(ids, logits_processor=made, **self.common(14), **kwargs)

    def sample(self) -> Any:
        """With one token left to draw."""
        ids, kwargs = self.inputs()
        first = self.list_of(("TFMinLengthLogitsProcessor", (9, 2)))
        then = self.list_of(("TFTemperatureLogitsWarper", (0.7,)), ("TFTopKLogitsWarper", (1,)))
        given = {"logits_processor": first, "logits_warper": then, "seed": (1, 2)}
        return self.model.sample(ids, **given, **self.common(13), **kwargs)

    def beam_search(self) -> Any:
        ids, kwargs = self.inputs(K)
        made = self.list_of(("TFNoRepeatNGramLogitsProcessor", (2,)))
        given = {"logits_processor": made, "num_return_sequences": 2, "length_penalty": 1.5}
        return self.model.beam_search(ids, **given, **self.common(13), **kwargs)

    def early_beams(self) -> Any:
        ids, kwargs = self.inputs(K)
        return self.model.beam_search(ids, early_stopping=True, **self.common(12), **kwargs)

    def endless_beams(self) -> Any:
        """None of which comes to an end, and the words for it by the settings."""
        ids, kwargs = self.inputs(K)
        common = {**self.common(9), "eos_token_id": [51]}
        given = {"early_stopping": "never", "length_penalty": 0.5, "num_return_sequences": 2}
        return self.model.beam_search(ids, **given, **common, **kwargs)

    def contrastive_search(self) -> Any:
        ids, kwargs = self.inputs()
        warper = self.list_of(("TFTopPLogitsWarper", (0.95,)))
        given = {"top_k": 4, "penalty_alpha": 0.6, "logits_warper": warper}
        return self.model.contrastive_search(ids, **given, **self.common(14), **kwargs, use_cache=True)


SEARCHES = ("greedy_search", "sample", "beam_search", "early_beams", "endless_beams", "contrastive_search")


def numbers(found: Any) -> dict[str, Any]:
    """What is compared of an output: tokens, the score of each text, and a mean of each step's scores."""
    steps = [float(np.asarray(s, np.float64).clip(-1e4, 1e4).mean()) for s in found.scores]
    result: dict[str, Any] = {
        "sequences": np.asarray(found.sequences).tolist(),
        "steps": [float(f"{step:.6g}") for step in steps],
    }
    total = getattr(found, "sequences_scores", None)
    if total is not None:
        result["origins"] = np.asarray(found.beam_indices).tolist()
        result["totals"] = [float(f"{score:.6g}") for score in np.asarray(total).tolist()]
    return result


__all__ = ["MODELS", "SEARCHES", "Calls", "numbers", "prompt"]
