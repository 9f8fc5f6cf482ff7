"""Many pictures: a card for each, the same strengths for all, everything good in one ZIP."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from ui import bar, choices, intake, saving, session, status, words
from ui.parts import address, component
from ui.picture import Picture

POLL_S = 0.6
STATE = st.session_state
grid = component("grid", "echo.js", "fetch.js", "grid.js")


def show(pictures: list[Picture]) -> None:
    """Draw the batch, and start what is not done yet."""
    for picture in pictures:
        if picture.job is None:
            picture.start(show=False)
    with st.container(horizontal=True, key="slim", vertical_alignment="center"):
        st.header(words.photos(len(pictures)), anchor=False, width="content")
        st.space("stretch")
        intake.add_more()
        intake.start_over()
    state = _state(pictures)
    st.fragment(_live, run_every=POLL_S if state[0] else None)(pictures, state)


def _state(pictures: list[Picture]) -> tuple[object, ...]:
    """What all of the page depends on: is there work, and how results are written."""
    busy = saving.current().busy or any(picture.working for picture in pictures)
    chosen = choices.current()
    return busy, chosen.format, chosen.quality


def _live(pictures: list[Picture], state: tuple[object, ...]) -> None:
    if state != _state(pictures) or session.shown() or session.pictures() != pictures:
        st.rerun()  # of the whole page: what was clicked changed more than the cards
    grid(
        key="grid",
        data={
            **asdict(choices.current().strengths),
            "busy": saving.current().busy,
            "items": [_item(picture) for picture in pictures],
        },
        on_strengths_change=_set_strengths,
        on_act_change=_act,
    )
    _bar(pictures)


def _item(picture: Picture) -> dict[str, object]:
    opened, after = picture.facts, picture.after
    # Not asked for in vain: the store would keep the result as if somebody looked at it.
    if after is None and (result := picture.result):
        after = result.detail
    own = session.desk().own.get(picture.key)
    return {
        "key": picture.key,
        "name": words.visible(picture.name),
        "stage": _stage(picture),
        "state": _words(picture),
        "notes": " ".join(opened.notes) if opened else "",
        "noisy": address(opened.detail, f"{picture.key}-before") if opened else None,
        "clean": address(after, f"{picture.key}-after") if after else None,
        "own": asdict(own) if own else None,
    }


def _stage(picture: Picture) -> str:
    if picture.done:
        return "done"
    return str(picture.job.stage) if picture.job else "waiting"


def _words(picture: Picture) -> str:
    stage, job, opened = _stage(picture), picture.job, picture.facts
    if stage == "done" and opened:
        own = session.desk().own.get(picture.key)
        setting = (
            f" · own settings: noise reduction {own.grain} %, colour noise {own.colour} %"
            if own
            else ""
        )
        return words.megapixels(opened.width, opened.height) + setting
    if stage == "running" and job:
        return f"Denoising: {job.percent} %" if job.done else "Denoising"
    if stage == "failed" and job:
        return job.error
    return "Cancelled" if stage == "cancelled" else "Waiting"


def _set_strengths() -> None:
    said = (STATE.get("grid") or {}).get("strengths")
    if said:
        choices.change(grain=int(said["grain"]), colour=int(said["colour"]))


def _act() -> None:
    """What was clicked on a card."""
    said = (STATE.get("grid") or {}).get("act") or {}
    picture = session.desk().pictures.get(said.get("key", ""))
    if picture is None:
        return
    if said["kind"] == "open":
        session.open_one(picture.key)
        status.focus(".st-key-viewer >> .stage")
    elif said["kind"] == "retry":
        picture.start(show=False)
        intake.focus_photos()
    elif said["kind"] == "remove":
        session.remove(picture.key)
        intake.focus_photos()
    elif said["kind"] == "save":
        saving.one(picture, bar.settings(picture.key))


def _bar(pictures: list[Picture]) -> None:
    with st.container(horizontal=True, key="bar", vertical_alignment="center"):
        _line(pictures)
        with st.container(key="act"):
            if saving.current().busy:  # what the line tells of
                bar.cancel_writing()
            elif any(picture.working for picture in pictures):
                bar.cancel_work(_cancel, pictures)
            elif any(_stage(picture) == "cancelled" for picture in pictures):
                st.button("Continue", on_click=_continue, args=(pictures,), key="again")
        with st.container(horizontal=True, key="out", width="content", gap="small"):
            bar.save_as(None)
            _ways_out(pictures)


def _line(pictures: list[Picture]) -> None:
    stages = [_stage(picture) for picture in pictures]
    done, failed = stages.count("done"), stages.count("failed")
    through, total = done + failed + stages.count("cancelled"), len(stages)
    with st.container(key="line"):
        if writing := saving.progress():
            status.show("status", writing[0], part=writing[1], say="Writing.")
            return
        if through < total:
            _working(pictures, stages, through)
            return
        text = f"{done} of {words.photos(total)} done" + (f", {failed} failed" if failed else "")
        status.show("status", text, small=bar.write_problems(), say=text)


def _working(pictures: list[Picture], stages: list[str], through: int) -> None:
    first = next((picture for picture in pictures if picture.working), None)
    if first and through == 0 and "running" not in stages and (ahead := first.ahead):
        text = words.waiting(ahead)
        status.show("status", text, part=0, say=text)
        return
    running = [p.job for p, stage in zip(pictures, stages, strict=True) if stage == "running"]
    inside = sum(job.done / job.total for job in running if job and job.total)
    text = f"Denoising: {through} of {words.photos(len(stages))}"
    status.show("status", text, part=(through + inside) / len(stages), say=text)


def _ways_out(pictures: list[Picture]) -> None:
    done = [picture for picture in pictures if picture.done]
    whole = len(done) == len(pictures)
    bar.ways_out(
        "Download all" if whole else f"Download {len(done)} of {len(pictures)}",
        bool(done),
        lambda: saving.many([(picture, bar.settings(picture.key)) for picture in done]),
    )


def _cancel(pictures: list[Picture]) -> None:
    for picture in pictures:
        if picture.working:
            picture.cancel()
    status.focus(".st-key-again button")


def _continue(pictures: list[Picture]) -> None:
    for picture in pictures:
        if _stage(picture) == "cancelled":
            picture.start(show=False)
    status.focus(".st-key-cancel button")
