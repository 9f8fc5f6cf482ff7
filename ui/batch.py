"""Many files: one row each with its state, then everything good in one ZIP."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable

import streamlit as st

from ui import words
from ui.archive import Archive, archive
from ui.intake import Source, start_over
from ui.jobs import Job, Stage
from ui.picture import Picture
from ui.results import Encoded, Settings

STATE = st.session_state
SAME = "As each file is"
FORMATS = (SAME, "PNG", "JPEG", "WEBP", "TIFF")


def show(sources: list[Source]) -> None:
    """Draw the batch; without sources, stop the last one and let its memory go."""
    if not sources:
        _stop(STATE.pop("batch", {}).values())
        return
    with st.container(horizontal=True, key="headline", vertical_alignment="center"):
        st.markdown(f"#### {len(sources)} pictures", width="content")
        st.space("stretch")
        st.button("Start over", icon=":material/restart_alt:", on_click=start_over)
    settings = _settings()
    rows = _rows(sources)
    if not any(row.job for row in rows):
        st.button(
            f"Denoise {len(sources)} pictures",
            type="primary",
            icon=":material/auto_fix_high:",
            on_click=_start,
            args=(rows,),
        )
        return
    busy = any(row.working for row in rows)
    st.fragment(_table, run_every=0.7 if busy else None)(rows, busy)
    if not busy:
        _finish(rows, settings)


def _settings() -> Settings:
    strength, chosen, quality = st.columns(3, gap="large")
    percent = strength.slider("Strength", 0, 100, 100, format="%d %%", key="batch-strength")
    file_format = chosen.selectbox("Save as", FORMATS, key="batch-format")
    lossy = quality.slider("Quality of JPEG and WebP", 50, 100, 95, key="batch-quality")
    return Settings(
        percent / 100, format=None if file_format == SAME else file_format, quality=lossy
    )


def _rows(sources: list[Source]) -> list[Picture]:
    """One picture for each file. What is done stays when files are added or removed."""
    held: dict[str, Picture] = STATE.get("batch", {})
    rows = {
        source.key: held.get(source.key) or Picture(source.key, source.name, source.load)
        for source in sources
    }
    _stop(row for key, row in held.items() if key not in rows)
    STATE["batch"] = rows
    return list(rows.values())


def _start(rows: list[Picture]) -> None:
    for row in rows:
        if row.result is None:
            row.start(show=False)


def _table(rows: list[Picture], was_busy: bool) -> None:
    busy = [row for row in rows if row.working]
    if was_busy and not busy:
        st.rerun()
    if busy:
        with st.container(horizontal=True, vertical_alignment="center", key="progress"):
            done = len(rows) - len(busy)
            st.progress(done / len(rows), text=f"{done} of {len(rows)} pictures are through")
            st.button(
                "Cancel", on_click=_stop, args=(rows,), shortcut="Esc", icon=":material/close:"
            )
    heads = "<th>Before</th><th>After</th><th>File</th><th>State</th>"
    lines = "".join(_line(row) for row in rows)
    st.html(f"<table class='batch'><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>")


def _line(row: Picture) -> str:
    result = row.result
    pair = (row.opened.detail if row.opened else None, result.detail if result else None)
    pictures = "".join(
        f"<td><img src='{_address(one)}' width='56' height='56' alt='{alt}'></td>"
        if one
        else "<td></td>"
        for one, alt in zip(pair, ("before", "after"), strict=True)
    )
    name = html.escape(words.visible(row.name))
    stage = row.job.stage if row.job else Stage.DONE
    return (
        f"<tr class='{stage}'>{pictures}<td>{name}</td>"
        f"<td><span class='state'>{html.escape(_state(row))}</span></td></tr>"
    )


def _address(picture: Encoded) -> str:
    return f"data:{picture.mime};base64,{base64.b64encode(picture.data).decode()}"


def _state(row: Picture) -> str:
    if row.result and row.opened:
        return f"Done · {words.megapixels(row.opened.width, row.opened.height)}"
    job = row.job
    if job is None:
        return "Waiting"
    if job.stage is Stage.RUNNING:
        return f"Working: tile {job.done} of {job.total}" if job.total else "Working"
    return {
        Stage.WAITING: "Waiting",
        Stage.CANCELLED: "Cancelled",
        Stage.FAILED: job.error,
        Stage.DONE: "Done",
    }[job.stage]


def _finish(rows: list[Picture], settings: Settings) -> None:
    done = [(row, settings) for row in rows if row.result]
    with st.container(horizontal=True, key="batch-end"):
        st.download_button(
            f"Download {len(done)} of {len(rows)} as ZIP",
            data=lambda: _zip(archive(done)),
            file_name="denoised.zip",
            mime="application/zip",
            on_click="ignore",
            disabled=not done,
            type="primary",
            icon=":material/download:",
            shortcut="Mod+S",
        )
        if len(done) < len(rows):
            st.button("Denoise the rest", on_click=_start, args=(rows,))


def _zip(job: Job) -> bytes:
    job.wait()
    made: Archive | None = job.result
    return made.data if made else b""


def _stop(rows: Iterable[Picture]) -> None:
    for row in rows:
        row.cancel()
