"""The command line."""

from __future__ import annotations

import pytest

import transformers
from transformers.cli import main


def test_version_writes_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"{transformers.__version__}\n"


def test_env_names_versions_and_places(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "/a/cache")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    assert main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"- transformers: {transformers.__version__}"
    assert lines[-2:] == ["- cache: /a/cache", "- offline: yes"]


def test_standalone_writes_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standalone", "bert", "--class", "BertPooler"]) == 0
    text = capsys.readouterr().out
    assert "class BertPooler(" in text
    compile(text, "bert.py", "exec")


@pytest.mark.parametrize(
    ("target", "message"), [("brt", "Did you mean 'bert'"), ("bert", "defines no Nothing")]
)
def test_standalone_fails_with_a_reason(
    capsys: pytest.CaptureFixture[str], target: str, message: str
) -> None:
    assert main(["standalone", target, "--class", "Nothing"]) == 1
    assert message in capsys.readouterr().err


def test_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fly"])
    assert stop.value.code == 2
    assert "invalid choice: 'fly'" in capsys.readouterr().err
