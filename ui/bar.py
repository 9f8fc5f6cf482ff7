"""The bar at the window's lower edge: how far the work is or what it did, and the download."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import photo
from ui import choices, saving, session, status, words
from ui.jobs import Job, Stage
from ui.parts import component
from ui.picture import Picture
from ui.results import Settings

SAME = "As the original"
NAMED = 3  # files that could not be written; of more it is only said how many
out = component("out", "live.js", "fetch.js", "out.js")


def show(picture: Picture) -> None:
    """Draw it for one picture. Its height never changes, so nothing on the page moves."""
    with st.container(horizontal=True, key="bar", vertical_alignment="center"):
        _line(picture)
        _act(picture)
        with st.container(horizontal=True, key="out", width="content", gap="small"):
            save_as(_own_format(picture), bool(picture.facts and picture.facts.lossless))
            ways_out(
                "Download",
                picture.result is not None,
                lambda: saving.one(picture, settings(picture.key)),
                viewer="viewer",
            )


def settings(key: str) -> Settings:
    """How this picture is written now."""
    strengths, chosen = session.strengths(key), choices.current()
    return Settings(
        strengths.grain / 100, strengths.colour / 100, chosen.format or None, chosen.quality
    )


def save_as(own: str | None, lossless: bool = False) -> None:
    """Format and quality, behind one button that says what they are.

    own: the format that a picture has if none is chosen; None for many pictures. lossless: it is
    then written without loss.
    """
    chosen = choices.current()
    kind = chosen.format or own
    lossy = kind is None or photo.FORMATS[kind].quality is not None
    lossy = lossy and not (lossless and not chosen.format)
    label = "Save as" if kind is None else photo.FORMATS[kind].label
    with st.popover(label, key="save-as", width="content"):
        st.selectbox(
            "Save as",
            choices.FORMATS,
            index=choices.FORMATS.index(chosen.format),
            format_func=lambda name: photo.FORMATS[name].label if name else SAME,
            key="format",
            on_change=_choose,
        )
        if lossy:
            st.slider("Quality", 50, 100, chosen.quality, key="quality", on_change=_choose)


def _choose() -> None:
    state = st.session_state
    choices.change(format=state["format"], quality=state.get("quality", choices.current().quality))


def _own_format(picture: Picture) -> str:
    return picture.opened.default_format if picture.opened else "PNG"


def _line(picture: Picture) -> None:
    job = picture.job
    with st.container(key="line"):
        if writing := saving.progress():
            status.show("status", writing[0], part=writing[1], say="Writing.")
        elif problems := write_problems(picture.key):
            status.show("status", problems, bad=True, say=problems)
        elif picture.unseen:
            status.show("status", picture.unseen, bad=True, say=picture.unseen)
        elif job and job.active:
            _working(job, picture.ahead)
        elif picture.result is not None:
            _done(picture)
        elif job and job.stage is Stage.FAILED:
            status.show("status", job.error, bad=True, say=job.error)
        elif job and job.stage is Stage.CANCELLED:
            status.show("status", "Cancelled. The finished parts stay visible.", say="Cancelled.")
        else:
            status.show("status", "")


def write_problems(of: str | None = None) -> str:
    """Why some files could not be written. of: the key of the only picture that matters."""
    missing = [one for one in saving.current().missing if of in (None, one.key)]
    said = [f"{words.visible(one.name)}: {one.why}" for one in missing[:NAMED]]
    more = len(missing) - len(said)
    return " ".join([*said, *([f"And {more} more."] if more else [])])


def _working(job: Job, ahead: int) -> None:
    if job.stage is Stage.WAITING and ahead:
        text = words.waiting(ahead)
        status.show("status", text, part=0, say=text)
    elif not job.done:
        status.show("status", "Getting started", part=0, say="Denoising has begun.")
    else:
        left = job.seconds_left()
        soon = f", {words.seconds(left)} left" if left is not None and left >= 1 else ""
        passed = job.percent // 25 * 25
        status.show(
            "status",
            f"Denoising: {job.percent} %{soon}",
            part=job.done / job.total,
            say=f"{passed} % done." if passed else "Denoising has begun.",
        )


def _done(picture: Picture) -> None:
    removed = picture.noise_removed(settings(picture.key))
    assert removed is not None and picture.result is not None
    notes = [*(picture.opened.notes if picture.opened else ()), *_losses(picture)]
    status.show(
        "status",
        f"Noise removed: {removed.brightness:.1f} in brightness, {removed.colour:.1f} in colour",
        small=" ".join(notes) or "RMS in flat areas, in grey levels (0 to 255)",
        say="Done.",
    )


def _losses(picture: Picture) -> tuple[str, ...]:
    """What the chosen format cannot keep; the notes say it already of the picture's own."""
    chosen = choices.current().format
    return picture.opened.losses.get(chosen, ()) if picture.opened and chosen else ()


def _act(picture: Picture) -> None:
    """The one thing to do about the work. Its place is kept when there is nothing to do."""
    job = picture.job
    with st.container(key="act"):
        if saving.current().busy:  # what the line tells of
            cancel_writing()
        elif picture.working:
            cancel_work(_cancel, picture)
        elif picture.unseen:
            st.button("Try again", on_click=picture.show, key="again")
        elif picture.result is None and job and job.stage in (Stage.CANCELLED, Stage.FAILED):
            again = "Start again" if job.stage is Stage.CANCELLED else "Try again"
            st.button(again, on_click=_again, args=(picture,), key="again")


def cancel_writing() -> None:
    """The button that gives up the file. Esc clicks it: see `out.js`."""
    st.button("Cancel", on_click=_stop_writing, icon=":material/close:", key="cancel-writing")


def _stop_writing() -> None:
    saving.stop()
    status.focus(".st-key-out >> .save")


def cancel_work(cancel: Callable[[Any], None], of: object) -> None:
    """The button that stops what is being denoised. Esc clicks it: see `out.js`."""
    st.button("Cancel", on_click=cancel, args=(of,), icon=":material/close:", key="cancel")


def _cancel(picture: Picture) -> None:
    picture.cancel()
    status.focus(".st-key-again button")


def _again(picture: Picture) -> None:
    picture.start()
    status.focus(".st-key-cancel button")


def ways_out(
    label: str, possible: bool, save: Callable[[], None], viewer: str | None = None
) -> None:
    """The download, and beside it the copy of what `viewer` shows."""
    out(
        key="ways-out",
        data={
            "label": label,
            "possible": possible,
            "busy": saving.current().busy,
            "viewer": viewer,
            "ready": saving.ready(),
        },
        on_save_change=save,
        on_fetched_change=saving.fetched,
        width="content",
        height="content",
    )
