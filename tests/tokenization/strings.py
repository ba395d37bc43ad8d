"""Texts and vocabularies for tokenizer goldens: functions of a seed, so that only results need storing.

Imports neither library, so that the recorder and the tests share it.
"""

from __future__ import annotations

import hashlib
import json
import random
import unicodedata

COUNT = 2400
# Of a fixed version, whatever the interpreter knows.
UNICODE = unicodedata.ucd_3_2_0
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Blocks of scripts, marks and signs, as (first, last) code points.
BLOCKS = [
    (0x0020, 0x007E), (0x00A0, 0x00FF), (0x0100, 0x017F), (0x0180, 0x024F), (0x0250, 0x02AF),
    (0x02B0, 0x02FF), (0x0300, 0x036F), (0x0370, 0x03FF), (0x0400, 0x04FF), (0x0531, 0x058F),
    (0x0590, 0x05FF), (0x0600, 0x06FF), (0x0700, 0x074F), (0x0900, 0x097F), (0x0980, 0x09FF),
    (0x0A00, 0x0A7F), (0x0B80, 0x0BFF), (0x0C00, 0x0C7F), (0x0E00, 0x0E7F), (0x0E80, 0x0EFF),
    (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137F),
    (0x13A0, 0x13FF), (0x1780, 0x17FF), (0x1800, 0x18AF), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF),
    (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF), (0x20D0, 0x20F0), (0x2100, 0x214F),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x257F), (0x2600, 0x27BF),
    (0x2E80, 0x2EFF), (0x3000, 0x303F), (0x3040, 0x309F), (0x30A0, 0x30FF), (0x3100, 0x312F),
    (0x3400, 0x34FF), (0x4E00, 0x9FFF), (0xA000, 0xA0FF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF),
    (0xF900, 0xFAFF), (0xFB00, 0xFB4F), (0xFB50, 0xFDFF), (0xFE00, 0xFE2F), (0xFE70, 0xFEFF),
    (0xFF00, 0xFFEF), (0xFFF0, 0xFFFD), (0x10300, 0x1032F), (0x10400, 0x1044F), (0x12000, 0x120FF),
    (0x1D400, 0x1D4FF), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF),
    (0x1F900, 0x1F9FF), (0x20000, 0x200FF), (0x2F800, 0x2F8FF), (0xE0000, 0xE007F),
]  # fmt: skip
BASIC_OPTIONS = {
    "lower": {},
    "cased": {"do_lower_case": False},
    "accents": {"strip_accents": False, "tokenize_chinese_chars": False},
    "whole": {"never_split": ["[MASK]", "don't"], "do_split_on_punc": False},
}
SPACES = [
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\v",
    "\f",
    "\x1c",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2003",
    "\u2009",
]
SPACES += ["\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff", "\u180e"]
EMOJI = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇫🇷🇯🇵", "❤️", "1️⃣", "🧑🏿‍🚀", "😀😀", "⚕️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
_TEXT = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had "
    "an they which one you were all her she there would their we him been has when who will no more if "
    "out so up said what its about than into them can only other time new some could these two may first "
    "then do any like my now over such our man me even most made after also did many off before must well "
    "back through years much where your way down should because long each just state people those too mr "
    "how little good world make very year still see own work men day get here old life both between being "
    "under three never know same last another while us might great go come since against right came take "
    "used himself few house use place during high without again home around small however found part "
    "thought went say general once every left don't can't it's we've i'm naïve café résumé façade Zürich "
    "transformers unhappiness tokenization happy happier happiest internationalization 3.14 1,000 "
    "2024-05-17 e-mail user@example.com https://example.com/a?b=c#d C++ U.S.A. rock'n'roll x² ½ ™ № € £ ¥ "
    "İstanbul ıssız Straße ǅ ﬁne"
)
WORDS = _TEXT.split()
SENTENCES = [
    "Ελληνικά κείμενα με τόνους και ΚΕΦΑΛΑΙΑ Σίσυφος",
    "Съешь же ещё этих мягких французских булок, да выпей чаю",
    "हिन्दी में लिखा हुआ एक वाक्य है।",
    "ภาษาไทยไม่มีการเว้นวรรคระหว่างคำ",
    "中文没有空格，所以每个字都是一个词。",
    "日本語のテキストはカタカナとひらがなと漢字です",
    "한국어 문장은 띄어쓰기가 있습니다",
    "نص عربي مع تشكيل: مَرْحَبًا بِالعَالَمِ",
    "טקסט בעברית עם ניקוד: שָׁלוֹם",
    "Tiếng Việt có rất nhiều dấu thanh điệu",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "ქართული ენა და ᲥᲐᲠᲗᲣᲚᲘ",
    "தமிழ் எழுத்துகள் அழகானவை",
    "ᎣᏏᏲ ᏣᎳᎩ",
]


def _char(rng: random.Random, block: tuple[int, int]) -> str:
    return chr(rng.randint(*block))


def _word(rng: random.Random) -> str:
    """One word: listed, with odd case or accents, of one script, of several, an emoji, a special token."""
    kind = rng.randrange(12)
    base = rng.choice(WORDS)
    if kind < 4:
        return base
    if kind == 4:
        return "".join(rng.choice([c.upper(), c.lower()]) for c in base)
    if kind == 5:
        marks = [chr(rng.randint(0x300, 0x36F)) for _ in range(rng.randint(1, 4))]
        return "".join(c + rng.choice(["", rng.choice(marks)]) for c in base)
    if kind in (6, 7):
        block = rng.choice(BLOCKS)
        return "".join(_char(rng, block) for _ in range(rng.randint(1, 12)))
    if kind == 8:
        return "".join(_char(rng, rng.choice(BLOCKS)) for _ in range(rng.randint(1, 10)))
    if kind == 9:
        return rng.choice(EMOJI) + rng.choice(["", base])
    if kind == 10:
        return rng.choice([*SPECIAL, "[mask]", "[ MASK ]", "[CLS]x", "##ing", "[unused1]", "<s>"])
    return (
        base + rng.choice(list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~、。！？«»“”‘’…—–·¿¡")) + rng.choice(WORDS)
    )


def golden_strings() -> list[str]:
    """`COUNT` texts: sentences, mixed words, white space, control characters, very long words."""
    rng = random.Random(20240517)
    texts = [
        "",
        " ",
        "\t\n",
        "\0",
        "\x00\x01\x7f",
        "\u0301",
        "\u0301a",
        "a" * 99,
        "b" * 100,
        "c" * 101,
        "d" * 300,
    ]
    texts += SENTENCES + EMOJI + SPECIAL + SPACES
    texts += [UNICODE.normalize(form, text) for form in ("NFD", "NFKC", "NFKD") for text in SENTENCES]
    for block in BLOCKS:
        texts.append("".join(_char(rng, block) for _ in range(20)))
        texts.append(" ".join(_char(rng, block) for _ in range(8)))
    while len(texts) < COUNT:
        words = [_word(rng) for _ in range(rng.choice([1, 1, 2, 3, 4, 6, 9]))]
        if rng.random() < 0.04:
            words.append(rng.choice(WORDS).replace("'", "") * rng.randint(10, 60))
        gaps = [rng.choice(SPACES) if rng.random() < 0.2 else " " for _ in words]
        texts.append("".join(word + gap for word, gap in zip(words, gaps, strict=True)).rstrip(" "))
    return texts[:COUNT]


def made_vocabulary() -> list[str]:
    """Tokens of a small WordPiece vocabulary: special, characters of every block, words, their ends."""
    rng = random.Random(7)
    tokens = [*SPECIAL, "[unused1]", "<s>"]
    for block in BLOCKS:
        spread = (
            range(block[0], block[1] + 1) if block[1] < 0x250 else sorted(rng.sample(range(*block), k=10))
        )
        tokens += [chr(c) for c in spread if UNICODE.category(chr(c))[0] in "LNPSM"]
    tokens += [
        "##" + c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789éüßıн한글あงा"
    ]
    for word in WORDS:
        tokens += [word, word.lower(), "##" + word[len(word) // 2 :].lower(), word[: len(word) // 2]]
    for sentence in SENTENCES:
        tokens += [word for word in sentence.split() if rng.random() < 0.6]
    return [token for token in dict.fromkeys(tokens) if token and not any(c.isspace() for c in token)]


def settled_strings() -> list[str]:
    """Those texts whose characters every Python since 3.2 knows: `unicodedata` treats them alike in all."""
    return [text for text in golden_strings() if all(UNICODE.category(char) != "Cn" for char in text)]


def digest() -> str:
    """Fingerprint of texts and vocabulary: goldens belong to exactly these."""
    text = json.dumps([golden_strings(), made_vocabulary()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
