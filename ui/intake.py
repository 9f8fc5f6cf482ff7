"""How pictures come in: files, a folder, pasted, from the camera, or one of the samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from ui import paste, samples

STATE = st.session_state


@dataclass(frozen=True)
class Source:
    """Where a picture's bytes come from; `key` tells two of the same name apart."""

    key: str
    name: str
    load: Callable[[], bytes]


def choose() -> list[Source]:
    """Draw the uploader, and the samples while nothing is chosen; return what was chosen."""
    has_picture = bool(STATE.get("taken")) or bool(STATE.get(_uploader_key()))
    with st.container(key="intake-small" if has_picture else "intake"):
        files = st.file_uploader(
            "Drop photographs here, paste one, or browse",
            accept_multiple_files=True,
            key=_uploader_key(),
            on_change=_forget_taken,
            label_visibility="collapsed" if has_picture else "visible",
        )
        if not has_picture:
            _offer_more()
    paste.listen()
    if files:
        return [Source(file.file_id, file.name, file.getvalue) for file in files]
    if taken := STATE.get("taken"):
        return taken
    _offer_samples()
    return []


def start_over() -> None:
    """Put everything aside; the next run begins with the empty page."""
    STATE["taken"] = []
    STATE["round"] = STATE.get("round", 0) + 1


def _uploader_key() -> str:
    return f"files-{STATE.get('round', 0)}"


def _forget_taken() -> None:
    STATE["taken"] = []


def _take(*sources: Source) -> None:
    start_over()
    STATE["taken"] = list(sources)


def _offer_more() -> None:
    """The camera asks for permission as soon as it is drawn, so only in an opened popover."""
    with st.container(horizontal=True, gap="small", key="intake-more"):
        with st.popover("Choose a folder", icon=":material/folder:"):
            st.file_uploader(
                "All pictures of a folder",
                accept_multiple_files="directory",
                key="folder",
                on_change=_take_folder,
            )
        camera = st.popover(
            "Take a picture", icon=":material/photo_camera:", on_change="rerun", key="camera-open"
        )
        st.caption("Ctrl + V pastes one. JPEG, PNG, WebP, HEIC, TIFF and more; also many at once.")
    if camera.open:
        with camera:
            st.camera_input(
                "Camera", key="camera", on_change=_take_camera, label_visibility="collapsed"
            )


def _take_folder() -> None:
    files = STATE["folder"] or []
    seen = [file for file in files if not file.name.rsplit("/", 1)[-1].startswith(".")]
    if seen:
        _take(*(Source(file.file_id, file.name, file.getvalue) for file in seen))


def _take_camera() -> None:
    if shot := STATE["camera"]:
        _take(Source(shot.file_id, "camera.jpg", shot.getvalue))


def _offer_samples() -> None:
    st.markdown("##### Or try one of these")
    with st.container(horizontal=True, key="samples", gap="medium"):
        for sample in samples.SAMPLES:
            with st.container(key=f"sample-{sample.key}", width=252, gap=None):
                st.image(samples.thumbnail(sample), width="stretch", alt=sample.alt)
                st.button(
                    sample.title, key=f"try-{sample.key}", on_click=_take_sample, args=(sample,)
                )


def _take_sample(sample: samples.Sample) -> None:
    name, data = samples.noisy(sample)
    _take(Source(sample.key, name, lambda: data))
