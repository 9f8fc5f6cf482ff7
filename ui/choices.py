"""What a person chose, for this session and in their browser for the next."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import streamlit as st

STATE = st.session_state
_KEY = "choices"
FORMATS = ("", "PNG", "JPEG", "WEBP", "TIFF")  # to choose from


@dataclass(frozen=True)
class Strengths:
    """How much of the noise is taken away, in percent: of the brightness grain, of the colour."""

    grain: int = 100
    colour: int = 100


@dataclass(frozen=True)
class Choices:
    """The strengths for every picture without its own, and how results are written.

    format: one of `FORMATS`, "" for each file's own. quality: 50 to 100, of lossy ones.
    """

    grain: int = 100
    colour: int = 100
    format: str = ""
    quality: int = 95

    @property
    def strengths(self) -> Strengths:
        return Strengths(self.grain, self.colour)


def current() -> Choices:
    chosen: Choices = STATE.get(_KEY) or Choices()
    return chosen


def change(**changes: int | str) -> None:
    STATE[_KEY] = Choices(**{**asdict(current()), **changes})  # type: ignore[arg-type]


def recall(stored: dict) -> None:
    """Take over what the browser remembers; it may hold anything, so only what fits is taken."""
    known = {name: value for name, value in stored.items() if name in asdict(Choices())}
    good = {
        name: value
        for name, value in known.items()
        if isinstance(value, str if name == "format" else int) and not isinstance(value, bool)
    }
    if good.get("format") not in FORMATS:
        good.pop("format", None)
    for name in ("grain", "colour", "quality"):
        if name in good:
            good[name] = min(100, max(50 if name == "quality" else 0, good[name]))
    change(**good)
