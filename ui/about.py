"""About the networks: drawing, numbers, benchmark, curve, limits and licences, from real files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import streamlit as st

UI = Path(__file__).parent
WEIGHTS = UI.parent / "weights"
figure = st.components.v2.component(  # inline, so that it follows the page's theme
    "image_denoiser.network",
    html=(UI / "network.svg").read_text("utf-8"),
    css="svg { color: var(--st-text-color) !important; width: 100%; height: auto; }",
)
_NUMBER = re.compile(r"[0-9]+\.[0-9]+")
_TO_A_FILE = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|mailto:)[^)]*\)")
WORDS = """
Both networks are U-Nets: they halve the picture several times to see more of it at once, then
enlarge it again by **pixel shuffle**, which turns four channels into a square of 2 × 2 pixels, so
the enlargement is learnt rather than interpolated. Skip connections bring back the detail. Neither
network outputs the picture itself: each predicts the noise, which is then subtracted, so a clean
picture hardly changes.

At full resolution the picture goes through in overlapping tiles. You never have to say what kind of
noise it is, or how much.
"""
LIMITS = """
It removes noise; it does not sharpen, enlarge, or bring back what the noise has destroyed. Fine
texture that looks random (fabric, skin, sand) may be softened: lower *Noise reduction*. Camera raw
files are not read; convert them to TIFF or JPEG first.
"""


def show() -> None:
    with st.container(key="about"):
        st.header("The networks", anchor=False)
        figure(key="network")
        _numbers()
        st.markdown(WORDS)
        _benchmark()
        _training()
        st.header("Limits", anchor=False)
        st.markdown(LIMITS)
        _papers()


def _numbers() -> None:
    """What was counted on the models themselves when the drawing was made."""
    counted = json.loads((UI / "networks.json").read_text("utf-8"))
    rows = [
        {
            "Network": f"The {name} network",
            "Parameters": f"{one['parameters']:,}",
            "Multiplications per pixel": f"{one['multiplications']:,}",
            "Receptive field": f"{one['reach']} px to each side",
        }
        for name, one in counted.items()
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="Sizes of the networks")


def _benchmark() -> None:
    table = WEIGHTS / "benchmark.md"
    if table.exists():
        st.header("Benchmark", anchor=False)
        st.markdown(best_in_bold(table.read_text("utf-8")))


def best_in_bold(markdown: str) -> str:
    """The same tables with the highest number of each row in bold, whoever reached it."""
    return "\n".join(_row(line) if line.startswith("|") else line for line in markdown.split("\n"))


def _row(line: str) -> str:
    cells = [cell.strip().removeprefix("**").removesuffix("**") for cell in line.split("|")[1:-1]]
    numbers = {place: float(cell) for place, cell in enumerate(cells) if _NUMBER.fullmatch(cell)}
    if not numbers:
        return line
    most = max(numbers.values())
    bold = [
        f"**{cell}**" if numbers.get(place) == most else cell for place, cell in enumerate(cells)
    ]
    return f"| {' | '.join(bold)} |"


def _training() -> None:
    curve = WEIGHTS / "curve.png"
    if curve.exists():
        st.header("Training", anchor=False)
        with st.container(key="curve"):
            st.image(curve.read_bytes(), width=760, alt="Loss and PSNR over the training steps")


def _papers() -> None:
    for title, file in (
        ("Model card: data, recipe, results, licences", WEIGHTS / "MODEL_CARD.md"),
        ("Credits for the sample pictures", UI / "samples" / "CREDITS.md"),
    ):
        if file.exists():
            with st.expander(title):
                st.markdown(_without_files(file.read_text("utf-8")))


def _without_files(text: str) -> str:
    """Markdown for the page, which has no files beside it: their links become their words."""
    return _TO_A_FILE.sub(lambda found: "" if found[1] else found[2], text)
