"""Texts, models and kinds of the SentencePiece goldens; imports neither library."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

GOLDEN = Path(__file__).parent / "golden"
FEW = 60
NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
UNK, START, END = ("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)
BASIC = [UNK, START, END]
BERT = [("<pad>", CONTROL), UNK, ("[CLS]", CONTROL), ("[SEP]", CONTROL), ("[MASK]", CONTROL)]
XLNET = [*BASIC, *((f"<{name}>", CONTROL) for name in ("cls", "sep", "pad", "mask", "eod", "eop"))]
DEBERTA = [("[PAD]", CONTROL), ("[CLS]", CONTROL), ("[SEP]", CONTROL), ("[UNK]", UNKNOWN)]
BARTHEZ = [START, ("<pad>", CONTROL), END, UNK]
T5 = [("<pad>", CONTROL), END, UNK]
GEMMA = [("<pad>", CONTROL), ("<eos>", CONTROL), ("<bos>", CONTROL), UNK, ("<mask>", USER)]
GEMMA += [("<start_of_turn>", USER), ("<end_of_turn>", USER), ("\n", USER), ("\n\n", USER), ("▁▁", USER)]
CODE = [*BASIC, ("▁<PRE>", USER), ("▁<SUF>", USER), ("▁<MID>", USER), ("▁<EOT>", USER)]
SW3 = [("<pad>", CONTROL), UNK, START, ("<|endoftext|>", CONTROL), ("<|javascript|>", USER)]
SWEDISH = ("<|endoftext|>", "<|javascript|>")
# Kind: (class, base model, first pieces, options here, options of the release where it needs others,
# whether every text is recorded or the first `FEW` and those with special tokens).
PREFIX = {"add_prefix_space": True}  # the release loses this default where it converts a file
Kind = tuple[str, str, list[tuple[str, int]], dict[str, Any], dict[str, Any], bool]
KINDS: dict[str, Kind] = {
    "xlm_roberta": ("XLMRobertaTokenizer", "unigram", BASIC, {}, {}, True),
    "xlm_roberta_bpe": ("XLMRobertaTokenizer", "bpe", BASIC, {}, {}, False),
    "camembert": ("CamembertTokenizer", "unigram", BASIC, {}, {}, False),
    "barthez": ("BarthezTokenizer", "unigram", BARTHEZ, {}, {}, False),
    "t5": ("T5Tokenizer", "unigram", T5, {}, PREFIX, False),
    "t5_new": ("T5Tokenizer", "unigram", T5, {"legacy": False, "extra_ids": 7}, PREFIX, False),
    "t5_bare": ("T5Tokenizer", "unigram", T5, {"add_prefix_space": False}, {}, False),
    "llama": ("LlamaTokenizer", "bpe", BASIC, {}, PREFIX, True),
    "llama_new": ("LlamaTokenizer", "bpe", BASIC, {"legacy": False, "add_eos_token": True}, PREFIX, False),
    "llama_bare": ("LlamaTokenizer", "bpe", BASIC, {"add_prefix_space": False}, {}, False),
    "llama_bare_new": (
        "LlamaTokenizer",
        "bpe",
        BASIC,
        {"add_prefix_space": False, "legacy": False, "add_bos_token": False},
        {},
        False,
    ),
    "code_llama": ("CodeLlamaTokenizer", "bpe", CODE, {}, {}, False),
    "gemma": ("GemmaTokenizer", "bpe", GEMMA, {}, {}, False),
    "albert": ("AlbertTokenizer", "unigram", BERT, {}, {}, False),
    "albert_cased": (
        "AlbertTokenizer",
        "unigram",
        BERT,
        {"do_lower_case": False, "keep_accents": True},
        {},
        False,
    ),
    "xlnet": ("XLNetTokenizer", "unigram", XLNET, {}, {}, False),
    "xlnet_lower": ("XLNetTokenizer", "unigram", XLNET, {"do_lower_case": True}, {}, False),
    "mbart": ("MBartTokenizer", "unigram", BASIC, {"src_lang": "ro_RO"}, {}, False),
    "mbart50": ("MBart50Tokenizer", "unigram", BASIC, {"tgt_lang": "sl_SI"}, {}, False),
    "nllb": ("NllbTokenizer", "bpe", BASIC, {"src_lang": "zul_Latn"}, {}, False),
    "nllb_legacy": ("NllbTokenizer", "bpe", BASIC, {"legacy_behaviour": True}, {}, False),
    "pegasus": ("PegasusTokenizer", "unigram", T5, {}, {}, False),
    "pegasus_few": (
        "PegasusTokenizer",
        "unigram",
        T5,
        {"offset": 0, "mask_token_sent": None, "mask_token": "[MASK]"},
        {},
        False,
    ),
    "deberta": ("DebertaV2Tokenizer", "unigram", DEBERTA, {}, {}, False),
    "deberta_split": (
        "DebertaV2Tokenizer",
        "unigram",
        DEBERTA,
        {"split_by_punct": True, "do_lower_case": True},
        {},
        False,
    ),
}
# Published over the SentencePiece library only.
SLOW: dict[str, Kind] = {
    "m2m_100": ("M2M100Tokenizer", "unigram", BASIC, {"src_lang": "zu", "tgt_lang": "ast"}, {}, True),
    "m2m_100_codes": (
        "M2M100Tokenizer",
        "unigram",
        BASIC,
        {"language_codes": "wmt21", "additional_special_tokens": ["__en__", "__de__"]},
        {},
        False,
    ),
    "marian": ("MarianTokenizer", "unigram", BASIC, {"source_lang": "en"}, {}, False),
    "marian_two": ("MarianTokenizer", "unigram", BASIC, {"separate_vocabs": True}, {}, False),
    "bartpho": ("BartphoTokenizer", "unigram", BASIC, {}, {}, False),
    "gpt_sw3": ("GPTSw3Tokenizer", "bpe", SW3, {}, {}, False),
    "cpm": ("CpmTokenizer", "unigram", XLNET, {}, {}, False),
    "cpm_lower": (
        "CpmTokenizer",
        "unigram",
        XLNET,
        {"do_lower_case": True, "keep_accents": True, "remove_space": False},
        {},
        False,
    ),
    "gpt_sw3_lower": ("GPTSw3Tokenizer", "bpe", SW3, {"do_lower_case": True}, {}, False),
}
# Variant: (base model, first pieces, flags that differ), for the SentencePiece library's own results.
OWN = [*BASIC, ("<x>", USER), ("house", USER), ("▁of▁men", USER), ("▁the", UNUSED)]
CODECS: dict[str, tuple[str, list[tuple[str, int]], dict[str, int]]] = {
    "unigram": ("unigram", BASIC, {}),
    "unigram_own": ("unigram", OWN, {"remove_extra_whitespaces": 0}),
    "unigram_suffix": ("unigram", BASIC, {"treat_whitespace_as_suffix": 1}),
    "unigram_bytes": ("unigram", BASIC, {"byte_fallback": 1, "add_dummy_prefix": 0}),
    "bpe": ("bpe", BASIC, {}),
    "bpe_own": ("bpe", OWN[:-1], {"byte_fallback": 0, "remove_extra_whitespaces": 1}),
    "bpe_bare": ("bpe", OWN[:-1], {"add_dummy_prefix": 0}),
}
MARKED = [
    "<mask>", " <mask>", "a <mask> b", "a<mask>b", "The  \t<mask>, really", "<mask> <mask>", "<s>", "x <s> y",
    "</s>x</s> ", "<pad><pad> end", "[MASK]", "a [MASK] b", "[CLS] x [SEP]", "<mask_1> a <mask_2>b",
    "<extra_id_0> x <extra_id_1>", "a <extra_id_99> <extra_id_0>b", "<unk> known", "naïve <mask>é",
    "\n<mask>\n",
    "<s>NOTUSED x", "▁the house", " ▁ the", "▁", "▁▁a  ▁b", "the<sep>x<cls>", "<eop><eod>", "en_XX hello",
    "ro_RO", "a sl_SI b", "eng_Latn the", "<bos>x<eos>", "<start_of_turn>user\nthe house<end_of_turn>\n",
    "\n\n\nthe\n\n", "tab\there", "a\tb\n\nc    d  ", "``quoted'' 'text'", "1,000, 22, 3,4", "9,",
    ">>de<< the",
    ">>de<<the >>fr<<", "__en__ the", "__de__ x __zu__", "<|endoftext|> x", "<|javascript|> the", "<unk_7> a",
    "the \u00a0house\u200b of\u2009men\uFFFC", "The HOUSE of <s> MEN", "<0x41>the", "ÀÉÎ  õü", "", " ", "  ",
]  # fmt: skip
PAIRS = [("the house", "of men"), ("", "x"), ("a <mask>", "b"), ("Zürich", "naïve 中文"), ("a  b ", " c")]

# Kind: calls on a fresh tokenizer, as in `call_cases`.
_GAP = "def f(x):\n  <FILL_ME>\n  return  x"
_LANGUAGES: list[list[list[Any]]] = [
    [["call", ["the house"], {"text_target": "of men"}]],
    [
        [
            "call",
            [["the house", "of"]],
            {"text_target": ["men", "a b"], "padding": True, "return_tensors": "np"},
        ]
    ],
    [["get", ["src_lang"], {}]],
    [["get", ["prefix_tokens"], {}]],
    [["get", ["suffix_tokens"], {}]],
    [["encode", ["the", "house"], {}]],
    [["encode", ["the"], {"add_special_tokens": False}]],
    [["call", [], {"text_target": "the house"}]],
    [["call", ["the house of men"], {"truncation": True, "max_length": 4}]],
]
_CODES = {
    "mbart": "de_DE",
    "mbart50": "sl_SI",
    "nllb": "fra_Latn",
    "nllb_legacy": "fra_Latn",
    "m2m_100": "de",
}
SERVICES: dict[str, list[list[list[Any]]]] = {
    kind: [
        *([["set", ["tgt_lang", code], {}], *steps] for steps in _LANGUAGES),
        [["set", ["src_lang", code], {}], ["call", ["the house"], {}]],
        [["set_tgt_lang_special_tokens", [code], {}], ["call", ["the house"], {}]],
        [
            [
                "_build_translation_inputs",
                ["the house"],
                {"return_tensors": None, "src_lang": code, "tgt_lang": code},
            ]
        ],
        [["_build_translation_inputs", ["a"], {"return_tensors": None, "src_lang": code, "tgt_lang": None}]],
    ]
    for kind, code in _CODES.items()
}
SERVICES["code_llama"] = [
    [["call", [_GAP], {}]],
    [["encode", [_GAP], {}]],
    [["call", [_GAP], {"suffix_first": True}]],
    [["call", [_GAP], {"add_special_tokens": False}]],
    [["call", ["def f():"], {"suffix": " return 1"}]],
    [["call", ["def f():", " return 1"], {"return_tensors": "np"}]],
    [["call", ["x  <FILL_ME>"], {}]],
    [["call", [_GAP], {}], ["call", ["the house"], {}]],
    [["call", ["<FILL_ME> <FILL_ME>"], {}]],
    [["set", ["add_eos_token", True], {}], ["call", [_GAP], {}]],
    [["set", ["add_bos_token", False], {}], ["call", [_GAP], {}]],
    [["get", ["prefix_id"], {}]],
    [["get", ["eot_id"], {}]],
]
SERVICES["llama"] = [
    [["set", ["add_eos_token", True], {}], ["call", ["the", "house"], {"return_token_type_ids": True}]],
    [["set", ["add_bos_token", False], {}], ["call", ["the", "house"], {}]],
    [["add_tokens", [["<new>", "house"]], {}], ["tokenize", ["the <new> house <new>"], {}]],
    [["set", ["pad_token", "</s>"], {}], ["call", [["the", "the house of men"]], {"padding": True}]],
    [["convert_tokens_to_string", [["▁the", "▁house", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>"]], {}]],
    [["build_inputs_with_special_tokens", [[5], [6]], {}]],
]
SERVICES["t5"] = [
    [["build_inputs_with_special_tokens", [[5], [6]], {}]],
    [["create_token_type_ids_from_sequences", [[5], [6]], {}]],
    [["convert_tokens_to_ids", [["<extra_id_0>", "<extra_id_99>", "<none>"]], {}]],
    [["call", [["the", "the house of men"]], {"padding": True, "text_target": ["a", "b c"]}]],
]
SERVICES["xlnet"] = [
    [["call", [["the", "the house of men"]], {"padding": True}]],
    [["call", [["the", "of"], ["house", "men"]], {"padding": "max_length", "max_length": 12}]],
    [["build_inputs_with_special_tokens", [[5], [6]], {}]],
    [["create_token_type_ids_from_sequences", [[5], [6]], {}]],
]
SERVICES["marian"] = [
    [["call", [">>de<< the house"], {"text_target": "the house of men"}]],
    [["call", [["the", "the house"]], {"padding": True, "text_target": ["a b", "c"]}]],
    [["decode", [[14, 121, 43, 0]], {}]],
    [["decode", [[14, 121, 43, 0]], {"skip_special_tokens": True, "use_source_tokenizer": True}]],
    [["batch_decode", [[[14, 121], [43, 0]]], {"skip_special_tokens": True}]],
    [["get", ["supported_language_codes"], {}]],
    [["num_special_tokens_to_add", [], {}]],
    [["add_tokens", [["<new>", "house"]], {}], ["tokenize", ["the <new> house<new>"], {}]],
]
SERVICES["marian_two"] = SERVICES["marian"][:2]
SERVICES["m2m_100"] += [
    [["get_lang_id", ["af"], {}]],
    [["get_lang_token", ["af"], {}]],
    [["decode", [[1763, 54, 161, 2]], {}]],
    [["decode", [[1763, 54, 161, 2]], {"skip_special_tokens": True}]],
    [["batch_decode", [[[54, 9999], [161, 2, 1]]], {"skip_special_tokens": True}]],
    [["add_tokens", [["<new>", "house"]], {}], ["tokenize", ["the <new> house<new>"], {}]],
]
SERVICES["gpt_sw3"] = [
    [["encode_fast", ["the house <s>"], {}]],
    [["encode_fast", [["the", "house of"]], {}]],
    [["decode_fast", [[300, 500, 700]], {}]],
]
SERVICES["bartpho"] = [
    [["build_inputs_with_special_tokens", [[5], [6]], {}]],
    [["create_token_type_ids_from_sequences", [[5], [6]], {}]],
    [["get_special_tokens_mask", [[0, 5, 2]], {"already_has_special_tokens": True}]],
    [["convert_tokens_to_string", [["▁the", "▁house"]], {}]],
]
SERVICES["cpm"] = [
    [["build_inputs_with_special_tokens", [[5], [6]], {}]],
    [["create_token_type_ids_from_sequences", [[5], [6]], {}]],
    [["call", [["the", "the house of men"]], {"padding": True}]],
    [["call", ["the", "house"], {}]],
    [["decode", [[59, 166, 4, 3]], {}]],
    [["convert_tokens_to_string", [["▁the", "▂", "▁house"]], {}]],
]
SERVICES["deberta"] = [[["call", ["the", "house"], {}]], [["decode", [[1, 5, 6, 2]], {}]]]


# -- the wire format, written


def varint(number: int) -> bytes:
    """A number as protocol buffers have it; negative ones take ten bytes."""
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def number_field(number: int, value: int) -> bytes:
    """A field that holds a number."""
    return varint(number << 3) + varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A field that holds bytes, a text or a message."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def piece_field(piece: str, score: float, sort: int) -> bytes:
    """A piece of a model."""
    inner = bytes_field(1, piece.encode()) + varint(2 << 3 | 5) + struct.pack("<f", score)
    return bytes_field(1, inner + (number_field(3, sort) if sort != NORMAL else b""))


def base(name: str) -> dict[str, Any]:
    """A trained model: pieces and scores from the fourth on, flags, and rules of normalisation."""
    return json.loads(gzip.decompress((GOLDEN / f"spm_{name}.json.gz").read_bytes()))  # type: ignore[no-any-return]


def model_bytes(made: dict[str, Any], head: Iterable[tuple[str, int]], **changes: Any) -> bytes:
    """A .model file: these first pieces, then the trained ones."""
    facts = {**made["facts"], **changes}
    rows = [(piece, 0.0, sort) for piece, sort in head]
    taken = {piece for piece, _, _ in rows}
    if facts["byte_fallback"]:
        rows += [(f"<0x{byte:02X}>", 0.0, BYTE) for byte in range(256)]
    rows += [(piece, score, NORMAL) for piece, score in made["pieces"] if piece not in taken]
    unknown = next((i for i, row in enumerate(rows) if row[2] == UNKNOWN), 0)
    trainer = number_field(3, facts["model_type"]) + number_field(35, facts["byte_fallback"])
    trainer += number_field(24, facts.get("treat_whitespace_as_suffix", 0)) + number_field(40, unknown)
    trainer += number_field(43, -1) + bytes_field(45, rows[unknown][0].encode())
    rules = bytes.fromhex(made["charsmap"])
    normalizer = bytes_field(1, b"made") + bytes_field(2, rules)
    normalizer += number_field(3, facts["add_dummy_prefix"])
    normalizer += number_field(4, facts["remove_extra_whitespaces"]) + number_field(5, 1)
    pieces = b"".join(piece_field(*row) for row in rows)
    return pieces + bytes_field(2, trainer) + bytes_field(3, normalizer)


def write_files(folder: Path, kind: str) -> dict[str, str]:
    """The vocabulary files of a kind, by the names of its class's arguments."""
    name, made, head, options, _, _ = {**KINDS, **SLOW}[kind]
    model = base(made)
    folder.mkdir(parents=True, exist_ok=True)

    def put(file: str, content: bytes | str) -> str:
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(folder / file)

    data = model_bytes(model, head)
    trained = [piece for piece, _ in model["pieces"]]
    if name == "M2M100Tokenizer":
        tokens = ["<s>", "<pad>", "</s>", "<unk>", *trained[:-40]]
        vocab = json.dumps({token: i for i, token in enumerate(tokens)})
        return {
            "vocab_file": put("vocab.json", vocab),
            "spm_file": put("sentencepiece.bpe.model", data),
        }
    if name == "MarianTokenizer":
        tokens = ["</s>", "<unk>", ">>de<<", ">>fr<<", *trained[40:], "<pad>"]
        target = model_bytes({**model, "pieces": model["pieces"][:-300]}, head)
        files = {
            "source_spm": put("source.spm", data),
            "target_spm": put("target.spm", target),
            "vocab": put("vocab.json", json.dumps({token: i for i, token in enumerate(tokens)})),
        }
        if options.get("separate_vocabs"):
            other = ["</s>", "<unk>", *trained[:-300], "<pad>"]
            text = json.dumps({token: i for i, token in enumerate(other)})
            files["target_vocab_file"] = put("target_vocab.json", text)
        return files
    if name == "BartphoTokenizer":
        kept = [piece for piece in trained[::2] if piece.split() == [piece]]
        return {
            "vocab_file": put("sentencepiece.bpe.model", data),
            "monolingual_vocab_file": put("dict.txt", "".join(f"{piece} 1\n" for piece in kept)),
        }
    return {"vocab_file": put("spiece.model", data)}


def texts(strings: ModuleType, every: bool) -> list[str]:
    """The texts of a kind: those of `strings`, and some with special tokens of these families."""
    common = strings.golden_strings()
    return MARKED + (common if every else common[:FEW])


def digest(strings: ModuleType) -> str:
    """Fingerprint of texts, kinds and models: goldens belong to exactly these."""
    made = [base(name) for name in ("unigram", "bpe")]
    return hashlib.sha256(
        json.dumps([texts(strings, True), PAIRS, KINDS, SLOW, CODECS, SERVICES, made]).encode()
    ).hexdigest()[:16]


def parts(engine: str) -> dict[str, Any]:
    """What surrounds an engine's model, out of the text of its tokenizer.json."""
    state = json.loads(engine)
    state["added_tokens"] = [
        [t["id"], t["content"], *(int(t[flag]) for flag in ("lstrip", "normalized", "rstrip", "special"))]
        for t in state["added_tokens"]
    ]
    for step in (state["normalizer"] or {}).get("normalizers", []):
        if "precompiled_charsmap" in step:
            text = step["precompiled_charsmap"].encode()
            step["precompiled_charsmap"] = hashlib.sha256(text).hexdigest()[:16]
    model = state.pop("model")
    content = json.dumps([model["vocab"], model.get("merges"), model.get("unk_id"), model.get("unk_token")])
    flags = {name: model.get(name) for name in ("type", "byte_fallback", "fuse_unk")}
    state["model"] = {**flags, "content": hashlib.sha256(content.encode()).hexdigest()[:16]}
    return state  # type: ignore[no-any-return]
