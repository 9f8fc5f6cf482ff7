"""Many files: one row each with its state, then everything good in one ZIP."""

from __future__ import annotations

import html
import io
import zipfile
from dataclasses import dataclass

import streamlit as st

import photo
from ui import words, work
from ui.intake import Source, start_over
from ui.jobs import Job, Stage, visitor, worker
from ui.work import Denoised

STATE = st.session_state
SAME = "As each file is"
FORMATS = (SAME, "PNG", "JPEG", "WEBP", "TIFF")


@dataclass
class Row:
    """A file of the batch and its job."""

    key: str
    name: str
    job: Job


def show(sources: list[Source]) -> None:
    """Draw the batch; without sources, stop the last one and let its memory go."""
    if not sources:
        _cancel(STATE.pop("batch", []))
        return
    with st.container(horizontal=True, key="headline", vertical_alignment="center"):
        st.markdown(f"#### {len(sources)} pictures", width="content")
        st.space("stretch")
        st.button("Start over", icon=":material/restart_alt:", on_click=start_over)
    strength, file_format, quality = _settings()
    rows = _rows(sources)
    if not rows:
        st.button(
            f"Denoise {len(sources)} pictures",
            type="primary",
            icon=":material/auto_fix_high:",
            on_click=_start,
            args=(sources, strength, file_format, quality),
        )
        return
    busy = any(row.job.active for row in rows)
    st.fragment(_table, run_every=0.7 if busy else None)(rows, busy)
    if not busy:
        _finish(rows, sources, (strength, file_format, quality))


def _settings() -> tuple[float, str | None, int]:
    strength, chosen, quality = st.columns(3, gap="large")
    percent = strength.slider("Strength", 0, 100, 100, format="%d %%", key="batch-strength")
    file_format = chosen.selectbox("Save as", FORMATS, key="batch-format")
    lossy = quality.slider("Quality of JPEG and WebP", 50, 100, 95, key="batch-quality")
    return percent / 100, None if file_format == SAME else file_format, lossy


def _rows(sources: list[Source]) -> list[Row]:
    """The rows of exactly these files; another choice of files stops the old batch."""
    rows: list[Row] = STATE.get("batch", [])
    if [row.key for row in rows] != [source.key for source in sources]:
        _cancel(rows)
        rows = STATE["batch"] = []
    return rows


def _start(sources: list[Source], strength: float, file_format: str | None, quality: int) -> None:
    _cancel(STATE.get("batch", []))
    STATE["batch"] = [
        Row(source.key, source.name, worker().submit(_job(source, strength, file_format, quality)))
        for source in sources
    ]


def _job(source: Source, strength: float, file_format: str | None, quality: int) -> Job:
    def step(job: Job) -> Denoised:
        settings = strength, file_format, quality
        return job.call(work.file, source.load(), source.name, *settings)

    return Job(visitor(), step)


def _table(rows: list[Row], was_busy: bool) -> None:
    busy = [row for row in rows if row.job.active]
    if was_busy and not busy:
        st.rerun()
    if busy:
        with st.container(horizontal=True, vertical_alignment="center", key="progress"):
            done = len(rows) - len(busy)
            st.progress(done / len(rows), text=f"{done} of {len(rows)} pictures are through")
            st.button(
                "Cancel", on_click=_cancel, args=(rows,), shortcut="Esc", icon=":material/close:"
            )
    heads = "<th>Before</th><th>After</th><th>File</th><th>State</th>"
    lines = "".join(_line(row) for row in rows)
    st.html(f"<table class='batch'><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>")


def _line(row: Row) -> str:
    done = row.job.result if row.job.stage is Stage.DONE else None
    pictures = (
        [
            f"<td><img src='{source}' width='56' height='56' alt='{alt}'></td>"
            for source, alt in zip(done.thumbnails, ("before", "after"), strict=True)
        ]
        if done
        else ["<td></td><td></td>"]
    )
    name = html.escape(words.visible(row.name))
    state = html.escape(_state(row.job))
    return (
        f"<tr class='{row.job.stage}'>{''.join(pictures)}<td>{name}</td>"
        f"<td><span class='state'>{state}</span></td></tr>"
    )


def _state(job: Job) -> str:
    if job.stage is Stage.RUNNING:
        return f"Working: tile {job.done} of {job.total}" if job.total else "Working"
    if job.stage is Stage.DONE:
        return f"Done · {words.megapixels(*job.result.size)} · {len(job.result.data) / 1e6:.1f} MB"
    return {
        Stage.WAITING: "Waiting",
        Stage.CANCELLED: "Cancelled",
        Stage.FAILED: job.error,
    }[job.stage]


def _finish(
    rows: list[Row], sources: list[Source], settings: tuple[float, str | None, int]
) -> None:
    done = [row.job.result for row in rows if row.job.stage is Stage.DONE]
    with st.container(horizontal=True, key="batch-end"):
        st.download_button(
            f"Download {len(done)} of {len(rows)} as ZIP",
            data=lambda: _zip(done),
            file_name="denoised.zip",
            mime="application/zip",
            on_click="ignore",
            disabled=not done,
            type="primary",
            icon=":material/download:",
            shortcut="Mod+S",
        )
        st.button("Denoise again", on_click=_start, args=(sources, *settings))


def _zip(done: list[Denoised]) -> bytes:
    """Pictures are compressed already, so they are only stored."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, result in zip(photo.unique_names(item.name for item in done), done, strict=True):
            archive.writestr(name, result.data)
    return sink.getvalue()


def _cancel(rows: list[Row]) -> None:
    for row in rows:
        row.job.cancel()
