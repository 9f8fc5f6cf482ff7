"""The before/after viewer: an own component, because no built-in shows two pictures at true pixels.

Its script draws everything that changes often (view, zoom, position, strength) from the same two
encoded pictures, so Python sends each picture once and only hears of a new strength.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime import get_instance

from ui.results import Encoded

FOLDER = Path(__file__).parent
GAIN = 4  # how many times the removed noise is amplified

viewer = st.components.v2.component(
    "image_denoiser.compare",
    html=(FOLDER / "compare.html").read_text("utf-8"),
    css=(FOLDER / "compare.css").read_text("utf-8"),
    js=(FOLDER / "compare.js").read_text("utf-8"),
)


def compare(
    key: str,
    picture: str,
    size: tuple[int, int],
    noisy: Encoded,
    clean: Encoded | None,
    *,
    label: str = "Denoised",
    wait: str = "",
) -> float:
    """Draw the viewer and return the chosen strength, 0 to 1.

    picture: identifies the picture; zoom and position are kept while it stays the same.
    size: width and height in pixels at 100 %; `clean` may have fewer (a quick preview).
    label: what the denoised side is called. wait: shown instead of it while `clean` is None.
    """
    before = st.session_state.get(key) or {}
    state = viewer(
        key=key,
        data={
            "picture": picture,
            "width": size[0],
            "height": size[1],
            "noisy": _address(noisy, f"{key}-noisy"),
            "clean": _address(clean, f"{key}-clean") if clean else None,
            "label": label,
            "wait": wait,
            "gain": GAIN,
            "strength": before.get("strength", 100),
            "alt": f"The picture, {size[0]} by {size[1]} pixels, noisy and denoised.",
        },
        default={"strength": 100},
        on_strength_change=lambda: None,
    )
    return float(state.strength) / 100


def _address(picture: Encoded, place: str) -> str:
    """Where the browser fetches it: the server's memory, as for `st.image`, but as it is."""
    return get_instance().media_file_mgr.add(picture.data, picture.mime, place)
