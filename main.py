"""The page. Run it with `streamlit run main.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import about, batch, intake, playground, result, worker

UI = Path(__file__).parent / "ui"
TITLE = "Image Denoiser"
SENTENCE = "Give it a noisy photograph; get it back clean, at full size."
PROMISE = "Your pictures stay in this app's memory: nothing is stored, nothing is passed on."


def main() -> None:
    st.set_page_config(TITLE, page_icon=str(UI / "favicon.png"), layout="wide")
    st.html(UI / "style.css")
    header()
    photos, experiments, model = st.tabs(
        ["Your photos", "Playground", "About the model"], on_change="rerun", key="room"
    )
    with photos:
        clean_photos()
    if experiments.open:
        with experiments:
            playground.show()
    if model.open:
        with model:
            about.show()
    worker.worker()  # last, so that loading the model never delays what is to be seen


def header() -> None:
    with st.container(key="header"):
        st.title(TITLE, anchor=False)
        st.markdown(SENTENCE)
        st.caption(PROMISE)


def clean_photos() -> None:
    sources = intake.choose()
    if len(sources) != 1:
        result.forget()
    if len(sources) == 1:
        result.show(sources[0])
    batch.show(sources if len(sources) > 1 else [])


main()
