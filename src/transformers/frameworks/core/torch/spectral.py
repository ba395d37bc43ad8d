"""Short-time Fourier transforms, and the windows that go with them."""

from __future__ import annotations

import math
from typing import Any

from ...core import dtypes
from . import fft as _fft
from .creation import arange, tensor
from .filled import ones
from .pointwise import cos
from .promotion import get_default_dtype
from .shapes import reshape
from .tensor import Tensor, method


def _steps(window_length: Any, periodic: bool, dtype: dtypes.dtype | None) -> tuple[Tensor, Any]:
    """0, 1, ... of a window, and how many steps its period has."""
    kind = dtype or get_default_dtype()
    return arange(window_length, dtype=kind), window_length if periodic else window_length - 1


def _cosines(window_length: Any, periodic: bool, dtype: dtypes.dtype | None, *factors: float) -> Tensor:
    """Sum of `factors[k]` times the cosine of k turns a period."""
    if isinstance(window_length, int) and window_length == 1:
        return ones(1, dtype=dtype)
    i, period = _steps(window_length, periodic, dtype)
    out = i * 0 + factors[0]
    for k, factor in enumerate(factors[1:], 1):
        out = out + factor * cos(i * (2.0 * math.pi * k / period))
    return out


def hann_window(
    window_length: Any, periodic: bool = True, *, dtype: dtypes.dtype | None = None, **ignored: Any
) -> Tensor:
    """Raised cosine, 0 at its ends."""
    return _cosines(window_length, periodic, dtype, 0.5, -0.5)


def hamming_window(
    window_length: Any,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: dtypes.dtype | None = None,
    **ignored: Any,
) -> Tensor:
    """alpha less beta times the cosine."""
    return _cosines(window_length, periodic, dtype, alpha, -beta)


def blackman_window(
    window_length: Any, periodic: bool = True, *, dtype: dtypes.dtype | None = None, **ignored: Any
) -> Tensor:
    """Three terms: 0.42, 0.5 and 0.08."""
    return _cosines(window_length, periodic, dtype, 0.42, -0.5, 0.08)


def bartlett_window(
    window_length: Any, periodic: bool = True, *, dtype: dtypes.dtype | None = None, **ignored: Any
) -> Tensor:
    """Up to 1 in a straight line, and down."""
    if isinstance(window_length, int) and window_length == 1:
        return ones(1, dtype=dtype)
    i, period = _steps(window_length, periodic, dtype)
    return 1.0 - (i * (2.0 / period) - 1.0).abs()


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: dtypes.dtype | None = None,
    **ignored: Any,
) -> Tensor:
    """The window of Kaiser with the shape `beta`; its length must be a plain number."""
    import numpy as np

    points = np.kaiser(window_length + 1, beta)[:-1] if periodic and window_length > 1 else None
    values = np.kaiser(window_length, beta) if points is None else points
    return tensor(values, dtype=dtype or get_default_dtype())


def _full_window(window: Tensor | None, n_fft: int, win_length: int, like: Tensor) -> Tensor:
    """The window in the middle of `n_fft` places."""
    from .nn.functional import pad

    kind = like.real.dtype
    made = ones(win_length, dtype=kind) if window is None else window
    if tuple(made.shape) != (win_length,):
        raise RuntimeError(f"the window must have {win_length} elements, not sizes {list(made.shape)}")
    left = (n_fft - win_length) // 2
    return pad(made, (left, n_fft - win_length - left)) if win_length < n_fft else made


def _frames(length: Any, n_fft: int, hop: int) -> tuple[Any, Tensor]:
    """How many frames fit, and the places of their samples (frames, n_fft)."""
    count = (length - n_fft) // hop + 1
    return count, arange(count).unsqueeze(1) * hop + arange(n_fft)


@method
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """Transforms of overlapping frames of signals (L,) or (B, L): (B, frequencies, frames), complex.

    return_complex: must be True for real signals, as in torch.
    """
    from .nn.functional import pad

    if not return_complex and not input.is_complex():
        raise RuntimeError("stft of a real signal needs return_complex=True; see view_as_real")
    hop, width = hop_length or n_fft // 4, win_length or n_fft
    signal = input.unsqueeze(0) if input.ndim == 1 else input
    if center:
        half = n_fft // 2
        signal = pad(signal.unsqueeze(1), (half, half), mode=pad_mode).squeeze(1)
    count, places = _frames(signal.shape[-1], n_fft, hop)
    frames = reshape(signal.index_select(1, reshape(places, -1)), signal.shape[0], count, n_fft)
    frames = frames * _full_window(window, n_fft, width, signal)
    half_only = not signal.is_complex() if onesided is None else onesided
    norm = "ortho" if normalized else None
    out = (_fft.rfft(frames, norm=norm) if half_only else _fft.fft(frames, norm=norm)).transpose(1, 2)
    return out.squeeze(0) if input.ndim == 1 else out


@method
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: Any = None,
    return_complex: bool = False,
) -> Tensor:
    """Signals (L,) or (B, L) from what `stft` gave: frames added up, divided by the windows' squares."""
    hop, width = hop_length or n_fft // 4, win_length or n_fft
    spectrum = input.unsqueeze(0) if input.ndim == 2 else input
    norm = "ortho" if normalized else None
    half_only = not return_complex if onesided is None else onesided
    spectrum = spectrum.transpose(1, 2)  # (B, frames, frequencies)
    frames = _fft.irfft(spectrum, n_fft, norm=norm) if half_only else _fft.ifft(spectrum, norm=norm)
    if not return_complex:
        frames = frames.real
    shape = _full_window(window, n_fft, width, frames)
    count = frames.shape[1]
    total = n_fft + hop * (count - 1)
    places = reshape(arange(count).unsqueeze(1) * hop + arange(n_fft), -1)
    signal = _added(reshape(frames * shape, frames.shape[0], -1), places, total)
    weight = _added(reshape(shape.square().unsqueeze(0).expand(count, n_fft), 1, -1), places, total)
    first = n_fft // 2 if center else 0
    last = (total - n_fft // 2 if center else total) if length is None else first + length
    signal, weight = signal[:, first:last], weight[:, first:last]
    out = signal / weight.where(weight > 1e-11, 1.0)
    if length is not None:
        from .nn.functional import pad

        out = pad(out, (0, length - out.shape[1]))
    return out.squeeze(0) if input.ndim == 2 else out


def _added(rows: Tensor, places: Tensor, total: Any) -> Tensor:
    """Rows (B, N) added up at `places` (N,) of `total`."""
    empty = rows.new_zeros(rows.shape[0], total)
    return empty.index_add(1, places, rows)


__all__ = [
    "bartlett_window", "blackman_window", "hamming_window", "hann_window", "istft", "kaiser_window", "stft",
]  # fmt: skip
