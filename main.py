"""The page. Run it with `streamlit run main.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import about, batch, intake, parts, playground, remember, result, session
from ui.status import TITLE
from ui.worker import worker

UI = Path(__file__).parent / "ui"
SENTENCE = "Remove noise from your photos, at full resolution."
PROMISE = "Your photos are processed in memory and never saved or shared."


def main() -> None:
    st.set_page_config(TITLE, page_icon=str(UI / "favicon.png"), layout="wide")
    st.html(UI / "style.css")
    parts.forget_addresses()
    remember.recall()
    header()
    intake.inputs()
    photos, experiments, model = st.tabs(
        ["Photos", "Playground", "About"], on_change="rerun", key="tab"
    )
    with photos:
        clean_photos()
    if experiments.open:
        with experiments:
            playground.show()
    if model.open:
        with model:
            about.show()
    worker()  # last, so that loading the model never delays what is to be seen


def header() -> None:
    with st.container(key="header"):
        st.title(TITLE, anchor=False)
        if not session.pictures():
            st.markdown(SENTENCE)
            st.caption(PROMISE)


def clean_photos() -> None:
    session.refresh()
    if shown := session.shown():
        result.show(shown)
    elif pictures := session.pictures():
        batch.show(pictures)
    else:
        intake.choose()


main()
