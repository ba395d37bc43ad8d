"""First inputs of the fuzzed readers of Keras' and Flax's files."""

from __future__ import annotations

import io


def h5s() -> list[bytes]:
    """Files of Keras: a whole one, and a shard, whose names are not in groups of layers."""
    import h5py
    import numpy as np

    found = []
    for listed in (True, False):
        stream = io.BytesIO()
        with h5py.File(stream, "w") as file:
            group = file.create_group("dense")
            group["tf_model/dense/kernel:0"] = np.ones((2, 3), np.float32)
            group["tf_model/dense/bias:0"] = np.ones(3, np.float16)
            if listed:
                group.attrs["weight_names"] = [b"tf_model/dense/kernel:0", b"tf_model/dense/bias:0"]
        found.append(stream.getvalue())
    return found


def msgpacks() -> list[bytes]:
    """Trees of arrays as Flax writes them."""

    def text(value: bytes) -> bytes:
        return bytes([0xA0 | len(value)]) + value

    inner = b"\x93\x92\x02\x03" + text(b"float32") + b"\xc4\x18" + bytes(24)
    array = b"\xc7" + bytes([len(inner), 1]) + inner
    scalar = b"\x93\x90" + text(b"float32") + b"\xc4\x04" + bytes(4)
    number = b"\xc7" + bytes([len(scalar), 3]) + scalar
    chunks = text(b"__msgpack_chunked_array__") + b"\xc3" + text(b"shape") + b"\x81\xa10\x06"
    chunked = b"\x83" + chunks + text(b"chunks") + b"\x81\xa10" + array
    return [
        b"\x81" + text(b"dense") + b"\x82" + text(b"kernel") + array + text(b"bias") + number,
        b"\x81" + text(b"w") + chunked,
    ]


__all__ = ["h5s", "msgpacks"]
