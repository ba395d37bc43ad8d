"""First inputs of the fuzzed parsers: small, valid files of every kind, most made byte by byte."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

Seeds = list[bytes]
RECORDED = Path(__file__).parent.parent / "tests" / "quantization" / "torchao.json.gz"
BYTES = [bytes([value]) for value in range(256)]


def as_json(value: Any) -> bytes:
    """A value as a JSON file."""
    return json.dumps(value).encode()


def safetensors() -> Seeds:
    """Files of one, two and no tensors."""
    one = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    two = {"dtype": "BF16", "shape": [0, 4], "data_offsets": [24, 24]}
    files: list[tuple[dict[str, Any], int]] = [
        ({"w": one}, 24),
        ({"__metadata__": {"format": "pt"}, "w": one, "b": two}, 24),
        ({"f": {"dtype": "F8_E4M3", "shape": [], "data_offsets": [0, 1]}}, 1),
        ({}, 0),
    ]
    texts = [(as_json(header), size) for header, size in files]
    return [struct.pack("<Q", len(text)) + text + bytes(size) for text, size in texts]


def _unicode(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def _tensor(storage: bytes = b"FloatStorage", size: int = 6) -> bytes:
    """The pickle of a dict with one tensor of `size` elements."""
    identity = b"(" + _unicode("storage") + b"ctorch\n" + storage + b"\n" + _unicode("0") + _unicode("cpu")
    shape = b"K" + bytes([size]) + b"\x85K\x01\x85"
    arguments = (
        b"(" + identity + b"K" + bytes([size]) + b"tQK\0" + shape + b"\x89ccollections\nOrderedDict\n)Rt"
    )
    return b"\x80\x02}" + _unicode("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


def pickles() -> Seeds:
    """Descriptions of tensors, and a few values of every kind."""
    plain = b"\x80\x02}(" + _unicode("a") + b"K\x01" + _unicode("b") + b"]K\x02a" + _unicode("c") + b"\x88u."
    old = b"(dp0\nS'w'\np1\nI3\nsg1\nF2.5\ns."
    return [_tensor(), _tensor(b"BFloat16Storage", 3), plain, old, *_of_quantised()]


def _of_quantised() -> Seeds:
    """Descriptions of tensors of torchao's classes, out of recorded files."""
    recorded = json.loads(gzip.decompress(RECORDED.read_bytes()))
    files = [case["files"] for release in recorded.values() for case in release["cases"].values()]
    found = [base64.b64decode(file["pytorch_model.bin"]) for file in files if "pytorch_model.bin" in file]
    opened = [zipfile.ZipFile(io.BytesIO(archive)) for archive in found]
    return [file.read("pytorch_model/data.pkl") for file in opened]


def archived(pickle: bytes, data: bytes = bytes(24)) -> bytes:
    """The zip archive around a description."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in (("data.pkl", pickle), ("data/0", data), ("version", b"3\n")):
            file.writestr(f"archive/{name}", content)
    return stream.getvalue()


def archives() -> Seeds:
    """Whole archives."""
    return [archived(pickle) for pickle in pickles()]


def streams() -> Seeds:
    """Files of the time before archives: three small pickles, the description, the keys, the storages."""
    magic = b"\x80\x02\x8a\x0a" + 0x1950A86A20F9469CFC6C.to_bytes(10, "little") + b"."
    system = b"\x80\x02}" + _unicode("little_endian") + b"\x88s."
    head = magic + b"\x80\x02M\xe9\x03." + system
    identity = b"(" + _unicode("storage") + b"ctorch\nFloatStorage\n" + _unicode("0") + _unicode("cpu")
    hooks = b"\x89ccollections\nOrderedDict\n)Rt"
    arguments = b"(" + identity + b"K\x06NtQK\0K\x06\x85K\x01\x85" + hooks
    described = b"\x80\x02}" + _unicode("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."
    return [head + described + b"\x80\x02]" + _unicode("0") + b"a." + struct.pack("<q", 6) + bytes(24)]


def indexes() -> Seeds:
    """Indexes of shards."""
    right = {"weight_map": {"w": "a.safetensors", "v": "b.safetensors"}, "metadata": {"total_size": 32}}
    return [as_json(right), as_json({"weight_map": {"w": "../a"}}), as_json({"weight_map": {}})]


def configs() -> Seeds:
    """Configs of several architectures, flat and nested."""
    bert = {"model_type": "bert", "hidden_size": 8, "num_attention_heads": 2, "layer_norm_eps": 1e-12}
    labels = {"id2label": {"0": "a", "1": "b"}, "label2id": {"a": 0, "b": 1}, "torch_dtype": "float16"}
    rope = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
    llama = {"model_type": "llama", "rope_scaling": rope, "rope_theta": 1e4, "eos_token_id": [1, 2]}
    both = {"model_type": "encoder-decoder", "encoder": bert, "decoder": {**bert, "is_decoder": True}}
    wave = {"model_type": "wav2vec2", "conv_dim": [8, 8], "conv_kernel": [3, 3], "conv_stride": [2, 2]}
    small = {"model_type": "gpt2", "n_embd": 8, "n_head": 2}
    return [as_json(part) for part in ({**bert, **labels}, llama, both, wave, small)]


def generation() -> Seeds:
    """Settings of writing."""
    many = {"max_new_tokens": 5, "do_sample": True, "top_k": 3, "temperature": 0.5, "bad_words_ids": [[1, 2]]}
    water = {"watermarking_config": {"greenlist_ratio": 0.3, "seeding_scheme": "lefthash"}, "num_beams": 2}
    return [
        as_json(many),
        as_json(water),
        as_json({"eos_token_id": [1, 2], "cache_implementation": "static"}),
    ]


def _gguf_text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _gguf_value(name: str, value: Any) -> bytes:
    head = _gguf_text(name)
    if isinstance(value, str):
        return head + struct.pack("<I", 8) + _gguf_text(value)
    if isinstance(value, list) and isinstance(value[0], float):
        return head + struct.pack(f"<IIQ{len(value)}f", 9, 6, len(value), *value)
    if isinstance(value, list):
        inner = b"".join(map(_gguf_text, value))
        return head + struct.pack("<IIQ", 9, 8, len(value)) + inner
    if isinstance(value, float):
        return head + struct.pack("<If", 6, value)
    return head + struct.pack("<II", 4, value)


def ggufs() -> Seeds:
    """Files of weights in several number formats, with a tokenizer of each kind."""
    sizes = {"block_count": 1, "embedding_length": 32, "attention.head_count": 4, "feed_forward_length": 32}
    found = []
    for tokenizer, kind, width in (("gpt2", 0, 128), ("llama", 8, 34), ("t5", 2, 18)):
        values: dict[str, Any] = {"general.architecture": "llama", "general.alignment": 32}
        values |= {f"llama.{name}": size for name, size in sizes.items()}
        key = "tokenizer.ggml."
        values |= {
            f"{key}model": tokenizer,
            f"{key}tokens": ["<unk>", "a", "b", "ab"],
            f"{key}bos_token_id": 1,
        }
        values |= {
            f"{key}merges": ["a b"],
            f"{key}scores": [0.0, -1.0, -2.0, -3.0],
            "llama.rope.freq_base": 1e4,
        }
        body = b"".join(_gguf_value(name, value) for name, value in values.items())
        body += _gguf_text("token_embd.weight") + struct.pack("<I2QIQ", 2, 32, 4, kind, 0)
        head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(values)) + body
        found.append(head + bytes(-len(head) % 32) + bytes(4 * width))
    return found


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def charsmaps() -> Seeds:
    """Double arrays of rules: none, and one that turns a letter into another."""
    units = [0] * 1024
    units[0] = 256 << 10  # the root's children stand at 256 ^ letter
    units[256 ^ ord("a")] = 512 << 10 | 1 << 8 | ord("a")
    units[256 ^ ord("a") ^ 512] = 1 << 31
    texts = b"b\0"
    return [struct.pack("<I", 4 * len(units)) + struct.pack("<1024I", *units) + texts, b""]


def sentencepieces() -> Seeds:
    """Models of both kinds, with and without rules of normalisation."""
    rows = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), ("\u2581a", -1.0, 1), ("b", -2.0, 1)]
    rows += [(f"<0x{value:02X}>", 0.0, 6) for value in range(3)]
    found = []
    for kind, charsmap in ((1, charsmaps()[0]), (2, b""), (2, charsmaps()[0])):
        pieces = b"".join(
            _field(1, _field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + _field(3, sort))
            for text, score, sort in rows
        )
        trainer = _field(3, kind) + _field(40, 0) + _field(41, 1) + _field(42, 2)
        rules = (_field(2, charsmap) if charsmap else b"") + _field(3, 1) + _field(4, 1)
        found.append(pieces + _field(2, trainer) + _field(3, rules))
    return found


def tekkens() -> Seeds:
    """Mistral's files, with and without listed special tokens."""
    tokens = [*BYTES, b"th", b"the"]
    rows = [
        {"rank": rank, "token_bytes": base64.b64encode(text).decode()} for rank, text in enumerate(tokens)
    ]
    config = {"pattern": r"\p{L}+|\s+|.", "default_vocab_size": 260, "default_num_special_tokens": 2}
    special = [{"rank": 0, "token_str": "<unk>", "is_control": True}, {"rank": 1, "token_str": "<s>"}]
    whole = {"config": config, "vocab": rows}
    return [as_json({**whole, "special_tokens": special}), as_json(whole)]


def tiktokens() -> Seeds:
    """Lines of tokens and ranks."""
    rows = [(base64.b64encode(text), rank) for rank, text in enumerate([*BYTES[97:105], b"ab", b"abc"])]
    return [b"".join(b"%s %d\n" % row for row in rows), b"= 0\nYQ== 1\n"]


def vocabularies() -> Seeds:
    """A first byte that chooses the kind, then vocab.txt, or vocab.json and merges.txt around a zero byte."""
    words = "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "a", "##b"]).encode()
    table = as_json({"<s>": 0, "a": 1, "b": 2, "ab": 3, "<unk>": 4, "ab</w>": 5, "b</w>": 6})
    merges = b"#version: 0.2\na b\na b</w>\n"
    return [b"\0" + words, b"\1" + table + b"\0" + merges, b"\2" + b"a b@@ 3\nab 2\n" + b"\0" + merges]


def engines() -> Seeds:
    """tokenizer.json of each model."""
    token: dict[str, Any] = {"id": 0, "content": "<unk>", "special": True, "normalized": False}
    token |= {"single_word": False, "lstrip": False, "rstrip": False}
    parts: dict[str, Any] = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [token]}
    bpe = {"type": "BPE", "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3}, "merges": ["a b"]}
    pieces = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0], ["ab", -1.5]]}
    words: dict[str, Any] = {
        "type": "WordPiece",
        "vocab": {"<unk>": 0, "a": 1, "##b": 2},
        "unk_token": "<unk>",
    }
    words |= {"continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
    whole: dict[str, Any] = {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}
    }
    whole |= {"pre_tokenizer": {"type": "Whitespace"}, "decoder": {"type": "Fuse"}, "post_processor": None}
    bare = dict.fromkeys(whole)
    return [
        as_json({**parts, **bare, "model": bpe}),
        as_json({**parts, **whole, "model": pieces}),
        as_json({**parts, **whole, "model": words}),
    ]


def tokenizer_configs() -> Seeds:
    """tokenizer_config.json with tokens as texts and as objects."""
    token = {"content": "[MASK]", "lstrip": True, "special": True, "__type": "AddedToken"}
    named = {"cls_token": "[CLS]", "mask_token": token, "model_max_length": 512, "do_lower_case": False}
    declared = {"added_tokens_decoder": {"8": {"content": "<x>"}}, "additional_special_tokens": ["<x>"]}
    chat = {"chat_template": [{"name": "default", "template": "{{ messages[0].content }}"}]}
    return [as_json(part) for part in (named, declared, chat, {"tokenizer_class": "BertTokenizer"})]


def templates() -> Seeds:
    """Chat templates as they are published."""
    loop = "{% for m in messages %}<{{ m['role'] }}>{{ m.content | trim }}"
    loop += "{% if not loop.last %},{% endif %}{% endfor %}"
    branch = "{% if add_generation_prompt %}{{ '<a>' }}"
    branch += "{% elif tools is defined %}{{ tools | tojson }}{% endif %}"
    space = (
        "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}"
    )
    mark = "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
    macro = "{% macro say(x, y=2) %}{{ x[:y] ~ '-' * y }}{% endmacro %}{{ say(messages[0].content) }}"
    fail = "{{ raise_exception('no') if messages | length > 1 else strftime_now('%Y') }}"
    return [text.encode() for text in (loop, branch, space, mark, macro, fail)]


__all__ = [
    "Seeds",
    "archived",
    "archives",
    "charsmaps",
    "configs",
    "engines",
    "generation",
    "ggufs",
    "indexes",
    "pickles",
    "safetensors",
    "sentencepieces",
    "streams",
    "tekkens",
    "templates",
    "tiktokens",
    "tokenizer_configs",
    "vocabularies",
]
