"""A colour space as primaries and a transfer curve: where a file states it without a profile."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np

# ITU-T H.273: the x and y of red, green, blue and white.
_D65 = (0.3127, 0.3290)
PRIMARIES: dict[int, tuple[float, ...]] = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *_D65),
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *_D65),
}
_LINEAR, _SRGB, _PQ, _HLG = 8, 13, 16, 18
# Parameters of ICC's curve y = (a x + b)^g from d on, c x before.
_BT709 = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES: dict[int, tuple[float, ...]] = {
    1: _BT709,
    4: (2.2,),
    5: (2.8,),
    6: _BT709,
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0913),
    _LINEAR: (1.0,),
    _SRGB: _SRGB_CURVE,
    14: _BT709,
    15: _BT709,
    17: (2.6,),
}
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True)
class Colour:
    """Primaries and transfer as H.273 numbers them, or, where it has no number, in figures.

    chromaticities: x and y of red, green, blue and white. gamma: the exponent that makes the
    file's values linear. mastering, light: PNG's mDCV and cLLI, or None.
    """

    primaries: int = 2
    transfer: int = 2
    chromaticities: tuple[float, ...] | None = None
    gamma: float | None = None
    mastering: bytes | None = None
    light: bytes | None = None

    @property
    def points(self) -> tuple[float, ...]:
        """The chromaticities, those of sRGB where they are not known."""
        return self.chromaticities or PRIMARIES.get(self.primaries, PRIMARIES[1])

    @property
    def hdr(self) -> str:
        """ "PQ" or "HLG" where the curve is one of these."""
        return {_PQ: "PQ", _HLG: "HLG"}.get(self.transfer, "")

    @property
    def linear(self) -> bool:
        """Whether values are proportional to light."""
        return self.transfer == _LINEAR or (self.gamma is not None and abs(self.gamma - 1) < 0.02)

    @cached_property
    def plain(self) -> bool:
        """Whether it is sRGB, which needs no saying."""
        near = max(abs(a - b) for a, b in zip(self.points, PRIMARIES[1], strict=True)) < 0.002
        usual = self.transfer in (2, _SRGB) if self.gamma is None else abs(self.gamma - 2.2) < 0.01
        return near and usual

    @property
    def numbered(self) -> tuple[int, int] | None:
        """Primaries and transfer as H.273 numbers; None where it has none for them."""
        primaries, transfer = self.primaries, self.transfer
        if self.chromaticities is not None:
            close = (
                number
                for number, points in PRIMARIES.items()
                if max(abs(a - b) for a, b in zip(points, self.chromaticities, strict=True)) < 0.002
            )
            primaries = next(close, 0)
        if self.gamma is not None:
            known = {1.0: _LINEAR, 2.2: 4, 2.8: 5}
            transfer = next((n for g, n in known.items() if abs(g - self.gamma) < 0.01), 0)
        return (primaries, transfer) if primaries and transfer else None

    def profile(self, grey: bool = False, curve: bytes = b"") -> bytes:
        """An ICC profile (version 4, matrix and curves) of the same colours.

        curve: an ICC curve, where there is no number for it.
        """
        name = "Grey as RGB" if curve else self._name()
        curve = curve or self._curve()
        tags = {
            b"desc": _text(name),
            b"cprt": _text("No copyright, use freely"),
            b"wtpt": _xyz(_D50),
        }
        if grey:
            tags[b"kTRC"] = curve
            return _profile(b"GRAY", tags)
        matrix, adapt = self._matrix()
        tags[b"chad"] = b"sf32" + bytes(4) + _fixed(adapt.ravel())
        for index, letter in enumerate((b"r", b"g", b"b")):
            tags[letter + b"XYZ"] = _xyz(matrix[:, index])
            tags[letter + b"TRC"] = curve
        if self.numbered and self.hdr:
            tags[b"cicp"] = b"cicp" + bytes(4) + bytes((*self.numbered, 0, 1))
        return _profile(b"RGB ", tags)

    def _name(self) -> str:
        curves = {_LINEAR: "linear", _SRGB: "sRGB curve", _PQ: "PQ", _HLG: "HLG"}
        names = {1: "sRGB", 9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
        numbered = self.numbered or (0, 0)
        curve = curves.get(numbered[1]) or (f"gamma {self.gamma:.3g}" if self.gamma else "")
        return " ".join((names.get(numbered[0], "RGB"), curve or f"curve {self.transfer}"))

    def _curve(self) -> bytes:
        if self.hdr:
            steps = np.linspace(0, 1, 4096)
            light = pq_to_light(steps) if self.hdr == "PQ" else _hlg_to_light(steps)
            whole = np.rint(light * 65535).astype(">u2")
            return b"curv" + struct.pack(">II", 0, whole.size) + whole.tobytes()
        curve = (self.gamma,) if self.gamma else _CURVES.get(self.transfer, _SRGB_CURVE)
        kind = 0 if len(curve) == 1 else 3
        return b"para" + struct.pack(">IHH", 0, kind, 0) + _fixed(np.array(curve))

    def _matrix(self) -> tuple[np.ndarray, np.ndarray]:
        """Linear RGB -> XYZ seen under D50, and the adaptation that it took."""
        xy = np.array(self.points).reshape(4, 2)
        xyz = np.stack([xy[:, 0] / xy[:, 1], np.ones(4), (1 - xy.sum(axis=1)) / xy[:, 1]])
        matrix = xyz[:, :3] * np.linalg.solve(xyz[:, :3], xyz[:, 3])
        cones = (_BRADFORD @ _D50) / (_BRADFORD @ xyz[:, 3])
        adapt = np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD
        return adapt @ matrix, adapt


def known(colour: Colour) -> Colour | None:
    """The colour space where it needs saying, None for sRGB and for what is not known."""
    try:
        good = np.all(np.isfinite(colour._matrix()[0]))
    except (np.linalg.LinAlgError, ZeroDivisionError, FloatingPointError):
        return None
    unknown = colour.chromaticities is None and colour.gamma is None
    unknown &= colour.primaries == 2 and colour.transfer == 2
    return None if colour.plain or unknown or not good else colour


def pq_to_light(value: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084 -> light, 1 being 10,000 candela a square metre."""
    power = np.power(value, 32 / 2523)
    return np.power(np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power), 16384 / 2610)


def light_to_pq(light: np.ndarray) -> np.ndarray:
    """The reverse of `pq_to_light`."""
    power = np.power(np.clip(light, 0, 1), 2610 / 16384)
    return np.power((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 2523 / 32)


def _hlg_to_light(value: np.ndarray) -> np.ndarray:
    """Hybrid log-gamma -> the scene's light, 1 being the brightest."""
    bright = (np.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return np.where(value <= 0.5, value**2 / 3, bright)


def _fixed(values: np.ndarray) -> bytes:
    return np.rint(np.asarray(values, float) * 65536).astype(">i4").tobytes()


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _text(text: str) -> bytes:
    body = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(body), 28) + body


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x04400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
