"""The page of one picture: its progress, the viewer, the noise removed, and the download."""

from __future__ import annotations

import streamlit as st

import photo
from ui import words
from ui.compare import compare
from ui.intake import Source, start_over
from ui.jobs import Job, Stage
from ui.picture import Picture
from ui.results import Opened, Settings

STATE = st.session_state
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")


def show(source: Source) -> None:
    """Draw everything about one picture."""
    shown = _held(source)
    if shown.wanting:
        shown.start()
    watch(source, shown)
    if shown.opened is None or shown.opened.noisy is None:
        return
    _headline(source, shown.opened)
    strength = _viewer(shown, shown.opened)
    _controls(shown, shown.opened, strength)


def forget() -> None:
    """Stop the work on the last picture and let its memory go."""
    if last := STATE.pop("picture", None):
        last.cancel()


def _held(source: Source) -> Picture:
    """The same object at every rerun, while the file stays the same."""
    if (held := STATE.get("picture")) and held.key == source.key:
        return held
    forget()
    STATE["picture"] = Picture(source.key, source.name, source.load)
    return STATE["picture"]


def _again(shown: Picture) -> None:
    """Forget the job that ended; the next look starts what is still missing."""
    shown.job = None


def _headline(source: Source, opened: Opened) -> None:
    label = photo.FORMATS[opened.format].label
    with st.container(horizontal=True, key="headline", vertical_alignment="center"):
        st.markdown(f"#### {words.plain(source.name)}", width="content")
        st.caption(f"{words.megapixels(opened.width, opened.height)} · {label}", width="content")
        st.space("stretch")
        st.button("Start over", icon=":material/restart_alt:", on_click=start_over)
    for note in opened.notes:
        st.caption(words.plain(note, 300))


def watch(source: Source, shown: Picture) -> None:
    """Progress with Cancel while there is work; what became of it afterwards."""
    job = shown.job
    if job is None:
        return
    if job.active:
        st.fragment(_poll, run_every=0.4)(shown, shown.changes)
    elif job.stage is Stage.FAILED:
        st.error(f"**{words.plain(source.name)}**: {words.plain(job.error, 400)}", icon="⚠️")
        st.button("Try again", on_click=_again, args=(shown,))
    elif job.stage is Stage.CANCELLED:
        with st.container(horizontal=True, vertical_alignment="center", key="cancelled"):
            st.markdown(_cancelled_words(shown))
            st.button("Continue at full resolution", on_click=_again, args=(shown,), key="again")


def _cancelled_words(shown: Picture) -> str:
    kept = "the quick preview is kept below" if shown.preview else "nothing was changed"
    return f"Cancelled; {kept}."


def _poll(shown: Picture, seen: int) -> None:
    job = shown.job
    if job is None or not job.active or shown.changes != seen:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        if job.stage is Stage.RUNNING and job.total:
            st.progress(job.done / job.total, text=_tiles(job))
        else:
            st.markdown(_waiting(shown, job))
        st.button("Cancel", on_click=job.cancel, shortcut="Esc", icon=":material/close:")


def _tiles(job: Job) -> str:
    if job.done == job.total:
        return "Full resolution: every tile is done, preparing the picture"
    left = job.seconds_left()
    soon = f", about {words.seconds(left)} left" if left is not None else ""
    return f"Full resolution: tile {job.done} of {job.total}{soon}"


def _waiting(shown: Picture, job: Job) -> str:
    if shown.opened is None:
        return "Opening the picture"
    place = shown.worker.place(job)
    if job.stage is Stage.RUNNING or place == 0:
        return "Denoising: the first tile is being worked on."
    ahead = "one picture" if place == 1 else f"{place} pictures"
    return f"In the queue: {ahead} of others before yours."


def _viewer(shown: Picture, opened: Opened) -> float:
    assert opened.noisy is not None
    result = shown.result
    return compare(
        "viewer",
        shown.key,
        (opened.width, opened.height),
        opened.noisy,
        result.shown if result else shown.preview,
        label="Denoised" if result else "Quick preview",
        wait="The first result is on its way" if shown.working else "",
    )


def _controls(shown: Picture, opened: Opened, strength: float) -> None:
    noise, file = st.columns([1, 1.3], gap="large")
    with noise:
        _noise(shown, strength)
    with file:
        _download(shown, opened, strength)


def _noise(shown: Picture, strength: float) -> None:
    removed = shown.noise_removed(Settings(strength))
    with st.container(horizontal=True, gap="large", key="noise"):
        _level("Noise removed in brightness", removed.brightness if removed else None)
        _level("in colour", removed.colour if removed else None)


def _level(label: str, sigma: float | None) -> None:
    st.metric(label, "…" if sigma is None else f"{sigma:.1f} of 255", width="content")


def _download(shown: Picture, opened: Opened, strength: float) -> None:
    own = opened.default_format
    formats = [own, *(other for other in FORMATS if other != own)]
    choice, quality_place = st.columns(2)
    chosen = choice.selectbox("Save as", formats, format_func=_label, key=f"format-{shown.key}")
    usual = photo.FORMATS[chosen].quality
    quality = None
    if usual is not None:
        quality = quality_place.slider("Quality", 50, 100, usual, key=f"quality-{chosen}")
    settings = Settings(strength, format=chosen, quality=quality)
    st.download_button(
        "Download",
        data=lambda: shown.write(settings).data,
        file_name=photo.output_name(shown.name, chosen, "-denoised"),
        mime=photo.FORMATS[chosen].mime,
        on_click="ignore",
        disabled=shown.result is None,
        type="primary",
        icon=":material/download:",
        shortcut="Mod+S",
        width="stretch",
    )
    for loss in opened.losses[chosen]:
        st.caption(words.plain(loss, 200))


def _label(file_format: str) -> str:
    return photo.FORMATS[file_format].label
