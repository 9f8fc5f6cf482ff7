"""Words for people: names, sizes, times. Untrusted text is made harmless here."""

from __future__ import annotations

import unicodedata


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


def waiting(ahead: int) -> str:
    """How long the queue is, for whoever waits in it."""
    return f"Waiting: {ahead} {'picture' if ahead == 1 else 'pictures'} ahead of you"


def photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
