"""GGUF files: number formats against the format's own package, whole models, tokenizers, and damage."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

gguf = pytest.importorskip("gguf")
torch = pytest.importorskip("torch")

import transformers  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast  # noqa: E402
from transformers.loading.gguf_blocks import FORMATS, dequantized  # noqa: E402
from transformers.loading.gguf_file import GGUFFile  # noqa: E402
from transformers.loading.safetensors_reader import FormatError  # noqa: E402

from ..models.adapters import ADAPTERS, installed  # noqa: E402

# ---------------------------------------------------------------------- number formats


@pytest.mark.parametrize(
    "kind", [key for key, entry in FORMATS.items() if entry.unpack and entry.name != "Q8_K"]
)
def test_blocks_are_the_numbers_of_the_format(kind: int) -> None:
    entry = FORMATS[kind]
    data = np.random.default_rng(kind).integers(0, 256, (64, entry.size), dtype=np.uint8)
    with np.errstate(all="ignore"):
        expected = gguf.dequantize(data, gguf.GGMLQuantizationType(kind))
        found = dequantized(data.reshape(-1), entry).reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)
    assert gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(kind)] == (entry.values, entry.size)


def test_bytes_with_one_wide_scale_are_made_whole() -> None:
    whole = np.arange(-128, 128, dtype=np.int8)
    data = np.concatenate([np.float32([0.5]).view(np.uint8), whole.view(np.uint8), np.zeros(32, np.uint8)])
    np.testing.assert_array_equal(dequantized(data, FORMATS[15]), 0.5 * whole.astype(np.float32))


# ---------------------------------------------------------------------- whole models


def rotated(x: np.ndarray, heads: int) -> np.ndarray:
    """Rows as llama.cpp wants them: channel i and channel i + half of a head beside each other."""
    out = np.empty_like(x)
    size = x.shape[0] // heads
    for head in range(heads):
        for place in range(size // 2):
            out[head * size + 2 * place] = x[head * size + place]
            out[head * size + 2 * place + 1] = x[head * size + size // 2 + place]
    return out


def llama_names(state: Mapping[str, Any], config: Any, rotate: bool = True) -> dict[str, np.ndarray]:
    out = {}
    for name, value in state.items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        for theirs, ours in (
            ("model.embed_tokens", "token_embd"),
            ("model.norm", "output_norm"),
            ("lm_head", "output"),
            ("model.layers", "blk"),
            ("input_layernorm", "attn_norm"),
            ("post_attention_layernorm", "ffn_norm"),
            ("self_attn.o_proj", "attn_output"),
            ("self_attn.q_proj", "attn_q"),
            ("self_attn.k_proj", "attn_k"),
            ("self_attn.v_proj", "attn_v"),
            ("mlp.gate_proj", "ffn_gate"),
            ("mlp.up_proj", "ffn_up"),
            ("mlp.down_proj", "ffn_down"),
        ):
            name = name.replace(theirs, ours)
        if rotate and ".attn_q." in name:
            value = rotated(value, config.num_attention_heads)
        if rotate and ".attn_k." in name:
            value = rotated(value, config.num_key_value_heads)
        out[name] = value
    return out


def gpt_names(state: Mapping[str, Any], config: Any) -> dict[str, np.ndarray]:
    out = {}
    for name, value in state.items():
        if name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        for theirs, ours in (
            ("transformer.wte", "token_embd"),
            ("transformer.wpe", "position_embd"),
            ("transformer.word_embeddings_layernorm", "token_embd_norm"),
            ("transformer.word_embeddings", "token_embd"),
            ("transformer.ln_f", "output_norm"),
            ("transformer.h", "blk"),
            ("self_attention.query_key_value", "attn_qkv"),
            ("self_attention.dense", "attn_output"),
            ("mlp.dense_h_to_4h", "ffn_up"),
            ("mlp.dense_4h_to_h", "ffn_down"),
            ("input_layernorm", "attn_norm"),
            ("post_attention_layernorm", "ffn_norm"),
            ("ln_mlp", "attn_norm"),
            ("ln_attn", "attn_norm_2"),
            ("ln_1", "attn_norm"),
            ("ln_2", "ffn_norm"),
            ("attn.c_attn", "attn_qkv"),
            ("attn.c_proj", "attn_output"),
            ("mlp.c_fc", "ffn_up"),
            ("mlp.c_proj", "ffn_down"),
        ):
            name = name.replace(theirs, ours)
        if config.model_type == "gpt2" and value.ndim == 2 and "embd" not in name:
            value = value.T
        if ".attn_qkv." in name and config.model_type == "bloom":
            heads, width = config.n_head, config.hidden_size // config.n_head
            rows = [
                [(head * 3 + part) * width + i for head in range(heads) for i in range(width)]
                for part in range(3)
            ]
            value = value[np.concatenate(rows)]
        if ".attn_qkv." in name and config.model_type == "falcon":
            value = value[falcon_rows(config)]
        out[name] = np.ascontiguousarray(value)
    return out


def falcon_rows(config: Any) -> np.ndarray:
    """Where the rows of all queries, then keys, then values stand in Falcon's groups."""
    groups = (
        config.num_kv_heads
        if config.new_decoder_architecture
        else 1
        if config.multi_query
        else config.num_attention_heads
    )
    per, width = config.num_attention_heads // groups, config.hidden_size // config.num_attention_heads
    places: list[list[int]] = [[], [], []]
    for group in range(groups):
        start = group * (per + 2)
        for head in range(per + 2):
            part = 0 if head < per else head - per + 1
            places[part] += [(start + head) * width + i for i in range(width)]
    return np.array(places[0] + places[1] + places[2])


def t5_names(state: Mapping[str, Any], config: Any) -> dict[str, np.ndarray]:
    out = {}
    for name, value in state.items():
        if name.endswith("embed_tokens.weight") or (name == "lm_head.weight" and config.tie_word_embeddings):
            continue
        side = "decoder" if name.startswith("decoder") else "encoder"
        last = 2 if side == "decoder" else 1
        for theirs, ours in (
            ("shared", "token_embd"),
            ("lm_head", "output"),
            ("final_layer_norm", "output_norm"),
            ("layer.0.SelfAttention.relative_attention_bias", "attn_rel_b"),
            ("layer.0.SelfAttention.", "attn_"),
            ("layer.0.layer_norm", "attn_norm"),
            ("layer.1.EncDecAttention.", "cross_attn_"),
            (f"layer.{last}.layer_norm", "ffn_norm"),
            ("layer.1.layer_norm", "cross_attn_norm"),
            (f"layer.{last}.DenseReluDense.wi_0", "ffn_gate"),
            (f"layer.{last}.DenseReluDense.wi_1", "ffn_up"),
            (f"layer.{last}.DenseReluDense.wi", "ffn_up"),
            (f"layer.{last}.DenseReluDense.wo", "ffn_down"),
            (f"{side}.block", f"{side[:3]}.blk"),
            (f"{side}.", f"{side[:3]}."),
        ):
            name = name.replace(theirs, ours)
        out[name] = value
    return out


LLAMA = {
    "embedding_length": 24, "feed_forward_length": 48, "block_count": 2, "attention.head_count": 4,
    "attention.head_count_kv": 2, "attention.layer_norm_rms_epsilon": 1e-5, "context_length": 32,
    "rope.freq_base": 5000.0,
}  # fmt: skip
GPT = {
    "embedding_length": 24, "feed_forward_length": 96, "block_count": 2, "attention.head_count": 4,
    "attention.layer_norm_epsilon": 1e-4, "context_length": 32,
}  # fmt: skip
T5 = {
    "embedding_length": 24, "feed_forward_length": 40, "block_count": 2, "attention.head_count": 4,
    "attention.key_length": 6, "attention.layer_norm_rms_epsilon": 1e-5, "decoder_start_token_id": 0,
    "attention.relative_buckets_count": 8, "context_length": 32,
}  # fmt: skip
_SMALL = {"vocab_size": 50, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4}
_LLAMA = {
    **_SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 5000.0,
    "max_position_embeddings": 32,
}  # fmt: skip
_FALCON = {**_SMALL, "layer_norm_epsilon": 1e-4, "bias": False, "alibi": False}
_T5 = {
    "vocab_size": 50, "d_model": 24, "d_kv": 6, "d_ff": 40, "num_layers": 2, "num_heads": 4,
    "relative_attention_num_buckets": 8, "layer_norm_epsilon": 1e-5, "decoder_start_token_id": 0,
}  # fmt: skip
KINDS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any], Callable[..., Any]]] = {
    "llama": ("llama", "LlamaForCausalLM", _LLAMA, LLAMA, llama_names),
    "llama tied": ("llama", "LlamaForCausalLM", {**_LLAMA, "tie_word_embeddings": True}, LLAMA, llama_names),
    "mistral": ("mistral", "MistralForCausalLM", {**_LLAMA, "sliding_window": 3},
                {**LLAMA, "attention.sliding_window": 3}, llama_names),
    "qwen2": ("qwen2", "Qwen2ForCausalLM", _LLAMA, LLAMA, lambda s, c: llama_names(s, c, rotate=False)),
    "gpt2": ("gpt2", "GPT2LMHeadModel",
             {"vocab_size": 50, "n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 32, "n_inner": 96,
              "layer_norm_epsilon": 1e-4}, GPT, gpt_names),
    "bloom": ("bloom", "BloomForCausalLM",
              {"vocab_size": 50, "hidden_size": 24, "n_layer": 2, "n_head": 4, "layer_norm_epsilon": 1e-4},
              GPT, gpt_names),
    "falcon": ("falcon", "FalconForCausalLM", {**_FALCON, "multi_query": True},
               {**GPT, "attention.head_count_kv": 1}, gpt_names),
    "falcon 40b": ("falcon", "FalconForCausalLM",
                   {**_FALCON, "new_decoder_architecture": True, "num_kv_heads": 2},
                   {**GPT, "attention.head_count_kv": 2}, gpt_names),
    "t5": ("t5", "T5ForConditionalGeneration", _T5, T5, t5_names),
    "t5 v1.1": ("t5", "T5ForConditionalGeneration",
                {**_T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}, T5, t5_names),
}  # fmt: skip


def write_model(path: Path, kind: str, quantise: bool = False) -> Any:
    """A seeded model, and its GGUF file."""
    arch, class_name, values, fields, rename = KINDS[kind]
    cls = getattr(transformers, class_name)
    torch.manual_seed(0)
    model = cls(cls.config_class(**values)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    writer = gguf.GGUFWriter(path, arch)
    for key, value in fields.items():
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{arch}.{key}", value)
    writer.add_uint32("tokenizer.ggml.eos_token_id", 3)
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    for name, value in rename(state, model.config).items():
        if quantise and value.ndim == 2 and value.shape[-1] % 32 == 0:
            kind_of = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quantize(value, kind_of), raw_dtype=kind_of)
        else:
            writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


@pytest.mark.parametrize("kind", KINDS)
def test_model_of_a_file_is_the_model_it_was_made_of(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    model = write_model(path, kind)
    loaded, info = type(model).from_pretrained(path, output_loading_info=True)
    assert not any(info.values())
    assert loaded.config.eos_token_id == 3
    given = {"input_ids": torch.tensor([[4, 9, 7, 11, 5]])}
    if kind.startswith("t5"):
        given["decoder_input_ids"] = torch.tensor([[0, 6, 8]])
    with torch.no_grad():
        torch.testing.assert_close(loaded(**given).logits, model(**given).logits, atol=1e-5, rtol=1e-4)
    again = type(model).from_pretrained(tmp_path, gguf_file="model.gguf")
    for name, value in again.state_dict().items():
        torch.testing.assert_close(value, loaded.state_dict()[name], atol=0, rtol=0)


@pytest.mark.parametrize("framework", installed())
def test_every_framework_reads_quantised_files(framework: str, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.gguf", "gpt2", quantise=True)
    prefix = ADAPTERS[framework].prefix
    loaded = getattr(transformers, f"{prefix}AutoModelForCausalLM").from_pretrained(tmp_path / "m.gguf")
    found = ADAPTERS[framework].run(loaded, {"input_ids": np.array([[4, 9, 7]])})["logits"]
    with torch.no_grad():
        expected = model(torch.tensor([[4, 9, 7]])).logits
    assert np.abs(found - expected.numpy()).max() < 0.05  # eight bits a weight


def test_auto_classes_and_saving(tmp_path: Path) -> None:
    write_model(tmp_path / "m.gguf", "llama")
    model = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="m.gguf")
    assert type(model).__name__ == "LlamaForCausalLM"
    model.save_pretrained(tmp_path / "plain")
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "plain")
    ids = torch.tensor([[4, 9, 7]])
    with torch.no_grad():
        torch.testing.assert_close(again(ids).logits, model(ids).logits, atol=0, rtol=0)


# ---------------------------------------------------------------------- tokenizers


def write_tokenizer(path: Path, kind: str, **values: Any) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(kind)
    for key, value in values.items():
        add = {bool: writer.add_bool, int: writer.add_uint32, str: writer.add_string, list: writer.add_array}
        name = "tokenizer.chat_template" if key == "chat_template" else f"tokenizer.ggml.{key}"
        add[type(value)](name, value)
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_tokens() -> list[str]:
    from tokenizers import pre_tokenizers

    return ["<end>", *sorted(pre_tokenizers.ByteLevel.alphabet())]


@pytest.mark.parametrize(
    ("pre", "text", "pieces"),
    [
        ("gpt-2", "ab 12", ["ab", "Ġ", "1", "2"]),
        ("smollm", "ab 12", ["ab", "Ġ", "1", "2"]),
        ("qwen2", "ab\n", ["ab", "Ċ"]),
        ("llama-bpe", "ab ab", ["ab", "Ġ", "ab"]),
        ("falcon", "ab!", ["ab", "!"]),
        ("bloom", "ab", ["ab"]),
    ],
)
def test_byte_level_tokenizers_split_as_the_file_says(
    pre: str, text: str, pieces: list[str], tmp_path: Path
) -> None:
    tokens = [*byte_tokens(), "ab"]
    types = [3] + [1] * (len(tokens) - 1)
    write_tokenizer(
        tmp_path / "t.gguf", "gpt2", pre=pre, tokens=tokens, token_type=types, merges=["a b"],
        bos_token_id=0, eos_token_id=0, chat_template="{{ messages[0].content }}",
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "t.gguf")
    assert tokenizer.tokenize(text) == pieces
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer.convert_tokens_to_ids("<end>") == tokenizer.eos_token_id == 0
    assert tokenizer(f"{text}<end>")["input_ids"][-1] == 0
    assert tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False) == "hi"


def test_piece_tokenizers_have_bytes_scores_and_a_frame(tmp_path: Path) -> None:
    tokens = [
        "<unk>",
        "<s>",
        "</s>",
        *(f"<0x{byte:02X}>" for byte in range(256)),
        "\u2581",
        "a",
        "b",
        "\u2581a",
        "ab",
    ]
    write_tokenizer(
        tmp_path / "t.gguf", "llama", tokens=tokens, scores=[0.0] * 259 + [-5.0, -4.0, -4.0, -2.0, -3.0],
        token_type=[2, 3, 3] + [6] * 256 + [1] * 5, bos_token_id=1, eos_token_id=2, unknown_token_id=0,
    )  # fmt: skip
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tmp_path, gguf_file="t.gguf")
    assert tokenizer.tokenize("ab") == ["\u2581a", "b"]
    assert tokenizer("ab\u00e9")["input_ids"] == [1, 262, 261, 3 + 0xC3, 3 + 0xA9]
    assert tokenizer.decode(tokenizer("ab\u00e9")["input_ids"], skip_special_tokens=True) == "ab\u00e9"


def test_unigram_tokenizers(tmp_path: Path) -> None:
    tokens = ["<pad>", "</s>", "<unk>", "\u2581", "a", "b", "\u2581ab"]
    write_tokenizer(
        tmp_path / "t.gguf", "t5", tokens=tokens, scores=[0.0, 0.0, 0.0, -2.0, -2.0, -2.0, -1.0],
        token_type=[3, 3, 2, 1, 1, 1, 1], eos_token_id=1, unknown_token_id=2, padding_token_id=0,
        add_eos_token=True,
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "t.gguf")
    assert tokenizer.tokenize("ab a") == ["\u2581ab", "\u2581", "a"]
    assert tokenizer("ab")["input_ids"] == [6, 1]


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        ("bert", {"tokens": ["a"]}, "kind 'bert'"),
        ("gpt2", {}, "holds no tokenizer"),
        ("gpt2", {"tokens": ["a"]}, "and no merges"),
        ("gpt2", {"tokens": ["a"], "merges": ["ab"]}, "two tokens with a space"),
        ("gpt2", {"tokens": ["a", "aa"], "merges": ["a a"], "pre": "odd"}, "splits text as 'odd'"),
        ("gpt2", {"tokens": ["a"], "merges": ["a a"]}, "a token that is not there"),
        ("gpt2", {"tokens": ["a", "aa"], "merges": ["a a"], "token_type": [1]}, "type of each of its 2"),
        ("llama", {"tokens": ["a"]}, "must score each"),
    ],
)
def test_tokenizers_that_cannot_be_read_are_named(
    kind: str, values: dict[str, Any], text: str, tmp_path: Path
) -> None:
    write_tokenizer(tmp_path / "t.gguf", kind, **values)
    with pytest.raises(ValueError, match=text):
        AutoTokenizer.from_pretrained(tmp_path / "t.gguf")


# ---------------------------------------------------------------------- damage


def header(tensors: int = 0, values: int = 0, version: int = 3, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, values) + rest


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tensor(shape: tuple[int, ...], kind: int = 0, offset: int = 0, name: str = "x") -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"GGUF", "too short"),
        (b"NOPE" + bytes(40), "no GGUF file"),
        (header(version=9), "version 9"),
        (header(tensors=1 << 60), "no room for them"),
        (header(values=1, rest=struct.pack("<Q", 1 << 62)), "ends at byte"),
        (header(values=1, rest=text("a") + struct.pack("<I", 99)), "unknown kind 99"),
        (header(values=1, rest=text("a") + struct.pack("<IIQ", 9, 8, 1 << 50)), "texts, more than"),
        (header(values=1, rest=text("a") + struct.pack("<IIQ", 9, 9, 1) + bytes(16)), "unknown kind 9"),
        (header(values=1, rest=text("a") + struct.pack("<IIQ", 9, 4, 1 << 40)), "ends at byte"),
        (header(tensors=1, rest=tensor((1 << 40, 1 << 20))), "before 'x' does"),
        (header(tensors=1, rest=tensor((4,), offset=1 << 60)), "before 'x' does"),
        (header(tensors=1, rest=tensor((4,), kind=77) + bytes(64)), "number format 77"),
        (header(tensors=1, rest=tensor((5,), kind=2) + bytes(64)), "divide into blocks"),
        (header(tensors=1, rest=tensor((1,) * 5) + bytes(64)), "has 5 axes"),
        (header(tensors=2, rest=2 * tensor((1,)) + bytes(64)), "is there twice"),
        (
            header(values=1, rest=text("general.alignment") + struct.pack("<II", 4, 0) + bytes(9)),
            "alignment 0",
        ),
    ],
)
def test_damaged_files_are_refused(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(data if data == b"GGUF" else data + bytes(8))
    with pytest.raises(FormatError, match=message):
        GGUFFile(path)


def test_unknown_architectures_and_tensors_are_named(tmp_path: Path) -> None:
    for arch, name, message in (
        ("odd", "token_embd.weight", "'odd'; GGUF files of bloom"),
        ("llama", "blk.0.odd.weight", "'blk.0.odd.weight' has no place in a llama"),
    ):
        path = tmp_path / f"{arch}.gguf"
        writer = gguf.GGUFWriter(path, arch)
        writer.add_tensor(name, np.zeros((4, 4), np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        with pytest.raises(FormatError, match=message):
            transformers.LlamaForCausalLM.from_pretrained(path)
