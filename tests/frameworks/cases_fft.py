"""Conformance cases: complex numbers, Fourier transforms, spectrograms and windows."""

from __future__ import annotations

from .cases import b, f, i, op, u


def _parts(t, *results):
    """Complex results as pairs of real numbers, which can be differentiated."""
    return tuple(t.view_as_real(x.resolve_conj()) if x.is_complex() else x for x in results)


op("torch.complex", lambda t, x, y: _parts(t, t.complex(x, y), t.conj(t.complex(x, y))), f(3, 4), f(3, 4))
op("torch.complex", lambda t, x, y: t.complex(x, y), f(3, 4), f(3, 4), grad=False)
op("torch.polar", lambda t, x, y: _parts(t, t.polar(x, y)), u(0.2, 2, 3, 4), f(3, 4))
op("torch.view_as_complex", lambda t, x: _parts(t, t.view_as_complex(x)), f(3, 4, 2))
op("torch.view_as_real", lambda t, x: t.view_as_real(t.view_as_complex(x) * 2), f(3, 4, 2))
op(
    "torch.real",
    lambda t, x: (t.view_as_complex(x).real, t.real(t.view_as_complex(x)), t.real(x), x.real),
    f(3, 4, 2),
)
op("torch.imag", lambda t, x: (t.view_as_complex(x).imag, t.imag(t.view_as_complex(x))), f(3, 4, 2))
op(
    "torch.angle",
    lambda t, x: (t.view_as_complex(x).angle(), t.angle(t.view_as_complex(x)), t.view_as_complex(x).abs()),
    f(3, 4, 2),
)
op("torch.angle", lambda t, x, y: (t.angle(x), t.angle(y), x.conj()), f(3, 4), i(5, 4, low=-4), grad=False)
op(
    "torch.sgn",
    lambda t, x, y: (*_parts(t, t.sgn(t.view_as_complex(x))), t.sgn(y)),
    f(3, 2),
    i(5, 4, low=-4),
    grad=False,
)
op(
    "torch.is_complex",
    lambda t, x, y: (
        t.tensor([t.is_complex(t.view_as_complex(x)), t.is_complex(x), t.is_floating_point(x)]),
        t.tensor([t.is_floating_point(y), t.view_as_complex(x).is_complex()]),
        t.isreal(t.view_as_complex(x * y.unsqueeze(1))),
    ),
    f(3, 2),
    i(2, 3),
    grad=False,
)


def _arithmetic(t, x, y):
    z, w = t.view_as_complex(x), t.view_as_complex(y)
    return _parts(
        t, z + w, z - w, z * w, z / w, z * 2, 1j * z, z + 1.5, -z, z.exp(), z.square(), z.conj() * z
    )


op("complex arithmetic", _arithmetic, f(3, 4, 2), f(4, 2), tolerance=5e-5)
op(
    "complex arithmetic",
    lambda t, x, y: _parts(t, t.view_as_complex(x) * y, y + t.view_as_complex(x), t.view_as_complex(x) / 2),
    f(3, 2),
    f(3),
)
op(
    "complex arithmetic",
    lambda t, x, y, z: (t.view_as_complex(x) * y, t.view_as_complex(x) + z, t.view_as_complex(x) == 0),
    f(3, 2),
    i(5, 3),
    b(3),
    grad=False,
)
op(
    "complex arithmetic",
    lambda t, x: _parts(
        t,
        t.view_as_complex(x).sum(0),
        t.view_as_complex(x).mean(),
        t.view_as_complex(x).cumsum(1),
        t.view_as_complex(x)[:, 1:].reshape(-1),
        t.cat([t.view_as_complex(x), t.view_as_complex(x)], 1).transpose(0, 1),
        t.view_as_complex(x) @ t.view_as_complex(x).transpose(0, 1),
        t.where(x[..., 0] > 0, t.view_as_complex(x), t.view_as_complex(x) * 2),
        t.einsum("ij,kj->ik", t.view_as_complex(x), t.view_as_complex(x)),
        t.view_as_complex(x).norm(),
    ),
    f(3, 4, 2),
    tolerance=1e-4,
)
op(
    "complex conversion",
    lambda t, x: (x.to(t.complex64), t.tensor([1 + 2j, 3.0]), t.zeros(2, dtype=t.complex64), x * (1 + 1j)),
    f(3),
    grad=False,
)

_NORMS = (None, "backward", "ortho", "forward")
for _name in ("fft", "ifft", "rfft"):
    for _norm in _NORMS:
        op(
            f"torch.fft.{_name}",
            lambda t, x, n=_name, norm=_norm: _parts(t, getattr(t.fft, n)(x, norm=norm)),
            f(3, 5),
            tolerance=5e-5,
        )
    op(
        f"torch.fft.{_name}",
        lambda t, x, n=_name: _parts(t, getattr(t.fft, n)(x, n=4, dim=0), getattr(t.fft, n)(x, 3, 1)),
        f(3, 6),
        tolerance=5e-5,
    )
op("torch.fft.fft", lambda t, x: _parts(t, t.fft.ifft(t.fft.fft(t.view_as_complex(x), dim=0))), f(4, 3, 2))
op("torch.fft.fft", lambda t, x: t.fft.fft(x), i(9, 2, 4), grad=False)
for _norm in _NORMS:
    op(
        "torch.fft.irfft",
        lambda t, x, norm=_norm: (t.fft.irfft(t.view_as_complex(x), norm=norm), t.fft.irfft(x[..., 0], 5)),
        f(3, 4, 2),
    )
op(
    "torch.fft.irfft",
    lambda t, x: (
        t.fft.irfft(t.view_as_complex(x), n=9, dim=0),
        t.fft.irfft(t.fft.rfft(x, dim=1), n=x.shape[1], dim=1),
    ),
    f(3, 4, 2),
)
op(
    "torch.fft.hfft",
    lambda t, x: (t.fft.hfft(t.view_as_complex(x)), *_parts(t, t.fft.ihfft(x[..., 0], norm="ortho"))),
    f(3, 4, 2),
    tolerance=5e-5,
)
for _name in ("fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn"):
    op(
        f"torch.fft.{_name}",
        lambda t, x, n=_name: _parts(
            t,
            getattr(t.fft, n)(x),
            getattr(t.fft, n)(x, s=(3, 6), norm="ortho"),
            getattr(t.fft, n)(x, dim=(0, 2)),
            getattr(t.fft, n)(x, s=(2, -1), dim=(1, 2)),
        ),
        f(2, 3, 5),
        tolerance=1e-4,
    )
for _name in ("irfft2", "irfftn"):
    op(
        f"torch.fft.{_name}",
        lambda t, x, n=_name: (
            getattr(t.fft, n)(t.view_as_complex(x)),
            getattr(t.fft, n)(t.view_as_complex(x), s=(3, 5), norm="forward"),
        ),
        f(2, 3, 4, 2),
        tolerance=1e-4,
    )
op(
    "torch.fft.fftshift",
    lambda t, x: (t.fft.fftshift(x), t.fft.fftshift(x, 1), t.fft.fftshift(x, (0,))),
    f(3, 4),
)
op("torch.fft.ifftshift", lambda t, x: (t.fft.ifftshift(x), t.fft.ifftshift(x, dim=-1)), f(3, 5))
op(
    "torch.fft.fftfreq",
    lambda t, x: (t.fft.fftfreq(5), t.fft.fftfreq(x.shape[0], 0.5), t.fft.rfftfreq(6), t.fft.rfftfreq(5, 2)),
    f(4),
    grad=False,
)

_WINDOWS = ("hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window")
for _name in _WINDOWS:
    op(
        f"torch.{_name}",
        lambda t, x, n=_name: (
            getattr(t, n)(8),
            getattr(t, n)(7, periodic=False),
            getattr(t, n)(1),
            getattr(t, n)(5, False, dtype=t.float64),
            x,
        ),
        f(1),
        grad=False,
        tolerance=5e-6,
    )
op("torch.hamming_window", lambda t, x: t.hamming_window(6, True, 0.5, 0.4), f(1), grad=False)
op("torch.kaiser_window", lambda t, x: t.kaiser_window(6, True, beta=3.0), f(1), grad=False, tolerance=5e-6)


def _stft(t, x, **options):
    return t.view_as_real(t.stft(x, 8, return_complex=True, **options))


op("torch.stft", lambda t, x: (_stft(t, x, window=t.hann_window(8)), _stft(t, x[0], hop_length=3)), f(2, 30))
op(
    "torch.stft",
    lambda t, x: (
        _stft(t, x, hop_length=4, win_length=6, window=t.hann_window(6), center=False),
        _stft(t, x, normalized=True, onesided=False, pad_mode="constant"),
    ),
    f(2, 30),
    tolerance=5e-5,
)


def _round_trip(t, x, length=None, **options):
    spectrum = t.stft(x, 8, 2, window=t.hann_window(8), return_complex=True, **options)
    return t.istft(spectrum, 8, 2, window=t.hann_window(8), length=length, **options)


op(
    "torch.istft",
    lambda t, x: (_round_trip(t, x), _round_trip(t, x, length=27), _round_trip(t, x[0])),
    f(2, 30),
)
op("torch.istft", lambda t, x: _round_trip(t, x, length=33, normalized=True, onesided=True), f(2, 32))
op(
    "torch.istft",
    lambda t, x: t.view_as_real(
        t.istft(
            t.stft(x, 8, 4, onesided=False, return_complex=True), 8, 4, onesided=False, return_complex=True
        )
    ),
    f(2, 32),
)
