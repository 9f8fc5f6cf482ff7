"""How pictures come in: files, a folder, a drop, a paste, the camera, or one of the samples."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import samples, saving, session, status, store
from ui.parts import component
from ui.worker import shared_store

STATE = st.session_state
LIMIT_MB = int(st.get_option("server.maxUploadSize"))
# Bytes of files that one visitor may have here at a time: at least one file of the largest size.
ROOM = max(store.LIMIT // 2, LIMIT_MB * 2**20)
FULL = (
    f"The photos on this page may total {ROOM // 10**6} MB. Start over to add the rest, or use the "
    "command line for whole folders."
)
BUSY = (
    "This server's memory is full of photos at the moment. Please reload the page in a few minutes "
    "and try again."
)
# Starlette puts a larger upload than this into a file. The page promises that photos stay in
# memory, and a container's /tmp is small.
MultiPartParser.spool_max_size = (LIMIT_MB + 20) * 2**20
picker = component("pick", "live.js", "pick.js")


def choose() -> None:
    """The large way in with the samples, for an empty page."""
    picker(key="pick", data=_data(small=False))
    with st.container(horizontal=True, key="aside", horizontal_alignment="center"):
        _camera()
        if "undo" in STATE:
            st.button("Undo: bring my photos back", on_click=_undo, icon=":material/undo:")
    if STATE.get("gone"):
        st.caption(
            "Your earlier photos are no longer here: the page keeps them for ten minutes only."
        )
    _offer_samples()


def _undo() -> None:
    session.undo()
    focus_photos()


def add_more() -> None:
    """The small way in, beside what is already there."""
    picker(key="pick-more", data=_data(small=True), width="content", height="content")


def start_over() -> None:
    """The button that puts all photos aside."""
    st.button("Start over", icon=":material/restart_alt:", on_click=_start_over, key="restart")


def _start_over() -> None:
    session.start_over()
    saving.forget()
    status.focus(".st-key-pick >> .files")


def _data(small: bool) -> dict[str, object]:
    """rounds: how many uploads have come each way. arrived: how many files with the last one.
    room: bytes that may still come. full: what to say where that is too little.
    """
    own, everyones = _own_room(), _everyones_room()
    return {
        "small": small,
        "rounds": {kind: _rounds(kind) for kind in ("files", "folder")},
        "arrived": STATE.get("arrived", {}),
        "room": min(own, everyones),
        "full": FULL if own <= everyones else BUSY,
        "limit": LIMIT_MB,
    }


def inputs() -> None:
    """Streamlit's uploaders, which the picker's script fills; nobody sees them.

    They have one place on the page whatever else is there, or an upload under way would be lost.
    """
    with st.container(key="inputs"):
        _input("files", "Photos", True)
        _input("folder", "All photos of a folder", "directory")


def _input(kind: str, label: str, many: Any) -> None:
    key = f"{kind}-{_rounds(kind)}"
    with st.container(key=f"input-{kind}"):
        st.file_uploader(
            label, accept_multiple_files=many, key=key, on_change=partial(_take, kind, key)
        )


def _rounds(kind: str) -> int:
    """How often files came this way; with each time Streamlit's own input is empty again."""
    return int(STATE.get(f"round-{kind}", 0))


def _take(kind: str, key: str) -> None:
    if key != f"{kind}-{_rounds(kind)}":
        return  # the same once more, as the run that took it was interrupted
    came = STATE[key] or []
    files = [file for file in came if not _base(file.name).startswith(".")]
    STATE[f"round-{kind}"] = _rounds(kind) + 1
    taken = _that_fit(files)
    STATE["arrived"] = {**STATE.get("arrived", {}), kind: len(taken)}
    session.add(*((file.file_id, file.name, file.getvalue) for file in taken))
    for file in came:
        _let_go(file.file_id)
    STATE["tab"] = "Photos"  # they may have been dropped on another
    focus_photos()


def _let_go(file_id: str) -> None:
    """Streamlit would keep the bytes until the tab is closed; the picture holds them itself."""
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)


def _own_room() -> int:
    """Bytes of files that may still come for this visitor."""
    return ROOM - (0 if session.makes_way() else session.held())


def _everyones_room() -> int:
    """Bytes of files that may still come for all visitors together."""
    return max(store.HELD_LIMIT, ROOM) - shared_store().held()


def _that_fit(files: list[Any]) -> list[Any]:
    """The picker has left out the rest already, unless two uploads came at the same time."""
    room, taken = min(_own_room(), _everyones_room()), []
    for file in files:
        if file.size <= room:
            taken.append(file)
            room -= file.size
    return taken


def focus_photos() -> None:
    """The focus goes to the photo, or to the first of many that can be opened."""
    one = session.shown()
    status.focus(".st-key-viewer >> .stage" if one else ".st-key-grid >> .open:enabled")


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
        focus_photos()


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
    focus_photos()
