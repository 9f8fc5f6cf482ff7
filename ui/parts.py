"""The page's own components: HTML, CSS and JavaScript from `ui/web`, with no build step or CDN."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.runtime import get_instance

from ui.results import Encoded

WEB = Path(__file__).parent / "web"
_ADDRESSES = "addresses"  # in the session: what was handed to the server in this run


def component(name: str, *scripts: str) -> ComponentRenderer:
    """Registers the component in `ui/web/{name}.html` and `.css`, or in the folder of that name.

    scripts: its JavaScript files in the order of use. They are joined into one module, because
    Streamlit loads a single script; so only the last one exports.
    """
    folder = WEB / name if (WEB / name).is_dir() else WEB
    files = [folder / script for script in scripts or (f"{name}.js",)]
    return st.components.v2.component(
        f"image_denoiser.{name}",
        html=(folder / f"{name}.html").read_text("utf-8"),
        css=(folder / f"{name}.css").read_text("utf-8"),
        js="\n".join(file.read_text("utf-8") for file in files),
    )


def address(picture: Encoded, place: str) -> str:
    """Where the browser fetches it: the server's memory, as for `st.image`, but as it is.

    place: names what it is for; the next picture for the same place replaces it.
    """
    known: dict[str, tuple[Encoded, str]] = st.session_state.setdefault(_ADDRESSES, {})
    if place not in known or known[place][0] is not picture:
        # Of a large file Streamlit hashes three parts only, but also its name.
        url = get_instance().media_file_mgr.add(picture.data, picture.mime, place, picture.digest)
        known[place] = (picture, url)
    return known[place][1]


def forget_addresses() -> None:
    """At the start of a whole run, when Streamlit drops them. A fragment's run keeps them, and is
    spared the hashing of large files."""
    st.session_state[_ADDRESSES] = {}
