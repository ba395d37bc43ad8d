"""Files of torch.save: read without PyTorch, and nothing but tensors comes out of them."""

from __future__ import annotations

import collections
import io
import os
import pickle
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers.loading.pickle_machine import PickleMachine, UnsafePickleError
from transformers.loading.pickle_reader import PickledFile
from transformers.loading.safetensors_reader import FormatError

from .files import FLOATS, archive, tensor_pickle, unicode


class Evil:
    """Makes a folder when an ordinary unpickler meets it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def none(identity: Any) -> Any:
    raise UnsafePickleError("no storages here")


def test_archive_made_by_hand(tmp_path: Path) -> None:
    file = PickledFile(archive(tmp_path / "m.bin", tensor_pickle()))
    assert (file.info("w").dtype, file.info("w").shape) == ("float32", (2, 3))
    np.testing.assert_array_equal(file.get("w"), FLOATS)


@pytest.mark.parametrize("zipped", [True, False])
def test_torch_files_read_alike_in_numpy_and_torch(zipped: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    base = torch.arange(24, dtype=torch.float32)
    state = collections.OrderedDict(
        plain=torch.randn(3, 5),
        transposed=base.view(4, 6).t(),
        part=base[5:17:3],
        shared=base,
        scalar=torch.tensor(7),
        empty=torch.zeros(0, 3),
        half=torch.randn(4).half(),
        brain=torch.randn(2, 3).bfloat16(),
        flags=torch.tensor([True, False]),
        bytes=torch.arange(5, dtype=torch.uint8),
        longs=torch.tensor([2**40, -1]),
        complex=torch.randn(2, dtype=torch.complex64),
        parameter=torch.nn.Parameter(torch.randn(2, 2)),
        wide=torch.arange(3.0).expand(2, 3),
    )
    state._metadata = {"": {"version": 1}}  # type: ignore[attr-defined]
    torch.save(state, tmp_path / "m.bin", _use_new_zipfile_serialization=zipped)
    file = PickledFile(tmp_path / "m.bin")
    assert list(file) == list(state)
    for name, tensor in state.items():
        tensor = tensor.detach()
        assert file.info(name).shape == tuple(tensor.shape)
        ours = file.get(name, "pt")
        assert ours.dtype == tensor.dtype
        assert torch.equal(ours, tensor)
        array = file.get(name)
        assert array.shape == tuple(tensor.shape)
        np.testing.assert_array_equal(array.astype(np.complex64), tensor.to(torch.complex64).numpy())


@pytest.mark.parametrize("framework", ["pt", "np"])
def test_shared_storage_stays_shared(framework: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    base = torch.arange(6.0)
    torch.save({"whole": base, "tail": base[3:], "tied": base}, tmp_path / "m.bin")
    file = PickledFile(tmp_path / "m.bin")
    whole, tail, tied = (file.get(name, framework) for name in ("whole", "tail", "tied"))
    whole[4] = 99
    assert (float(tail[1]), float(tied[4])) == (99, 99)


def test_new_number_types_and_module_state(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    state = {
        "f8": torch.arange(4.0).to(torch.float8_e4m3fn),
        "u2": torch.tensor([0, 1, 2], dtype=torch.uint16),
    }
    torch.save({"state_dict": state}, tmp_path / "m.bin")
    file = PickledFile(tmp_path / "m.bin")
    assert (file.info("f8").dtype, file.info("u2").dtype) == ("float8_e4m3fn", "uint16")
    assert torch.equal(file.get("f8", "pt").float(), torch.arange(4.0))
    np.testing.assert_array_equal(file.get("u2"), [0, 1, 2])


def test_reading_needs_no_torch(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.bin", tensor_pickle())
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from transformers.loading.checkpoint import open_checkpoint\n"
        f"print(open_checkpoint({str(path)!r}).get('w').sum())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.split() == [str(FLOATS.sum())]


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_code_in_a_pickle_is_named_and_not_run(protocol: int, tmp_path: Path) -> None:
    mark = tmp_path / "hurt"
    path = archive(tmp_path / "m.bin", pickle.dumps({"w": Evil(mark)}, protocol))
    with pytest.raises(FormatError, match=r"(posix|nt)\.mkdir"):
        PickledFile(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins eval",
        "builtins getattr",
        "__builtin__ exec",
        "torch load",
        "torch.storage _load_from_bytes",
        "torch.jit load",
        "torch._utils __import__",
        "collections OrderedDict.__init__",
        "numpy.core.multiarray _reconstruct",
        "functools partial",
        "transformers.loading.hub push_object",
    ],
)
def test_other_globals_are_named(name: str, tmp_path: Path) -> None:
    module, attribute = name.split(" ")
    path = archive(tmp_path / "m.bin", b"\x80\x02c" + f"{module}\n{attribute}\n".encode() + b")R.")
    with pytest.raises(FormatError, match=f"it asks for {module}.{attribute}"):
        PickledFile(path)


def test_global_from_the_stack_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.bin", b"\x80\x04" + unicode("os") + unicode("system") + b"\x93.")
    with pytest.raises(FormatError, match=r"it asks for os\.system"):
        PickledFile(path)


@pytest.mark.parametrize(
    "opcode", [b"\x82\x01", b"ios\nsystem\n", b"\x81", b"P0\n", b"b", b"\x92", b"o", b"\x97"]
)
def test_other_instructions_are_refused(opcode: bytes) -> None:
    with pytest.raises(UnsafePickleError):
        PickleMachine({}, none).load(io.BytesIO(b"\x80\x02(]}" + opcode + b"."))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"\x80\x02",
        b"\x80\x02t.",
        b"\x80\x02h\x07.",
        b"\x80\x02X\xff\xff\xff\x7fa.",
        b"\x80\x02}a.",
        b"(1",
        b"\xff",
    ],
)
def test_damaged_pickles_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        PickledFile(archive(tmp_path / "m.bin", data))


def test_deep_key_cannot_hang_the_reader(tmp_path: Path) -> None:
    data = b"\x80\x02})" + b"2\x86" * 60 + b"K\x01s."
    data = data.replace(b"2\x86", b"q\x00h\x00\x86")
    started = time.monotonic()
    with pytest.raises(FormatError, match="dict key of type tuple"):
        PickledFile(archive(tmp_path / "m.bin", data))
    assert time.monotonic() - started < 1


def test_nested_rebuilds_cannot_exhaust_the_stack(tmp_path: Path) -> None:
    head = b"ctorch._tensor\n_rebuild_from_type_v2\nq\x00ctorch\nTensor\nq\x01"
    nested = b"h\x00h\x01" + b"(h\x00h\x01" * 5000 + b")" + b"t" * 5000 + b"\x87h\x00\x85R."
    with pytest.raises(FormatError):
        PickledFile(archive(tmp_path / "m.bin", b"\x80\x02" + head + nested))


def test_many_instructions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.loading.pickle_machine.MOST_OPERATIONS", 100)
    with pytest.raises(UnsafePickleError, match="longer than that of any model"):
        PickleMachine({}, none).load(io.BytesIO(b"N" * 200 + b"."))
    monkeypatch.setattr("transformers.loading.pickle_machine.LARGEST_PICKLE", 50)
    with pytest.raises(UnsafePickleError, match="larger than that of any model"):
        PickleMachine({}, none).load(io.BytesIO(unicode("a" * 60) + b"."))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": (3, 3)}, "reaches element 8 of a storage of 6"),
        ({"size": (2**40, 2**40)}, "reaches element"),
        ({"size": (2**40,), "stride": (0,)}, "repeats a storage of 6 elements too often"),
        ({"offset": 1}, "reaches element 6"),
        ({"offset": -1}, "not an integer from 0"),
        ({"stride": (-3, 1)}, "not an integer from 0"),
        ({"stride": (1,)}, "do not go together"),
        ({"size": (1,) * 40, "stride": (1,) * 40}, "do not go together"),
        ({"numel": 7}, "24 bytes, too few for 7 elements"),
        ({"numel": 2**60}, "too few"),
        ({"numel": -1}, "a storage of -1 elements"),
        ({"key": "1"}, "no storage '1'"),
        ({"key": "../data.pkl"}, "no storage"),
        ({"storage": "QInt8Storage"}, "asks for torch.QInt8Storage"),
        ({"storage": "DoubleStorage"}, "too few"),
    ],
)
def test_impossible_tensors_are_refused(values: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        PickledFile(archive(tmp_path / "m.bin", tensor_pickle(**values)))


def test_compressed_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.bin", tensor_pickle(), b"\0" * 2**24, zipfile.ZIP_DEFLATED)
    with pytest.raises(FormatError, match="compressed archive"):
        PickledFile(path)


def test_big_endian_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="big-endian"):
        PickledFile(archive(tmp_path / "m.bin", tensor_pickle(), byteorder=b"big"))


@pytest.mark.parametrize(
    ("pickled", "message"),
    [
        (b"\x80\x02]q\x00.", "must hold a dict of tensors, got a list"),
        (b"\x80\x02}" + unicode("a") + b"K\x01s.", "entry 'a' must be a tensor, got a int"),
        (b"\x80\x02}K\x01K\x01s.", "entry '1' must be a tensor"),
    ],
)
def test_other_contents_are_refused(pickled: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        PickledFile(archive(tmp_path / "m.bin", pickled))


def test_archive_without_description_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.bin", "w") as file:
        file.writestr("archive/other", b"")
    with pytest.raises(FormatError, match=r"without data.pkl"):
        PickledFile(tmp_path / "m.bin")


@pytest.mark.parametrize("cut", [10, 60, 200, -30, -1])
def test_cut_off_archives_and_streams_are_refused(cut: int, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    for zipped in (True, False):
        torch.save({"w": torch.ones(50)}, tmp_path / "m.bin", _use_new_zipfile_serialization=zipped)
        whole = (tmp_path / "m.bin").read_bytes()
        (tmp_path / "m.bin").write_bytes(whole[:cut])
        with pytest.raises(FormatError):
            PickledFile(tmp_path / "m.bin")


def test_stream_with_code_is_refused(tmp_path: Path) -> None:
    head = b"".join(
        pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    )
    (tmp_path / "m.bin").write_bytes(head + pickle.dumps({"w": Evil(tmp_path / "hurt")}, 2))
    with pytest.raises(FormatError, match=r"(posix|nt)\.mkdir"):
        PickledFile(tmp_path / "m.bin")


def test_plain_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(pickle.dumps({"w": Evil(tmp_path / "hurt")}))
    with pytest.raises(FormatError):
        PickledFile(tmp_path / "m.bin")
