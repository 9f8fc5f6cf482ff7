"""About the model: its figure, numbers, curve, benchmark, limits and licences, from real files."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

UI = Path(__file__).parent
WEIGHTS = UI.parent / "weights"
figure = st.components.v2.component(  # inline, so that it follows the page's theme
    "image_denoiser.network",
    html=(UI / "network.svg").read_text("utf-8"),
    css="svg { color: var(--st-text-color) !important; width: 100%; height: auto; }",
)
NUMBERS = (
    ("Parameters", "13,361,747"),
    ("Arithmetic", "151 GFLOP / Mpx"),
    ("Looks around", "280 px"),
    ("Input", "any size"),
)
WORDS = """
The network is a U-Net. Going down, five times, two 3 × 3 convolutions look at the picture and
2 × 2 max pooling halves it; at the bottom, a 512 × 512 picture has become 16 × 16 places of 512
numbers each. Going up, **pixel shuffle** takes four channels apart into a square of four pixels,
so every step is learnt and none is interpolated, and the skip connections bring back the detail.
The network does not draw the picture: it predicts the noise, which is then taken away, so a clean
picture comes back as it was.

At full resolution the picture goes through in overlapping tiles, whose seams are blended. Nothing
about the noise has to be told.
"""
LIMITS = """
It removes noise; it does not sharpen, enlarge, or bring back what the noise has destroyed. Fine,
random-looking texture (fabric, skin, sand) may be softened: lower the strength. Camera raw files
are not read; develop them to TIFF or JPEG first.
"""


def show() -> None:
    st.markdown("#### The pixel-shuffle U-Net")
    figure(key="network")
    for place, (name, value) in zip(st.columns(4), NUMBERS, strict=True):
        place.metric(name, value)
    st.markdown(WORDS)
    _benchmark()
    _training()
    st.markdown("#### Limits")
    st.markdown(LIMITS)
    _papers()


def _benchmark() -> None:
    table = WEIGHTS / "benchmark.md"
    if table.exists():
        st.markdown("#### Benchmark")
        st.markdown(table.read_text("utf-8"))


def _training() -> None:
    curve = WEIGHTS / "curve.png"
    if curve.exists():
        st.markdown("#### Training")
        st.image(curve.read_bytes(), width=760, alt="Loss and PSNR over the training steps")


def _papers() -> None:
    for title, file in (
        ("Model card: data, recipe, results, licences", WEIGHTS / "MODEL_CARD.md"),
        ("Credits of the sample pictures", UI / "samples" / "CREDITS.md"),
    ):
        if file.exists():
            with st.expander(title):
                st.markdown(file.read_text("utf-8"))
