"""The playground: put noise on a clean picture, and see which method removes it best."""

from __future__ import annotations

import math
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import experiment, samples, session, status, words
from ui.choices import Strengths
from ui.compare import View, compare
from ui.experiment import CLEAN, FIRST, METHODS, NOISY, OURS, SIDE, Outcome
from ui.jobs import Job, Stage, Step
from ui.picture import Picture
from ui.worker import visitor, worker

STATE = st.session_state
KEPT = 4  # experiments that a visitor can come back to without waiting
OWN = "Your photo"
POLL_S = 0.4


class Kind(NamedTuple):
    """A kind of noise. form: how the slider writes its amount."""

    title: str
    unit: str
    least: float
    usual: float
    most: float
    step: float
    form: str = "%d"


KINDS = {
    "gaussian": Kind("Grain (Gaussian)", "σ in grey levels", 5, 25, 75, 5),
    "salt_and_pepper": Kind("Salt and pepper", "share of values", 0.05, 0.2, 0.6, 0.05, "%.2f"),
    "camera": Kind("Camera", "σ at mid grey", 5, 15, 40, 5),
    "poisson": Kind("Photons (Poisson)", "photons at white", 5, 30, 100, 5),
    "speckle": Kind("Speckle", "σ as a share of the value", 0.05, 0.2, 0.5, 0.05, "%.2f"),
    "jpeg": Kind("JPEG artefacts", "quality", 10, 50, 95, 5),
    "mixed": Kind("Phone and messaging app", "σ in grey levels", 2, 8, 30, 2),
}


def show() -> None:
    st.markdown("Add noise to a clean picture and see which method removes it best.")
    picture, kind, amount = _choose()
    source = _source(picture)
    job = _job((picture, kind, amount), lambda job: job.call(experiment.run, source, kind, amount))
    st.fragment(_live, run_every=POLL_S if job.active else None)(job, job.active)
    _curve(picture, kind, source)


def _choose() -> tuple[str, str, float]:
    choices = [sample.key for sample in samples.SAMPLES if sample.noise]
    if session.pictures():
        choices.append(OWN)
    with st.container(key="play-choices"):
        first, second, third = st.columns([1.2, 1, 1.2], gap="large")
    picture = first.segmented_control(
        "Picture",
        choices,
        default=choices[0],
        required=True,
        format_func=str.capitalize,
        key="play-picture",
        persist_state="session",
    )
    kind = second.selectbox(
        "Noise",
        list(KINDS),
        format_func=lambda kind: KINDS[kind].title,
        key="play-kind",
        persist_state="session",
    )
    return picture or choices[0], kind, _amount(third, kind)


def _amount(column: DeltaGenerator, kind: str) -> float:
    noise = KINDS[kind]
    amount: float = column.slider(
        f"Amount ({noise.unit})",
        noise.least,
        noise.most,
        noise.usual,
        noise.step,
        format=noise.form,
        key=f"play-{kind}",
        persist_state="session",
    )
    return amount


def _source(picture: str) -> bytes:
    """The file of the clean picture; the child decodes it."""
    if picture == OWN and (own := _own()):
        return own.load()
    sample = next((one for one in samples.SAMPLES if one.key == picture), samples.SAMPLES[0])
    return samples.file(sample)


def _own() -> Picture | None:
    """The visitor's picture: the one that is looked at, or the first of many."""
    return session.shown() or next(iter(session.pictures()), None)


def _job(what: tuple[str | float, ...], work: Step) -> Job:
    """The job of these settings: an earlier one if they were tried before."""
    own = _own() if what[0] == OWN else None
    key = (*what, own.key if own else "")
    jobs: dict[tuple, Job] = STATE.setdefault("experiments", {})
    for other, job in list(jobs.items()):
        if other != key and job.active and len(other) == len(key):
            job.cancel()
        failed = job.stage is Stage.FAILED and other != key and len(other) == len(key)
        if failed or job.stage is Stage.CANCELLED:
            del jobs[other]
    if key not in jobs:
        job = jobs[key] = Job(visitor(), work)
        job.on_part = lambda part: _add(job, part)
        worker().submit(job)
    jobs[key] = jobs.pop(key)  # the last one to go
    while len(jobs) > KEPT:
        del jobs[next(iter(jobs))]
    return jobs[key]


def _forget(job: Job) -> None:
    """The next run of the page begins it anew."""
    jobs: dict[tuple, Job] = STATE["experiments"]
    STATE["experiments"] = {key: other for key, other in jobs.items() if other is not job}


def _add(job: Job, part: dict[str, Outcome]) -> None:
    """What is done so far is the result until there is all of it. In the worker's thread."""
    job.result = {**(job.result or {}), **part}


def _live(job: Job, was_active: bool) -> None:
    """The last pictures stay until the new ones are there."""
    if was_active and not job.active:
        st.rerun()
    with st.container(horizontal=True, key="play-sides", gap="large"):
        chosen, beside = _sides()
        with st.container(key="play-line", width="stretch"):
            _line(job, "play-status")
    outcomes: dict[str, Outcome] = job.result or {}
    if chosen in outcomes or not job.active:
        STATE["play-shown"] = outcomes
    outcomes = STATE.get("play-shown", outcomes)
    compare(
        "play-viewer", _view(outcomes, chosen, beside, job.active), Strengths(), lambda chosen: None
    )
    _table(outcomes)


def _line(job: Job, key: str) -> None:
    if job.stage is Stage.FAILED:
        status.show(key, job.error, bad=True, say=job.error, titled=False)
    elif not job.active:
        status.show(key, "", say="Done.", titled=False)
    elif job.stage is Stage.WAITING and (ahead := worker().place(job)):
        status.show(key, words.waiting(ahead), part=0, titled=False)
    else:
        text = f"Computing: {job.done} of {job.total}" if job.total else "Getting started"
        status.show(key, text, part=job.done / max(1, job.total), titled=False)


def _sides() -> tuple[str, str]:
    """The names of the two pictures to compare."""
    chosen = st.pills(
        "Method",
        METHODS,
        default=OURS,
        required=True,
        key="play-method",
        persist_state="session",
    )
    beside = st.pills(
        "Compare with",
        [NOISY, CLEAN],
        default=NOISY,
        required=True,
        key="play-beside",
        persist_state="session",
    )
    return chosen or OURS, beside or NOISY


def _view(outcomes: dict[str, Outcome], chosen: str, beside: str, active: bool) -> View:
    left, right = outcomes.get(beside), outcomes.get(chosen)
    return View(
        "play",
        *(left.size if left else (SIDE, SIDE)),
        left.picture if left else None,
        right.picture if right else None,
        before=_score(beside, left) if left else beside,
        after=_score(chosen, right) if right else chosen,
        wait="Computing" if active else "",
        fixed=True,
    )


def _score(name: str, outcome: Outcome) -> str:
    return f"{name}, {outcome.psnr:.1f} dB" if math.isfinite(outcome.psnr) else name


def _table(outcomes: dict[str, Outcome]) -> None:
    """What is done so far, the best first. Bold is the best of its column."""
    scored = {name: one for name, one in outcomes.items() if name != CLEAN}
    if not scored:
        return
    best = max(scored.values(), key=lambda one: one.psnr).psnr
    most = max((one.ssim for one in scored.values() if one.ssim is not None), default=None)
    rows = [
        {
            "Method": name,
            "PSNR, dB": _bold(f"{one.psnr:.2f}", one.psnr == best),
            "SSIM": "–" if one.ssim is None else _bold(f"{one.ssim:.3f}", one.ssim == most),
        }
        for name, one in sorted(scored.items(), key=lambda item: -item[1].psnr)
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="PSNR and SSIM of every method")


def _bold(text: str, best: bool) -> str:
    return f"**{text}**" if best else text


def _curve(picture: str, kind: str, source: bytes) -> None:
    noise = KINDS[kind]
    st.header(f"{noise.title}: PSNR against {noise.unit}", anchor=False)
    wanted = STATE.setdefault("curves", set())
    if (picture, kind) not in wanted:
        st.button("Draw the curve", on_click=wanted.add, args=((picture, kind),), key="draw")
        return
    levels = experiment.levels_between(noise.least, noise.most)
    job = _job((picture, kind), lambda job: job.call(experiment.curve, source, kind, levels))
    st.fragment(_watch_curve, run_every=POLL_S if job.active else None)(job, job.active)
    if job.stage is Stage.DONE:
        _chart(job.result, levels, noise.unit)
    elif job.stage is Stage.FAILED:
        st.button("Try again", on_click=_forget, args=(job,), key="draw-again")


def _watch_curve(job: Job, was_active: bool) -> None:
    if was_active and not job.active:
        st.rerun()
    with st.container(key="curve-line"):
        _line(job, "curve-status")


def _chart(lines: dict[str, list[float]], levels: list[float], unit: str) -> None:
    import altair as alt  # takes a second to import, which the first paint does not wait for

    rows = [
        {"amount": level, "psnr": value, "method": name}
        for name, values in lines.items()
        for level, value in zip(levels, values, strict=True)
        if math.isfinite(value)
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("amount:Q", title=unit),
            y=alt.Y("psnr:Q", title="PSNR, dB", scale=alt.Scale(zero=False)),
            color=alt.Color("method:N", title=None, sort=[OURS, FIRST, *experiment.FILTERS, NOISY]),
        )
        .properties(height=360)
    )
    st.altair_chart(chart)
    st.caption("For the picture's middle, 256 × 256 pixels. Higher is better.")
