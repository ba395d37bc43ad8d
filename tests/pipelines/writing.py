"""Tiny checkpoints that write text: data, and files made of it.

NumPy, safetensors and the standard library only: the recorder of goldens runs this file beside the published
release.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MERGES = ["t h", "th e", "Ġ th", "Ġth e", "i s", "Ġ is", "o o", "g oo", "goo d", "Ġ good", "p a"]
MERGES += ["pa r", "Ġ p", "a n", "an n", "ann a", "i n", "Ġ in", "Ġ a", "Ġ .", "Ġ ,"]
WORDS = ["▁the", "▁is", "▁good", "▁movie", "▁translate", "▁to", "▁english", "▁french", "▁german", "s", "ly"]
LANGUAGES = 52  # codes that the tokenizer adds
CHAT = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIAL = {
    "t5": ["<pad>", "</s>", "<unk>"],
    "mbart": ["<s>", "<pad>", "</s>", "<unk>"],
    "xlnet": ["<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"],
}
TOKENIZERS = {
    "gpt2": "GPT2Tokenizer",
    "gpt2-plain": "GPT2Tokenizer",
    "bart": "BartTokenizer",
    "t5": "T5Tokenizer",
    "mbart": "MBart50Tokenizer",
    "xlnet": "XLNetTokenizer",
}
MODELS = {
    "gpt2": "GPT2LMHeadModel",
    "gpt2-plain": "GPT2LMHeadModel",
    "bart": "BartForConditionalGeneration",
    "t5": "T5ForConditionalGeneration",
    "mbart": "MBartForConditionalGeneration",
    "xlnet": "XLNetLMHeadModel",
}
_BYTES = 256 + len(MERGES)
_FAIRSEQ = {
    "d_model": 24,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 40,
    "decoder_ffn_dim": 40,
    "max_position_embeddings": 64,
    "init_std": 0.02,
}


def unigrams(kind: str) -> list[list[Any]]:
    """The pieces of a unigram vocabulary with their scores."""
    marks: list[list[Any]] = [[token, 0.0] for token in SPECIAL[kind]]
    letters = [*LETTERS, *LETTERS.upper(), *":.,!?0123456789"]
    pieces = [[word, -3.0 - 0.01 * index] for index, word in enumerate(WORDS)]
    return [*marks, ["▁", -4.0], *pieces, *([letter, -6.0 - 0.01 * i] for i, letter in enumerate(letters))]


def config(kind: str) -> dict[str, Any]:
    """config.json of a checkpoint."""
    values: dict[str, dict[str, Any]] = {
        "gpt2": {
            "model_type": "gpt2",
            "vocab_size": _BYTES + 2,
            "n_positions": 48,
            "n_embd": 24,
            "n_layer": 2,
            "n_head": 4,
            "bos_token_id": _BYTES,
            "eos_token_id": _BYTES,
        },
        "bart": {
            **_FAIRSEQ,
            "model_type": "bart",
            "vocab_size": _BYTES + 5,
            "forced_eos_token_id": 2,
            "task_specific_params": {
                "summarization": {"max_length": 14, "min_length": 4, "num_beams": 3, "length_penalty": 2.0}
            },
        },
        "t5": {
            "model_type": "t5",
            "vocab_size": len(unigrams("t5")),
            "d_model": 24,
            "d_kv": 6,
            "d_ff": 40,
            "num_layers": 2,
            "num_heads": 4,
            "decoder_start_token_id": 0,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "tie_word_embeddings": False,
            "task_specific_params": {
                "summarization": {"max_length": 12, "num_beams": 2, "prefix": "the : "},
                "translation_en_to_de": {
                    "max_length": 11,
                    "num_beams": 3,
                    "prefix": "translate english to german: ",
                },
                "translation_en_to_fr": {"max_length": 9, "prefix": "translate english to french: "},
            },
        },
        "mbart": {
            **_FAIRSEQ,
            "model_type": "mbart",
            "vocab_size": len(unigrams("mbart")) + LANGUAGES + 1,
            "decoder_start_token_id": 2,
            "forced_eos_token_id": 2,
        },
        "xlnet": {
            "model_type": "xlnet",
            "vocab_size": len(unigrams("xlnet")),
            "d_model": 24,
            "n_layer": 2,
            "n_head": 4,
            "d_inner": 40,
        },
    }
    return {**values[kind.removesuffix("-plain")], "architectures": [MODELS[kind]]}


def byte_letters() -> list[str]:
    """The letter that stands for each byte in a byte-level vocabulary."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(hidden)) for byte in range(256)]


def _unigram_file(kind: str) -> dict[str, Any]:
    """tokenizer.json of a unigram vocabulary, as SentencePiece models are converted."""
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    marks = SPECIAL[kind]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    end = ["</s>"] if kind != "xlnet" else ["<sep>", "<cls>"]
    closing = [{"SpecialToken": {"id": token, "type_id": 0}} for token in end]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": index, "content": token, **flags} for index, token in enumerate(marks)],
        "normalizer": None,
        "pre_tokenizer": space,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, *closing],
            "pair": [
                {"Sequence": {"id": "A", "type_id": 0}},
                *closing,
                {"Sequence": {"id": "B", "type_id": 0}},
                *closing,
            ],
            "special_tokens": {t: {"id": t, "ids": [marks.index(t)], "tokens": [t]} for t in end},
        },
        "decoder": space,
        "model": {
            "type": "Unigram",
            "unk_id": marks.index("<unk>"),
            "vocab": unigrams(kind),
            "byte_fallback": False,
        },
    }


# ---------------------------------------------------------------------- files


def write_tokenizer(folder: Path, kind: str) -> None:
    """Vocabulary files and tokenizer_config.json."""
    facts: dict[str, Any] = {"tokenizer_class": TOKENIZERS[kind], "model_max_length": 48}
    if kind in SPECIAL:
        text = json.dumps(_unigram_file(kind), ensure_ascii=False)
        (folder / "tokenizer.json").write_text(text, encoding="utf-8")
        facts.update({"t5": {"extra_ids": 0}, "mbart": {"src_lang": "en_XX"}}.get(kind, {}))
    else:
        tokens = [*byte_letters(), *(pair.replace(" ", "") for pair in MERGES)]
        if kind == "bart":
            tokens = ["<s>", "<pad>", "</s>", "<unk>", *tokens, "<mask>"]
        else:
            tokens = [*tokens, "<|endoftext|>", "<extra>"]
            if kind == "gpt2":
                facts["chat_template"] = CHAT
        vocabulary = {token: index for index, token in enumerate(tokens)}
        (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES, ""]), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))


def write(
    folder: Path,
    kind: str,
    shapes: Mapping[str, list[int]],
    weight: Callable[[str, tuple[int, ...]], Any],
    settings: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """A folder with a checkpoint whose weights follow from their names.

    settings: what generation_config.json holds; None: there is no such file.
    changes: of config.json.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder, kind)
    (folder / "config.json").write_text(json.dumps({**config(kind), **changes}))
    if settings is not None:
        (folder / "generation_config.json").write_text(json.dumps(settings))
    weights = {name: weight(name, tuple(shape)) for name, shape in shapes.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
