"""Pixels an inch."""

from __future__ import annotations

import math


def clean_dpi(dpi: object) -> tuple[float, float] | None:
    """A pair of sensible densities (pixels an inch), or None."""
    if not isinstance(dpi, tuple | list) or len(dpi) != 2:
        return None
    try:
        pair = (float(dpi[0]), float(dpi[1]))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if all(math.isfinite(one) and 1 <= one <= 100_000 for one in pair):
        return pair
    return None
