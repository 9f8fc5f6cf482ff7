"""How pictures come in: files, a folder, a drop, a paste, the camera, or one of the samples."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import samples, session, status
from ui.parts import component

STATE = st.session_state
LIMIT_MB = int(st.get_option("server.maxUploadSize"))
picker = component("pick", "live.js", "pick.js")


def choose() -> None:
    """The large way in with the samples, for an empty page."""
    picker(key="pick", data={"small": False, "round": _round(), "limit": LIMIT_MB})
    _inputs()
    with st.container(horizontal=True, key="aside", horizontal_alignment="center"):
        _camera()
        if "undo" in STATE:
            st.button("Undo: bring my photos back", on_click=session.undo, icon=":material/undo:")
    if STATE.get("gone"):
        st.caption(
            "Your earlier photos are no longer here: the page keeps them for a few minutes only."
        )
    _offer_samples()


def add_more() -> None:
    """The small way in, beside what is already there."""
    picker(
        key="pick-more",
        data={"small": True, "round": _round(), "limit": LIMIT_MB},
        width="content",
        height="content",
    )
    _inputs()


def _round() -> int:
    """Grows with every choice of files, so that Streamlit's own inputs are empty again."""
    return int(STATE.get("round", 0))


def _inputs() -> None:
    """Streamlit's uploaders, which the picker's script fills; nobody sees them."""
    with st.container(key="inputs"):
        with st.container(key="input-files"):
            st.file_uploader(
                "Photos",
                accept_multiple_files=True,
                key=f"files-{_round()}",
                on_change=_take_files,
                args=(f"files-{_round()}",),
            )
        with st.container(key="input-folder"):
            st.file_uploader(
                "All photos of a folder",
                accept_multiple_files="directory",
                key=f"folder-{_round()}",
                on_change=_take_files,
                args=(f"folder-{_round()}",),
            )


def _take_files(key: str) -> None:
    files = [file for file in STATE[key] or [] if not _base(file.name).startswith(".")]
    _take(files)


def _take(files: list[Any]) -> None:
    STATE["round"] = _round() + 1
    session.add(*((file.file_id, file.name, file.getvalue) for file in files))
    status.focus(".st-key-viewer >> .stage" if session.shown() else ".st-key-grid >> .open")


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _camera() -> None:
    """It asks for permission as soon as it is drawn, so only in an opened popover."""
    popover = st.popover(
        "Use the camera", icon=":material/photo_camera:", on_change="rerun", key="camera-open"
    )
    if popover.open:
        with popover:
            st.camera_input(
                "Camera", key="camera", on_change=_take_shot, label_visibility="collapsed"
            )


def _take_shot() -> None:
    if shot := STATE["camera"]:
        session.add((shot.file_id, "camera.jpg", shot.getvalue))


def _offer_samples() -> None:
    st.header("Or try one of these", anchor=False)
    with st.container(horizontal=True, key="samples", gap="medium"):
        for sample in samples.SAMPLES:
            with st.container(key=f"sample-{sample.key}", width=252, gap=None):
                st.image(samples.thumbnail(sample), width="stretch", alt=sample.alt)
                st.button(
                    sample.title, key=f"try-{sample.key}", on_click=_take_sample, args=(sample,)
                )


def _take_sample(sample: samples.Sample) -> None:
    name, data = samples.noisy(sample)
    session.add((sample.key, name, lambda: data))
    status.focus(".st-key-viewer >> .stage")
