"""One line about the work, and what follows from it: the tab's title, announcements, the focus."""

from __future__ import annotations

import streamlit as st

from ui.parts import component

TITLE = "Image Denoiser"
STATE = st.session_state
line = component("status", "focus.js", "status.js")


def show(
    key: str,
    text: str,
    *,
    small: str = "",
    part: float | None = None,
    bad: bool = False,
    say: str = "",
    titled: bool = True,
) -> None:
    """Draw the line.

    small: a second line, while there is no bar. part: how much is done, 0 to 1; None for no bar.
    bad: it is an error. say: what a screen reader announces, once for each new sentence.
    titled: whether the tab's title shows the percentage.
    """
    line(
        key=key,
        data={
            "text": text,
            "small": small,
            "part": part,
            "bad": bad,
            "say": say,
            "title": TITLE if titled else None,
            "focus": STATE.get("focus"),
        },
        height="content",
    )


def focus(on: str) -> None:
    """Move the focus with the next run. on: a CSS selector; "host >> inner" enters a component."""
    number = (STATE.get("focus") or {"number": 0})["number"] + 1
    STATE["focus"] = {"number": number, "on": on}
