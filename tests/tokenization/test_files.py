"""Loading and saving: which files count, what they may not do, which class is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer

from transformers.models.auto.tokenization_auto import (
    AutoTokenizer,
)
from transformers.models.bert.tokenization_bert import BertTokenizer, BertTokenizerFast
from transformers.tokenization import PreTrainedTokenizer, PreTrainedTokenizerFast

TEXT = "The happiest house, naïve [MASK] 中文 newword"


def _write(folder: Path, name: str, value: Any) -> None:
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


@pytest.fixture
def folder(vocab_file: str, tmp_path: Path) -> Path:
    """An old checkpoint's folder: vocab.txt only."""
    (tmp_path / "vocab.txt").write_bytes(Path(vocab_file).read_bytes())
    return tmp_path


def test_bert_tokenizer_is_one_class_under_two_names() -> None:
    assert BertTokenizer is BertTokenizerFast


@pytest.mark.parametrize("legacy", [None, False, True])
def test_saved_tokenizer_loads_as_it_was(bert: Any, tmp_path: Path, legacy: bool | None) -> None:
    bert.add_tokens(["newword", AddedToken("half", single_word=True)])
    bert.add_special_tokens({"bos_token": "<s>", "additional_special_tokens": ["<a>"]})
    bert.padding_side = "left"
    bert.save_pretrained(tmp_path, legacy_format=legacy)
    again = BertTokenizer.from_pretrained(tmp_path)
    assert again(TEXT, return_offsets_mapping=True).data == bert(TEXT, return_offsets_mapping=True).data
    assert again.special_tokens_map == bert.special_tokens_map
    assert again.added_tokens_decoder == bert.added_tokens_decoder
    assert (again.padding_side, len(again)) == ("left", len(bert))
    assert (tmp_path / "tokenizer.json").exists() == (legacy is not True)
    assert (tmp_path / "vocab.txt").exists() == (legacy is not False)


def test_saving_twice_gives_the_same_bytes(bert: Any, tmp_path: Path) -> None:
    bert.save_pretrained(tmp_path / "one")
    BertTokenizer.from_pretrained(tmp_path / "one").save_pretrained(tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_file_prefix_is_put_in_front(bert: Any, tmp_path: Path) -> None:
    names = {Path(path).name for path in bert.save_pretrained(tmp_path, filename_prefix="p")}
    expected = {"p-vocab.txt", "p-tokenizer.json", "p-tokenizer_config.json", "p-special_tokens_map.json"}
    assert names == expected == {path.name for path in tmp_path.iterdir()}


def test_old_checkpoint_settings_are_read(folder: Path) -> None:
    _write(folder, "tokenizer_config.json", {"do_lower_case": False, "model_max_length": 33, "max_len": 5})
    _write(folder, "special_tokens_map.json", {"bos_token": {"content": "<s>", "lstrip": True}})
    _write(folder, "added_tokens.json", {"newword": 1700})
    tokenizer = BertTokenizer.from_pretrained(folder)
    assert tokenizer.do_lower_case is False
    assert tokenizer.model_max_length == 33
    assert tokenizer.bos_token == "<s>"
    assert "newword" in tokenizer.tokenize("a newword")
    assert tokenizer.name_or_path == str(folder)


def test_caller_wins_over_files(folder: Path) -> None:
    _write(folder, "tokenizer_config.json", {"do_lower_case": False, "unk_token": "[MASK]"})
    tokenizer = BertTokenizer.from_pretrained(folder, do_lower_case=True, unk_token="[UNK]", use_fast=False)
    assert (tokenizer.do_lower_case, tokenizer.unk_token) == (True, "[UNK]")


def test_tokenizer_json_wins_over_vocabulary(bert: Any, folder: Path) -> None:
    bert.save_pretrained(folder)
    _write(folder, "vocab.txt", "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\n")
    assert BertTokenizer.from_pretrained(folder).vocab_size == bert.vocab_size


def test_case_of_tokenizer_json_is_kept_when_nobody_says_otherwise(vocab_file: str, tmp_path: Path) -> None:
    BertTokenizer(vocab_file, do_lower_case=False).save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    assert BertTokenizer.from_pretrained(tmp_path).do_lower_case is False
    assert BertTokenizer.from_pretrained(tmp_path, do_lower_case=True).do_lower_case is True


def test_single_file_loads(vocab_file: str, bert: Any, tmp_path: Path) -> None:
    assert BertTokenizer.from_pretrained(vocab_file).vocab_size == bert.vocab_size
    path = tmp_path / "x.json"
    path.write_text(bert.backend_json(), encoding="utf-8")
    assert BertTokenizer.from_pretrained(path)(TEXT).data == bert(TEXT).data


def test_subfolder_is_honoured(bert: Any, tmp_path: Path) -> None:
    bert.save_pretrained(tmp_path / "inner")
    assert BertTokenizer.from_pretrained(tmp_path, subfolder="inner").vocab_size == bert.vocab_size


def test_hub_files_come_through_the_hub_module(
    bert: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.loading import hub

    bert.save_pretrained(tmp_path)
    asked: list[tuple[str, str, dict[str, Any]]] = []

    def cached_file(where: str, name: str, **options: Any) -> Path | None:
        asked.append((where, name, options))
        return tmp_path / name if (tmp_path / name).is_file() else None

    monkeypatch.setattr(hub, "cached_file", cached_file)
    tokenizer = AutoTokenizer.from_pretrained("some/bert", revision="r", token="t", local_files_only=True)
    assert type(tokenizer) is BertTokenizer
    assert tokenizer.name_or_path == "some/bert"
    assert tokenizer(TEXT).data == bert(TEXT).data
    wanted = {"revision": "r", "token": "t", "local_files_only": True, "subfolder": "", "required": False}
    assert all(where == "some/bert" and options == wanted for where, _, options in asked)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("tokenizer_config.json", "[1]", "object"),
        ("tokenizer_config.json", "{nope", "valid JSON"),
        ("special_tokens_map.json", '"x"', "object"),
        ("special_tokens_map.json", '{"bos_token": {"content": 3}}', "content"),
        ("added_tokens.json", '{"a": "b"}', "ids"),
        ("tokenizer_config.json", '{"added_tokens_decoder": {"x": {}}}', "ids to tokens"),
        ("tokenizer_config.json", '{"added_tokens_decoder": []}', "must be an object"),
        ("tokenizer.json", "{}", "not a valid tokenizer.json"),
    ],
)
def test_damaged_file_is_named(folder: Path, name: str, content: str, word: str) -> None:
    _write(folder, name, content)
    with pytest.raises(ValueError, match=word) as caught:
        BertTokenizer.from_pretrained(folder)
    assert name in str(caught.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"vocab\.txt or tokenizer\.json"):
        BertTokenizer.from_pretrained(tmp_path)
    with pytest.raises(OSError, match="Can't load tokenizer"):
        BertTokenizer.from_pretrained("/no/such/folder")


def test_constructor_without_files_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="vocab_file"):
        BertTokenizer()
    with pytest.raises(ValueError, match="tokenizer_object"):
        PreTrainedTokenizerFast()
    with pytest.raises(ValueError, match="is not a file"):
        PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "none.json"))
    (tmp_path / "v.txt").write_text("a\nb\n")
    with pytest.raises(ValueError, match="unk_token"):
        BertTokenizer(str(tmp_path / "v.txt"))
    (tmp_path / "latin.txt").write_bytes(b"\xe9\xff")
    with pytest.raises(ValueError, match="UTF-8"):
        BertTokenizer(str(tmp_path / "latin.txt"))


def test_bad_sides_and_targets_are_refused(vocab_file: str, bert: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="padding_side"):
        BertTokenizer(vocab_file, padding_side="middle")
    with pytest.raises(ValueError, match="padding_side"):
        bert("a", padding=True, padding_side="middle")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file"):
        bert.save_pretrained(tmp_path / "file")
    with pytest.raises(OSError, match=r"x\.gguf"):
        BertTokenizer.from_pretrained(tmp_path, gguf_file="x.gguf")


def test_generic_tokenizer_takes_object_or_file(bert: Any, tmp_path: Path) -> None:
    engine = bert.backend_tokenizer
    generic = PreTrainedTokenizerFast(tokenizer_object=engine, unk_token="[UNK]", pad_token="<new>")
    assert generic.pad_token_id == len(bert)
    assert engine.token_to_id("<new>") is None  # the given object is left alone
    generic.save_pretrained(tmp_path)
    again = PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"), unk_token="[UNK]")
    assert again(TEXT)["input_ids"] == bert(TEXT)["input_ids"]
    assert isinstance(AutoTokenizer.from_pretrained(tmp_path), PreTrainedTokenizerFast)
    with pytest.raises(ValueError, match="no older format"):
        generic.save_pretrained(tmp_path, legacy_format=True)


def test_roles_of_one_model_read_as_attributes(bert: Any, tmp_path: Path) -> None:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bert.backend_tokenizer, extra_special_tokens={"image_token": "<image>"}
    )
    assert (tokenizer.image_token, tokenizer.image_token_id) == ("<image>", len(bert))
    assert "<image>" in tokenizer.all_special_tokens
    tokenizer.save_pretrained(tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path).image_token == "<image>"
    tokenizer.image_token = "the"
    assert tokenizer.image_token_id == bert.convert_tokens_to_ids("the")
    with pytest.raises(TypeError, match="image_token"):
        PreTrainedTokenizerFast(
            tokenizer_object=bert.backend_tokenizer, extra_special_tokens={"image_token": 3}
        )


def test_auto_class_is_noted_in_saved_files(vocab_file: str, tmp_path: Path) -> None:
    class Noted(BertTokenizer):
        pass

    Noted.register_for_auto_class()
    Noted(vocab_file).save_pretrained(tmp_path)
    saved = json.loads((tmp_path / "tokenizer_config.json").read_text())
    assert saved["auto_map"] == {"AutoTokenizer": [None, "test_files.Noted"]}
    with pytest.raises(ValueError, match="AutoTokenizer"):
        Noted.register_for_auto_class("AutoModel")


def test_versioned_tokenizer_file_is_chosen_by_release(bert: Any, folder: Path) -> None:
    for name, token in (
        ("tokenizer.json", "one"),
        ("tokenizer.4.0.0.json", "four"),
        ("tokenizer.99.0.json", "late"),
    ):
        engine = Tokenizer.from_str(bert.backend_json())
        engine.add_tokens([f"zz{token}"])
        engine.save(str(folder / name))
    listed = ["tokenizer.json", "tokenizer.4.0.0.json", "tokenizer.99.0.json", "../tokenizer.5.0.json"]
    _write(folder, "tokenizer_config.json", {"fast_tokenizer_files": listed})
    assert "zzfour" in BertTokenizer.from_pretrained(folder).get_vocab()


def test_importing_tokenizers_loads_no_array_library() -> None:
    code = (
        "import sys, transformers.tokenization.fast, transformers.models.bert.tokenization_bert\n"
        "import transformers.models.auto.tokenization_auto\n"
        "heavy = ('numpy', 'torch', 'jax', 'tensorflow', 'huggingface_hub', 'jinja2')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_python_base_is_public() -> None:
    assert PreTrainedTokenizer.__module__.startswith("transformers.tokenization")
