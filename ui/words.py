"""Words for people: names, sizes, times, noise. Untrusted text is made harmless here."""

from __future__ import annotations

import unicodedata

NOISE_WORDS = ((2, "hardly any"), (6, "little"), (14, "light"), (28, "strong"))  # below this sigma


def noise(sigma: float) -> str:
    """Plain words for a noise level in grey levels (standard deviation, 0 to 255 scale)."""
    return next((word for limit, word in NOISE_WORDS if sigma < limit), "very strong")


def visible(text: str, longest: int = 60) -> str:
    """`text` in one line without control, direction or invisible signs, its middle cut if long."""
    seen = "".join(letter for letter in text if not unicodedata.category(letter).startswith("C"))
    return seen if len(seen) <= longest else f"{seen[: longest - 12]}…{seen[-11:]}"


def plain(text: str, longest: int = 60) -> str:
    """`text` as Markdown that shows it letter by letter: no link, picture, colour or heading."""
    seen = visible(text, longest)
    return "".join(f"&#{ord(sign)};" if _is_sign(sign) else sign for sign in seen)


def _is_sign(letter: str) -> bool:
    return letter.isascii() and not letter.isalnum() and letter != " "


def seconds(value: float) -> str:
    if value < 90:
        return f"{max(1, round(value))} s"
    return f"{round(value / 60)} min"


def megapixels(width: int, height: int) -> str:
    size = f"{width} × {height}"
    return size if width * height < 1e5 else f"{size}, {width * height / 1e6:.1f} megapixels"
