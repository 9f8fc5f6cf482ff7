"""The playground: put noise on a clean picture, and see who takes it off best."""

from __future__ import annotations

import math

import streamlit as st

from ui import experiment, samples
from ui.experiment import NOISY, ORIGINAL, OURS, Outcome
from ui.jobs import Job, Stage, Step
from ui.picture import Picture
from ui.worker import visitor, worker

STATE = st.session_state
KEPT = 12  # experiments that a visitor can come back to without waiting
OWN = "Your picture"


KINDS = {  # kind of noise -> title, unit, least, usual, most, step, how the slider says it
    "gaussian": ("Grain (Gaussian)", "σ in grey levels", 5, 25, 75, 5, "%d"),
    "salt_and_pepper": ("Salt and pepper", "share of values", 0.05, 0.2, 0.6, 0.05, "%.2f"),
    "camera": ("Camera", "σ at mid grey", 5, 15, 40, 5, "%d"),
    "poisson": ("Photons (Poisson)", "photons at white", 5, 30, 100, 5, "%d"),
    "speckle": ("Speckle", "σ as a share of the value", 0.05, 0.2, 0.5, 0.05, "%.2f"),
    "jpeg": ("JPEG artefacts", "quality", 10, 50, 95, 5, "%d"),
    "mixed": ("Phone and messenger", "σ in grey levels", 2, 8, 30, 2, "%d"),
}


def show() -> None:
    st.markdown(
        "A clean picture, a kind of noise and how much of it: the network and the classical "
        "filters get the same noisy picture, and are compared with the original."
    )
    picture, kind, amount = _choose()
    clean = _file(picture)
    job = _job((picture, kind, amount), lambda job: job.call(experiment.run, clean, kind, amount))
    _watch(job, "Filters")
    if job.stage is Stage.DONE:
        _pictures(job.result)
        _table(job.result)
    _curve(picture, kind, clean)


def _choose() -> tuple[str, str, float]:
    choices = [sample.key for sample in samples.SAMPLES if sample.noise]
    if STATE.get("picture"):
        choices.append(OWN)
    first, second, third = st.columns(3, gap="large")
    picture = first.segmented_control(
        "Picture",
        choices,
        default=choices[0],
        required=True,
        format_func=str.capitalize,
        key="play-picture",
    )
    kind = second.selectbox(
        "Noise", list(KINDS), format_func=lambda kind: KINDS[kind][0], key="play-kind"
    )
    _, unit, least, usual, most, step, words = KINDS[kind]
    amount = third.slider(
        f"Amount ({unit})", least, most, usual, step, format=words, key=f"play-{kind}"
    )
    return picture or choices[0], kind, amount


def _file(picture: str) -> bytes:
    """The bytes of a clean picture's file."""
    held: Picture | None = STATE.get("picture")
    if picture == OWN and held:
        return held.load()
    sample = next((each for each in samples.SAMPLES if each.key == picture), samples.SAMPLES[0])
    return samples.file(sample)


def _job(what: tuple[str | float, ...], work: Step) -> Job:
    """The job of these settings: an earlier one if they were tried before."""
    held: Picture | None = STATE.get("picture")
    key = (*what, held.key if held and what[0] == OWN else "")
    jobs: dict[tuple, Job] = STATE.setdefault("experiments", {})
    for other, job in list(jobs.items()):
        if other != key and job.active and len(other) == len(key):
            job.cancel()
        if job.stage in (Stage.CANCELLED, Stage.FAILED) and other != key:
            del jobs[other]
    if key not in jobs:
        jobs[key] = worker().submit(Job(visitor(), work))
    while len(jobs) > KEPT:
        del jobs[next(iter(jobs))]
    return jobs[key]


def _watch(job: Job, what: str) -> None:
    if job.active:
        st.fragment(_poll, run_every=0.4)(job, what)
    elif job.stage is Stage.FAILED:
        st.error(job.error, icon="⚠️")


def _poll(job: Job, what: str) -> None:
    if not job.active:
        st.rerun()
    if job.stage is Stage.WAITING:
        st.caption(f"In the queue, {worker().place(job)} before this.")
    elif job.total:
        st.progress(job.done / job.total, text=f"{what}: {job.done} of {job.total}")
    else:
        st.caption("Adding the noise.")


def _pictures(outcomes: dict[str, Outcome]) -> None:
    left, middle, right = st.columns(3)
    left.image(outcomes[NOISY].png, width="stretch", alt="The noisy picture")
    left.markdown(f"**Noisy** · {_score(outcomes[NOISY])}")
    methods = [name for name in outcomes if name not in (NOISY, ORIGINAL)]
    chosen = STATE.get("play-method") or OURS
    middle.image(outcomes[chosen].png, width="stretch", alt=f"Denoised: {chosen}")
    middle.markdown(f"**{chosen}** · {_score(outcomes[chosen])}")
    right.image(outcomes[ORIGINAL].png, width="stretch", alt="The original, clean picture")
    right.markdown("**Original**")
    st.pills(
        "In the middle", methods, default=OURS, required=True, key="play-method", width="stretch"
    )


def _score(outcome: Outcome) -> str:
    psnr = f"{outcome.psnr:.2f} dB" if math.isfinite(outcome.psnr) else "identical"
    return f"{psnr} · SSIM {outcome.ssim:.3f}"


def _table(outcomes: dict[str, Outcome]) -> None:
    methods = [each for each in outcomes.items() if each[0] != ORIGINAL]
    ranked = sorted(methods, key=lambda item: -item[1].psnr)
    rows = [
        {
            "Method": f"**{name}**" if name == OURS else name,
            "PSNR, dB": f"{outcome.psnr:.2f}",
            "SSIM": f"{outcome.ssim:.3f}",
        }
        for name, outcome in ranked
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="PSNR and SSIM of every method")


def _curve(picture: str, kind: str, clean: bytes) -> None:
    title, unit, least, _, most, _, _ = KINDS[kind]
    st.markdown(f"##### {title}: PSNR against {unit}")
    wanted = STATE.setdefault("curves", set())
    if (picture, kind) not in wanted:
        st.button("Draw the curve", on_click=wanted.add, args=((picture, kind),), key="draw")
        return
    levels = experiment.levels_between(least, most)
    job = _job((picture, kind), lambda job: job.call(experiment.curve, clean, kind, levels))
    _watch(job, "Levels")
    if job.stage is Stage.DONE:
        _chart(job.result, levels, unit)


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
            color=alt.Color("method:N", title=None, sort=[OURS, *experiment.FILTERS, NOISY]),
        )
        .properties(height=360)
    )
    st.altair_chart(chart)
    st.caption("On the picture's middle, 256 × 256 pixels. Higher is better.")
