"""The page of one picture: its progress, the viewer, the noise in words, and the download."""

from __future__ import annotations

import streamlit as st

import photo
from ui import picture, words
from ui.compare import compare
from ui.intake import Source, start_over
from ui.jobs import Job, Stage, worker
from ui.picture import Clean, Picture

STATE = st.session_state
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
QUICK = "Quick, 512 px"
FULL = "Full resolution"


def show(source: Source) -> None:
    """Draw everything about one picture."""
    try:
        shown = _opened(source)
    except photo.PhotoError as error:
        st.error(f"**{words.plain(source.name)}**: {words.plain(str(error), 400)}", icon="⚠️")
        return
    quick = STATE.get(f"detail-{shown.key}", FULL) == QUICK
    _keep_working(shown, quick)
    _headline(source, shown)
    watch(shown)
    strength = _viewer(shown, quick)
    _controls(source, shown, quick, strength)


def forget() -> None:
    """Stop the work on the last picture and let its memory go."""
    if (last := STATE.pop("picture", None)) and last.job:
        last.job.cancel()


def _opened(source: Source) -> Picture:
    """Read a file once; a rerun finds it in the session."""
    if (held := STATE.get("picture")) and held.key == source.key:
        return held
    forget()
    with st.spinner("Opening the picture"):
        STATE["picture"] = picture.open_picture(source.key, source.name, source.load())
    return STATE["picture"]


def _keep_working(shown: Picture, quick: bool) -> None:
    """Start what was not asked for yet. A cancelled job stays cancelled until asked again."""
    if shown.asked_quick != quick:
        _stop(shown)
        shown.asked_quick = quick
    if shown.job is None and shown.wanting(quick):
        picture.start(shown, quick)


def _stop(shown: Picture) -> None:
    """Forget the job, running or ended; the next look starts what is still missing."""
    if shown.job:
        shown.job.cancel()
    shown.job = None


def _headline(source: Source, shown: Picture) -> None:
    opened = shown.photo
    label = photo.FORMATS[opened.format].label
    with st.container(horizontal=True, key="headline", vertical_alignment="center"):
        st.markdown(f"#### {words.plain(source.name)}", width="content")
        st.caption(f"{words.megapixels(opened.width, opened.height)} · {label}", width="content")
        st.space("stretch")
        st.button("Start over", icon=":material/restart_alt:", on_click=start_over)
    for note in opened.notes:
        st.caption(words.plain(note, 300))


def watch(shown: Picture) -> None:
    """Progress with Cancel while there is work; what became of it afterwards."""
    job = shown.job
    if job is None:
        return
    if job.active:
        st.fragment(_poll, run_every=0.4)(shown, shown.preview is not None)
    elif job.stage is Stage.FAILED:
        st.error(job.error, icon="⚠️")
        st.button("Try again", on_click=_stop, args=(shown,))
    elif job.stage is Stage.CANCELLED:
        with st.container(horizontal=True, vertical_alignment="center", key="cancelled"):
            st.markdown(_cancelled_words(shown))
            st.button("Continue at full resolution", on_click=_stop, args=(shown,), key="again")


def _cancelled_words(shown: Picture) -> str:
    kept = "the quick preview is kept below" if shown.preview else "nothing was changed"
    return f"Cancelled; {kept}."


def _poll(shown: Picture, had_preview: bool) -> None:
    job = shown.job
    if job is None or not job.active or (shown.preview is not None) != had_preview:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        if job.stage is Stage.RUNNING and job.total:
            st.progress(job.done / job.total, text=_tiles(job))
        else:
            st.markdown(_waiting(job))
        st.button("Cancel", on_click=job.cancel, shortcut="Esc", icon=":material/close:")


def _tiles(job: Job) -> str:
    if job.done == job.total:
        return "Full resolution: every tile is done, preparing the picture"
    left = job.seconds_left()
    soon = f", about {words.seconds(left)} left" if left is not None else ""
    return f"Full resolution: tile {job.done} of {job.total}{soon}"


def _waiting(job: Job) -> str:
    place = worker().place(job)
    if job.stage is Stage.RUNNING or place == 0:
        return "Denoising: the first tile is being worked on."
    ahead = "one picture" if place == 1 else f"{place} pictures"
    return f"In the queue: {ahead} of others before yours."


def _viewer(shown: Picture, quick: bool) -> float:
    clean = shown.best(quick)
    label = "Denoised" if clean is None or clean.full or quick else "Quick preview"
    working = shown.job is not None and shown.job.active
    return compare(
        "viewer",
        shown.key,
        (shown.photo.width, shown.photo.height),
        shown.noisy,
        clean.shown if clean else None,
        label=label,
        wait="The first result is on its way" if working else "",
    )


def _controls(source: Source, shown: Picture, quick: bool, strength: float) -> None:
    clean = shown.best(quick)
    noise, detail, file = st.columns([1.1, 1, 1.3], gap="large")
    with noise:
        _noise(shown, clean, strength)
    with detail:
        st.radio("Detail", (FULL, QUICK), key=f"detail-{shown.key}")
    with file:
        _download(source, shown, clean, strength)


def _noise(shown: Picture, clean: Clean | None, strength: float) -> None:
    with st.container(horizontal=True, gap="large", key="noise"):
        _level("Noise before", shown.sigma)
        _level("Noise after", shown.noise_left(clean, strength) if clean else None)


def _level(label: str, sigma: float | None) -> None:
    with st.container(gap=None, width="content"):
        st.metric(label, "…" if sigma is None else words.noise(sigma), width="content")
        if sigma is not None:
            st.caption(f"σ ≈ {sigma:.1f} of 255")


def _download(source: Source, shown: Picture, clean: Clean | None, strength: float) -> None:
    own = photo.default_format(shown.photo)
    formats = [own, *(other for other in FORMATS if other != own)]
    choice, quality_place = st.columns(2)
    chosen = choice.selectbox("Save as", formats, format_func=_label, key=f"format-{shown.key}")
    usual = photo.FORMATS[chosen].quality
    quality = None
    if usual is not None:
        quality = quality_place.slider("Quality", 50, 100, usual, key=f"quality-{chosen}")
    st.download_button(
        "Download",
        data=lambda: shown.result(clean, strength, chosen, quality) if clean else b"",
        file_name=photo.output_name(source.name, chosen, "-denoised"),
        mime=photo.FORMATS[chosen].mime,
        on_click="ignore",
        disabled=clean is None,
        type="primary",
        icon=":material/download:",
        shortcut="Mod+S",
        width="stretch",
    )
    for loss in photo.losses(shown.photo, chosen):
        st.caption(words.plain(loss, 200))


def _label(file_format: str) -> str:
    return photo.FORMATS[file_format].label
