"""Which checkpoints of Keras and Flax are recorded, and the weights in them; imports neither library."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent / "golden" / "foreign.json.gz"
SHOWN = 8  # columns of the first output that are kept
_PLAIN = {
    "vocab_size": 99, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
    "intermediate_size": 20, "max_position_embeddings": 32, "hidden_act": "gelu_new",
}  # fmt: skip
_PAIR = {
    "vocab_size": 99, "d_model": 24, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 4,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 20, "decoder_ffn_dim": 28, "max_position_embeddings": 32,
    "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}  # fmt: skip
_GPT = {"vocab_size": 99, "n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 32}
_T5 = {"vocab_size": 99, "d_model": 24, "d_kv": 6, "d_ff": 20, "num_layers": 2, "num_heads": 4}
_DEBERTA = {
    **_PLAIN,
    "relative_attention": True,
    "pos_att_type": ["c2p", "p2c"],
    "position_biased_input": False,
}
_WAVE = {
    "vocab_size": 20, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
    "intermediate_size": 20,
    "conv_dim": [8, 6], "conv_kernel": [4, 3], "conv_stride": [3, 2], "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 5, "num_conv_pos_embedding_groups": 2, "feat_extract_norm": "layer",
    "do_stable_layer_norm": True, "conv_bias": True,
}  # fmt: skip
_DISTIL = {
    "vocab_size": 99,
    "dim": 24,
    "n_layers": 2,
    "n_heads": 4,
    "hidden_dim": 20,
    "max_position_embeddings": 32,
}
_OPT = {
    "vocab_size": 99, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 20,
    "max_position_embeddings": 32, "word_embed_proj_dim": 24,
}  # fmt: skip
_NEO = {
    "vocab_size": 99, "hidden_size": 24, "num_layers": 2, "num_heads": 4, "max_position_embeddings": 32,
    "attention_types": [[["global", "local"], 1]],
}  # fmt: skip
# Class without its framework's beginning -> (start of the config's class, its fields, kinds of files)
BOTH, TF, FLAX = ("tf", "flax"), ("tf",), ("flax",)
CASES: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "AlbertForMaskedLM": ("Albert", {**_PLAIN, "embedding_size": 12}, BOTH),
    "BartForConditionalGeneration": ("Bart", _PAIR, BOTH),
    "BertForPreTraining": ("Bert", _PLAIN, BOTH),
    "BloomForCausalLM": ("Bloom", {"vocab_size": 99, "hidden_size": 24, "n_layer": 2, "n_head": 4}, FLAX),
    "CamembertForTokenClassification": ("Camembert", _PLAIN, TF),
    "DebertaForMaskedLM": ("Deberta", {**_DEBERTA, "max_relative_positions": 8}, TF),
    "DebertaV2ForSequenceClassification": (
        "DebertaV2",
        {**_DEBERTA, "position_buckets": 4, "norm_rel_ebd": "layer_norm", "share_att_key": True},
        TF,
    ),
    "DistilBertForMaskedLM": ("DistilBert", _DISTIL, BOTH),
    "ElectraForPreTraining": ("Electra", {**_PLAIN, "embedding_size": 12}, BOTH),
    "GPT2LMHeadModel": ("GPT2", _GPT, BOTH),
    "GPTJForCausalLM": ("GPTJ", {**_GPT, "rotary_dim": 4}, BOTH),
    "GPTNeoForCausalLM": ("GPTNeo", _NEO, FLAX),
    "MBartForConditionalGeneration": ("MBart", _PAIR, BOTH),
    "MPNetForMaskedLM": ("MPNet", _PLAIN, TF),
    "MT5ForConditionalGeneration": (
        "MT5",
        {**_T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        BOTH,
    ),
    "MarianModel": ("Marian", {**_PAIR, "decoder_vocab_size": 99}, BOTH),
    "OPTForCausalLM": ("OPT", _OPT, BOTH),
    "PegasusForConditionalGeneration": ("Pegasus", _PAIR, BOTH),
    "RobertaForSequenceClassification": ("Roberta", _PLAIN, BOTH),
    "T5ForConditionalGeneration": ("T5", _T5, BOTH),
    "Wav2Vec2ForCTC": ("Wav2Vec2", _WAVE, BOTH),
    "XLMRobertaForMaskedLM": ("XLMRoberta", _PLAIN, BOTH),
    "XLNetLMHeadModel": (
        "XLNet",
        {"vocab_size": 99, "d_model": 24, "n_layer": 2, "n_head": 4, "d_inner": 20},
        TF,
    ),
}
_DECODING = ("ConditionalGeneration", "MarianModel")


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The values of a weight, which follow from its name without the model's; scales are near 1."""
    rng = np.random.default_rng(zlib.crc32(name.partition("/")[2].encode() if ":" in name else name.encode()))
    values = 0.3 * rng.standard_normal(shape)
    return (values + name.partition(":")[0].endswith(("gamma", "scale"))).astype(np.float32)


def inputs(name: str) -> dict[str, np.ndarray]:
    """What the model of a case is called with."""
    if name.startswith("Wav2Vec2"):
        return {"input_values": np.random.default_rng(5).standard_normal((2, 160)).astype(np.float32)}
    ids = np.array([[5, 6, 7, 8, 2], [9, 10, 11, 12, 2]], np.int32)
    given = {"input_ids": ids}
    if name.startswith("Electra"):  # the release takes segment 1 by default in Flax, 0 elsewhere
        given["token_type_ids"] = np.zeros_like(ids)
    return {**given, "decoder_input_ids": ids[:, ::-1].copy()} if name.endswith(_DECODING) else given
