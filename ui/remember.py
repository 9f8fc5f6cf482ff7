"""Hands what the browser remembers to the session, and what the session chose to the browser."""

from __future__ import annotations

import streamlit as st

from ui import choices, session
from ui.parts import component
from ui.store import new_secret

STATE = st.session_state
storage = component("memory", "focus.js", "memory.js")


def recall() -> None:
    """Invisible. At the first run the script answers with what it found; see `_found`."""
    chosen = choices.current()
    storage(
        key="memory",
        data={
            "recalled": bool(STATE.get("recalled")),
            "visit": STATE.setdefault("visit", new_secret()),
            "secret": session.secret(),
            "format": chosen.format,
            "quality": chosen.quality,
            "focus": STATE.get("focus"),
        },
        on_found_change=_found,
        height="content",
    )


def _found() -> None:
    found = (STATE.get("memory") or {}).get("found") or {}
    if STATE.get("recalled") or not isinstance(found.get("choices"), dict):
        return
    STATE["recalled"] = True
    choices.recall(found["choices"])
    if isinstance(found.get("secret"), str):
        session.restore(found["secret"], shared=bool(found.get("shared")))
