"""The page of one picture: the viewer, and below it the bar with progress and download."""

from __future__ import annotations

import streamlit as st

import photo
from ui import bar, choices, intake, saving, session, status, words
from ui.compare import View, compare
from ui.jobs import Stage
from ui.picture import Picture

POLL_S = 0.4


def show(picture: Picture) -> None:
    """Draw everything about one picture."""
    many = len(session.pictures()) > 1
    _work_on(picture, many)
    if session.refused(picture) and not many:
        _refused(picture)
        return
    _top(picture, many)
    state = _state(picture)
    st.fragment(_live, run_every=POLL_S if state[0] else None)(picture, state)


def _work_on(picture: Picture, many: bool) -> None:
    """Have the worker do what is still missing. A cancelled job stays cancelled until asked."""
    for one in session.pictures():
        if one.job is None:
            one.start(show=one is picture)
    looking = picture.looking
    failed = looking is not None and looking.stage is Stage.FAILED
    if _lost(picture, many):
        picture.start()
    elif many and not picture.complete and not failed:  # it would fail again, at every run
        picture.show()


def _lost(picture: Picture, many: bool) -> bool:
    """Whether its result, or what the viewer shows of a single photo, was dropped for memory."""
    return picture.wanting and (not many or picture.result is None)


def _state(picture: Picture) -> tuple[object, ...]:
    """What all of the page depends on: is there work, is the file open, has it strengths of its
    own, how is it written (which the browser is to remember).
    """
    looking = picture.looking is not None and picture.looking.active
    own = picture.key in session.desk().own
    busy = picture.working or looking or saving.current().busy
    chosen = choices.current()
    return busy, picture.opened is not None, own, chosen.format, chosen.quality


def _top(picture: Picture, many: bool) -> None:
    """The slim row: the way back, the name, the way in for more."""
    with st.container(horizontal=True, key="slim", vertical_alignment="center"):
        if many:
            _neighbours(picture)
        st.header(words.plain(picture.name), anchor=False, width="content")
        st.caption(_facts(picture), width="content")
        st.space("stretch")
        if many and picture.key in session.desk().own:
            st.button(
                "Use the same settings as the others",
                icon=":material/sync:",
                on_click=_share_strengths,
                args=(picture.key,),
                key="reset",
            )
        intake.add_more()
        if not many:
            intake.start_over()


def _share_strengths(key: str) -> None:
    session.share_strengths(key)
    status.focus(".st-key-viewer >> .stage")


def _neighbours(picture: Picture) -> None:
    """The way back to all, and to the photo before and after this one."""
    st.button("All photos", icon=":material/grid_view:", on_click=_close, key="back")
    keys = list(session.desk().pictures)
    place = keys.index(picture.key)
    for name, to, icon in (
        ("Previous photo", place - 1, ":material/chevron_left:"),
        ("Next photo", place + 1, ":material/chevron_right:"),
    ):
        there = 0 <= to < len(keys)
        st.button(
            name,
            icon=icon,
            disabled=not there,
            on_click=_go,
            args=(keys[to] if there else picture.key,),
            key=f"go-{'next' if to > place else 'previous'}",
        )


def _go(key: str) -> None:
    session.open_one(key)
    keys = list(session.desk().pictures)
    if key in (keys[0], keys[-1]):  # a button that is disabled now loses the focus
        status.focus(".st-key-viewer >> .stage")


def _facts(picture: Picture) -> str:
    if (opened := picture.opened) is None:
        return ""
    return f"{words.megapixels(opened.width, opened.height)} · {photo.FORMATS[opened.format].label}"


def _close() -> None:
    session.desk().opened = ""
    intake.focus_photos()


def _refused(picture: Picture) -> None:
    """Nothing can be shown of a file that cannot be read; the way in for the next stands below."""
    assert picture.job is not None
    sentence = words.plain(picture.job.error, 400)
    st.error(f"**{words.plain(picture.name)}**: {sentence}", icon="⚠️")
    st.button("Try again", on_click=_again, args=(picture,), key="again")
    intake.choose()


def _again(picture: Picture) -> None:
    picture.start()
    status.focus(".st-key-viewer >> .stage")


def _live(picture: Picture, state: tuple[object, ...]) -> None:
    """What changes while there is work."""
    alone = len(session.pictures()) == 1
    lost = _lost(picture, not alone)
    if state != _state(picture) or lost or (alone and session.refused(picture)):
        st.rerun()
    compare(
        "viewer",
        _view(picture),
        session.strengths(picture.key),
        lambda chosen: session.set_strengths(picture.key, chosen),
        picture.look_at,
    )
    bar.show(picture)


def _view(picture: Picture) -> View:
    opened, result = picture.opened, picture.result
    alone = len(session.pictures()) == 1
    if opened is None:
        wait = "" if picture.failed else "Opening the photo"
        return View(picture.key, 3, 2, wait=wait, alone=alone)
    clean = result.shown if result else picture.preview
    return View(
        picture.key,
        opened.width,
        opened.height,
        opened.noisy,
        clean,
        () if clean and result else picture.parts,
        after="Denoised" if clean is None or result else "Preview",
        wait=_wait(picture),
        working=picture.working,
        alone=alone,
    )


def _wait(picture: Picture) -> str:
    if picture.unseen:
        return ""
    if picture.opened and picture.opened.noisy is None:
        return "Opening the photo"
    return "Denoising" if picture.working else ""
