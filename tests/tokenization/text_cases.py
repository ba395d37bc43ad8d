"""Files, texts and calls of the goldens of Python's tokenizers, HerBERT and tiktoken; imports no library."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

BYTES = Path(__file__).parent / "golden" / "byte_vocabulary.json.gz"
FULL = 50  # texts whose ids are kept; of the others a fingerprint
END, START = "</w>", ["<s>", "<pad>", "</s>", "<unk>"]
# Kind: (class, published class where its name differs, kind of files, options).
KINDS: dict[str, tuple[str, str | None, str, dict[str, Any]]] = {
    "byt5": ("ByT5Tokenizer", None, "none", {}),
    "byt5_few": ("ByT5Tokenizer", None, "none", {"extra_ids": 3}),
    "bertweet": ("BertweetTokenizer", None, "fastbpe", {}),
    "bertweet_raw": ("BertweetTokenizer", None, "fastbpe", {"normalization": True}),
    "phobert": ("PhobertTokenizer", None, "fastbpe", {}),
    "herbert": ("HerbertTokenizer", "HerbertTokenizerFast", "ends", {}),
    "tapex": ("TapexTokenizer", None, "bytes", {}),
    "tapex_cased": ("TapexTokenizer", None, "bytes", {"do_lower_case": False, "add_prefix_space": True}),
    "tiktoken": (
        "PreTrainedTokenizerFast",
        None,
        "tiktoken",
        {"additional_special_tokens": ["<mask>", "<|x|>"], "bos_token": "<s>"},
    ),
    "tiktoken_llama": ("LlamaTokenizer", "LlamaTokenizerFast", "tiktoken", {}),
    "word_level": (
        "PreTrainedTokenizerFast",
        None,
        "word_level",
        {"unk_token": "[UNK]", "pad_token": "[PAD]"},
    ),
    "words": ("Words", None, "words", {}),
    "words_lower": ("Words", None, "words", {"do_lower_case": True, "mask_token": "<Mask>"}),
    "letters": ("Letters", None, "words", {}),
}
MARKED = [
    "<mask>", " <mask>", "a <mask> b", "a<mask>b", "The  \t<mask>, really", "<mask> <mask>", "<s>", "x <s> y",
    "</s>x</s> ", "<pad><pad> end", " <pad>  x  </s> ", "<extra_id_0> the <extra_id_1>", "a<extra_id_2> b ",
    "<extra_id_124>x<extra_id_3>", "<unk> known", "naïve <mask>é", "\n<mask>\n", "<special0> the<special9>",
    "<|x|>the <|x|>", "[UNK] the [PAD]", "the house of MEN", "THE House\nof\n\nMen", "İΣ ΑΣ ὈΔΥΣΣΕΎΣ",
    "<Mask>the<mask>", "a b\nc", "x\n", "\n", " ", "", "the\u2028men\x1cof\x85it", "_ a_b __",
]  # fmt: skip
TWEETS = [
    "SC has first two presumptive cases of coronavirus, DHEC confirms https://postandcourier.com/a_b-(c(d)).html?x",
    "@JohnDoe hi, see www.example.com/x and http://t.co/AbC, or HTTPS://T.CO :-) ;P <3 XD :'( 8-D >:o (-: =]",
    "mail foo.bar+baz@example.co.uk or a@b.c #tag ##tags_of #it's-a_tag #1 #a",
    "call +1 (800) 555-1234 or 555.123.4567, 5551234, 0 800 555 1234!",
    "I can't, cannot go; ain't ca n't ai n't he's she'll I'd we've they're I'm n't 's",
    "at 5 p.m. or 6 a.m. 7 p . m . 8 a . m 9 p . m ,",
    "so..... much . . . fun!!!!!!! ------> <-- -> <- ---- &amp; &lt;b&gt; &#65; &#x41; &#128; &#129; &xZZ;",
    "&nope; &hellip; &nbsp;x",
    "“quoted” ‘single’ don’t… yes… 😀😀 👩‍🚀 ❤️ a_b c-d-e x'y 3,000.50 1/2 -5 +7- 10:30",
    "<b>bold</b> <br/> < 3 foo.na@example.com foo.com example.org/ (http://a.b/c_(d)) URI::Escape",
    "RT @a_1: @ b@c @@d 日本語 #日本 हिन्दी ไทย ½ ² Ⅷ ⅷ Ⓐ a\u200db\u0301 ſſ K\u212a",
    "ftp://x.y mailto:a@b.cd http:/x http:// https: a.bc/d e.fgh/ i.j",
    "&#x110000; &#-5; &# 5; &#1_0; &x41; &;&& &a b;",
]
PAIRS = [("the house", "of men"), ("", "x"), ("a <mask>", "b"), ("Zürich", "naïve 中文"), ("a  b ", " c")]
OF, MORE = "of off x of y-of. of", {"additional_special_tokens": ["<a>", "<b>"]}
CALLS: list[list[list[Any]]] = [
    [["call", [["the house", "of"]], {"padding": True}]],
    [["call", [["the house", "of"], ["men", "it is"]], {"padding": "max_length", "max_length": 12}]],
    [["call", ["the house of men"], {"truncation": True, "max_length": 5, "return_tensors": "np"}]],
    [["call", ["the house", "of men"], {"truncation": "only_second", "max_length": 9}]],
    [["call", ["the house"], {"add_special_tokens": False, "return_special_tokens_mask": True}]],
    [["call", ["the house"], {"padding": "max_length", "max_length": 16, "padding_side": "left"}]],
    [["encode", ["the house"], {}]],
    [["encode", [["the", "house"]], {}]],
    [["encode", ["the </s>"], {}]],
    [["get_special_tokens_mask", [[5, 6], [7]], {}]],
    [["get_special_tokens_mask", [[5, 2, 1]], {"already_has_special_tokens": True}]],
    [["create_token_type_ids_from_sequences", [[5, 6], [7]], {}]],
    [["build_inputs_with_special_tokens", [[5, 6], [7]], {}]],
    [["num_special_tokens_to_add", [], {"pair": True}]],
    [["convert_tokens_to_ids", ["nothing"], {}]],
    [["convert_tokens_to_ids", [["the", "a", "<pad>"]], {}]],
    [["convert_ids_to_tokens", [[0, 1, 2, 3, 10, 11]], {}]],
    [["convert_ids_to_tokens", [[0, 1, 2, 3, 10, 11]], {"skip_special_tokens": True}]],
    [["decode", [[0, 70, 71, 200, 2]], {"spaces_between_special_tokens": False}]],
    [["decode", [[70, 71]], {"clean_up_tokenization_spaces": True}]],
    [["add_tokens", [["house", "  two words"]], {}], ["tokenize", ["the house houses  two words."], {}]],
    [["add_tokens", [["Men"]], {}], ["tokenize", ["the Men men MEN"], {}]],
    [["add_tokens", [["zq"]], {}], ["encode", ["a zq zqzq"], {}]],
    [["add_tokens", [["zq", "qz"]], {}], ["call", ["qz zq"], {}], ["then", ["__getitem__", "input_ids"], {}]],
    [["add_tokens", [[{"__added__": ["zq", {"lstrip": True}]}]], {}], ["tokenize", ["a  zq b"], {}]],
    [["add_tokens", [[{"__added__": ["zq", {"rstrip": True}]}]], {}], ["tokenize", ["a  zq  b"], {}]],
    [["add_tokens", [[{"__added__": ["of", {"single_word": True}]}]], {}], ["tokenize", [OF], {}]],
    [["add_special_tokens", [{"sep_token": "<|sep|>"}], {}], ["tokenize", ["a<|sep|>b"], {}]],
    [["add_special_tokens", [MORE], {}], ["encode", ["a <a>the<b> b"], {}]],
    [["tokenize", ["a <s> b"], {"split_special_tokens": True}]],
    [["get", ["vocab_size"], {}]],
    [["get", ["all_special_tokens"], {}]],
    [["get", ["all_special_ids"], {}]],
    [["get", ["special_tokens_map"], {}]],
    [["get", ["model_input_names"], {}]],
    [["get", ["is_fast"], {}]],
    [["get", ["added_tokens_encoder"], {}]],
    [["get_added_vocab", [], {}]],
    [["__len__", [], {}]],
]  # fmt: skip
TABLE = {"Actors": ["Brad Pitt", "Leonardo Di Caprio of the very long house " * 3, "George Clooney"] * 4}
TABLE |= {"Number of movies": ["87", "", "69"] * 4, "n": list(range(1, 13))}
# Question, answers, options of prepare_table_query.
TABLE_TEXTS: list[tuple[str, list[str] | None, dict[str, Any]]] = [
    ("How many movies does George Clooney have?", None, {}),
    ("", None, {}),
    ("the house", ["Brad Pitt"], {}),
    ("who has 69?", ["69"], {"truncation_strategy": "drop_rows_to_fit", "max_length": 200}),
    ("who?", None, {"truncation_strategy": "drop_rows_to_fit", "max_length": 250}),
    ("who?", ["Brad Pitt"], {"truncation_strategy": "drop_rows_to_fit", "max_length": 2000}),
]
TABLE_CALLS: list[tuple[Any, Any, dict[str, Any]]] = [
    ("q", None, {}),
    ("The q", None, {"return_tensors": "np"}),
    (["q", "the one"], None, {"padding": True}),
    ("q", ["a"], {"truncation": True, "max_length": 20}),
    (None, "the Men", {}),
    (None, ["a", "the B b"], {"padding": True, "return_tensors": "np"}),
    (None, "the Men of it", {"truncation": True, "max_length": 4}),
]


COLUMNS = ["Year", "name of it", "", "Größe (m²)", "a | b", "col : x", "row 1 :", "중국", "n"]


def made_tables(strings: ModuleType) -> list[tuple[dict[str, list[str]], str]]:
    """Tables of many shapes, each with a question."""
    rng, found = random.Random(11), strings.golden_strings()
    made = []
    for _ in range(200):
        names = rng.sample(COLUMNS, rng.randint(1, len(COLUMNS)))
        count = rng.choice([1, 1, 2, 3, 7, 20])
        table = {name: [rng.choice(found)[:30] for _ in range(count)] for name in names}
        made.append((table, rng.choice(found)))
    return made


def print_of(value: Any) -> str:
    """A short fingerprint."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:6]


def table_prints(tokenizer: Any, frame: Any, strings: ModuleType) -> dict[str, list[str]]:
    """Fingerprints of what a table tokenizer makes of every text, and of made tables.

    Args:
        tokenizer: of tables.
        frame: makes a table of columns.
        strings: the module of the texts.
    """
    found: dict[str, list[str]] = {"prints": [], "tables": []}
    for text in texts(strings):
        ids = tokenizer(answer=text)["input_ids"]
        decoded = [tokenizer.decode(ids), tokenizer.decode(ids, skip_special_tokens=True)]
        found["prints"].append(print_of([ids, tokenizer.tokenize(text), decoded]))
    for columns, question in made_tables(strings):
        table = frame(columns)
        cut = tokenizer(table, question, truncation=True, max_length=64)["input_ids"]
        ids = tokenizer(table, question)["input_ids"]
        found["tables"].append(print_of([ids, cut, tokenizer.decode(ids)]))
    return found


def texts(strings: ModuleType) -> list[str]:
    """The texts of every kind."""
    return [*MARKED, *TWEETS, *strings.golden_strings()]


def corpus(strings: ModuleType) -> list[str]:
    """Words to learn from."""
    return [word for text in [*strings.WORDS, *strings.SENTENCES, *TWEETS] for word in text.split()]


def learn(words: list[str], count: int) -> list[tuple[str, str]]:
    """Merges of the commonest pairs, the end of a word marked."""
    split = {word: [*word[:-1], word[-1] + END] for word in sorted(set(words))}
    merges: list[tuple[str, str]] = []
    for _ in range(count):
        pairs = Counter(pair for parts in split.values() for pair in pairwise(parts))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for word, parts in split.items():
            if best not in pairwise(parts):
                continue
            joined: list[str] = []
            place = 0
            while place < len(parts):
                width = 2 if tuple(parts[place : place + 2]) == best else 1
                joined.append("".join(parts[place : place + width]))
                place += width
            split[word] = joined
    return merges


def byte_tokens() -> list[bytes]:
    """Tokens of the made byte-level vocabulary, as bytes."""
    made = json.loads(gzip.decompress(BYTES.read_bytes()))
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    byte_of = {chr(byte): byte for byte in plain} | {chr(256 + i): byte for i, byte in enumerate(others)}
    learnt = [token for token in made["tokens"] if token[0] not in "<[" or len(token) == 1]
    return list(dict.fromkeys(bytes(byte_of[char] for char in token) for token in learnt))


def write_files(folder: Path, strings: ModuleType, byte_files: tuple[str, str]) -> dict[str, dict[str, str]]:
    """Write the files of every kind; their paths as arguments."""
    merges = learn(corpus(strings), 420)
    letters = sorted({char for word in corpus(strings) for char in word})
    pieces = [form for char in letters for form in (char, char + END)] + ["".join(pair) for pair in merges]
    marks = [piece.removesuffix(END) if piece.endswith(END) else piece + "@@" for piece in pieces]
    contents = {
        "vocab.txt": "".join(f"{mark} {9999 - i}\n" for i, mark in enumerate(dict.fromkeys(marks))),
        "bpe.codes": "".join(f"{a} {b} {9999 - i}\n" for i, (a, b) in enumerate(merges)),
        "herbert.json": json.dumps({token: i for i, token in enumerate(dict.fromkeys([*START, *pieces]))}),
        "herbert.txt": "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges),
        "tokenizer.model": "".join(
            f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(byte_tokens())
        ),
        "words.txt": "\n".join(dict.fromkeys(["<unk>", "<pad>", *corpus(strings), *letters])) + "\n",
        "word_level.json": json.dumps(word_level(strings)),
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    paths = {name: str(folder / name) for name in contents}
    return {
        "none": {},
        "fastbpe": {"vocab_file": paths["vocab.txt"], "merges_file": paths["bpe.codes"]},
        "ends": {"vocab_file": paths["herbert.json"], "merges_file": paths["herbert.txt"]},
        "bytes": {"vocab_file": byte_files[0], "merges_file": byte_files[1]},
        "tiktoken": {"vocab_file": paths["tokenizer.model"]},
        "words": {"vocab_file": paths["words.txt"]},
        "word_level": {"tokenizer_file": paths["word_level.json"]},
    }


def word_level(strings: ModuleType) -> dict[str, Any]:
    """A tokenizer.json with whole words."""
    words = ["[UNK]", "[PAD]", *dict.fromkeys(corpus(strings))]
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {word: i for i, word in enumerate(words)},
            "unk_token": "[UNK]",
        },
    }


def classic(base: type) -> dict[str, type]:
    """Tokenizers as users have written them for years, over the library's base class."""

    class Words(base):  # type: ignore[misc,valid-type]
        vocab_files_names = {"vocab_file": "words.txt"}

        def __init__(self, vocab_file, unk_token="<unk>", pad_token="<pad>", do_lower_case=False, **kwargs):  # type: ignore[no-untyped-def]
            with open(vocab_file, encoding="utf-8") as lines:
                self.vocab = {line.rstrip("\n"): number for number, line in enumerate(lines)}
            self.ids_to_tokens = {number: word for word, number in self.vocab.items()}
            self.do_lower_case = do_lower_case
            super().__init__(unk_token=unk_token, pad_token=pad_token, do_lower_case=do_lower_case, **kwargs)

        @property
        def vocab_size(self) -> int:
            return len(self.vocab)

        def get_vocab(self) -> dict[str, int]:
            return dict(self.vocab, **self.added_tokens_encoder)

        def _tokenize(self, text: str) -> list[str]:
            return text.split()

        def _convert_token_to_id(self, token: str) -> int:
            return self.vocab.get(token, self.vocab[self.unk_token])

        def _convert_id_to_token(self, index: int) -> str:
            return self.ids_to_tokens.get(index, self.unk_token)

        def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str]:
            path = Path(save_directory, (f"{filename_prefix}-" if filename_prefix else "") + "words.txt")
            path.write_text("\n".join(self.vocab) + "\n", encoding="utf-8")
            return (str(path),)

    class Letters(Words):
        model_input_names = ["input_ids", "attention_mask"]

        def _tokenize(self, text: str) -> list[str]:
            return list(text)

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return "".join(tokens)

        def build_inputs_with_special_tokens(
            self, token_ids_0: list[int], token_ids_1: list[int] | None = None
        ) -> list[int]:
            end = [self.pad_token_id]
            return token_ids_0 + end + (token_ids_1 + end if token_ids_1 else [])

    return {"Words": Words, "Letters": Letters}


def rows(tokenizer: Any, strings: ModuleType) -> dict[str, Any]:
    """What a tokenizer makes of every text: ids of the first, fingerprints of all."""
    found: dict[str, Any] = {"ids": [], "prints": [], "decoded": [], "pairs": []}
    for number, text in enumerate(texts(strings)):
        ids = tokenizer(text)["input_ids"]
        decoded = [tokenizer.decode(ids), tokenizer.decode(ids, skip_special_tokens=True)]
        whole = json.dumps([ids, tokenizer.tokenize(text), decoded])
        found["prints"].append(hashlib.sha256(whole.encode()).hexdigest()[:6])
        if number < FULL:
            found["ids"].append(ids)
            found["decoded"].append(decoded)
    for pair in PAIRS:
        found["pairs"].append(dict(tokenizer(*pair, return_special_tokens_mask=True)))
    found["added"] = [
        [index, token.content, token.lstrip, token.rstrip, token.special]
        for index, token in sorted(tokenizer.added_tokens_decoder.items())
    ]
    found["saved"] = None
    return found


def digest(strings: ModuleType) -> str:
    """Fingerprint of texts, kinds and calls: goldens belong to exactly these."""
    value = [texts(strings), KINDS, CALLS, TABLE, TABLE_TEXTS, TABLE_CALLS, PAIRS]
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
