"""What `evaluation` shows: Markdown and CSV tables, and contact sheets."""

import csv
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

IDENTICAL = 100.0  # dB that a picture identical to the truth counts in a mean

Row = list[tuple[str, np.ndarray]]  # a contact sheet's: label, H x W x 3 uint8


@dataclass(frozen=True)
class Score:
    """What one method made of one picture in one case.

    PSNR in dB, colour shift and blotches in grey levels; blotches are NaN where the picture has
    too little flat area.
    """

    case: str
    picture: str
    method: str
    psnr: float
    ssim: float
    colour_shift: float
    blotches_luma: float = math.nan
    blotches_chroma: float = math.nan


def markdown(scores: Sequence[Score], heading: str) -> str:
    """A heading and four tables of means over the pictures: a row a case, a column a method."""
    legend = (
        "PSNR is averaged in dB, a picture identical to the truth counting as 100; SSIM is the "
        "mean of the three channels' own; colour shift is the greatest difference of a channel's "
        "mean, in grey levels of 0 to 255; blotches are the root mean square of the error's 8 x 8 "
        "means in flat areas, in luma / chroma, over the pictures that have such areas."
    )
    tables = [
        f"### {title}\n\n{_table(scores, figures, digits)}"
        for title, figures, digits in (
            ("PSNR, dB", ["psnr"], 2),
            ("SSIM", ["ssim"], 4),
            ("Colour shift, grey levels", ["colour_shift"], 2),
            ("Blotches, luma / chroma, grey levels", ["blotches_luma", "blotches_chroma"], 2),
        )
    ]
    return "\n\n".join([f"## {heading}", legend, *tables]) + "\n"


def _table(scores: Sequence[Score], figures: Sequence[str], digits: int) -> str:
    cases, methods = (
        list(dict.fromkeys(getattr(s, of) for s in scores)) for of in ("case", "method")
    )
    lines = [f"| case | {' | '.join(methods)} |", "|---|" + "---:|" * len(methods)]
    for case in cases:
        cells = []
        for method in methods:
            here = [s for s in scores if (s.case, s.method) == (case, method)]
            parts = [_cell([getattr(s, figure) for s in here], digits) for figure in figures]
            cells.append(" / ".join(dict.fromkeys(parts) if "–" in parts else parts))
        lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float], digits: int) -> str:
    values = [value for value in values if not math.isnan(value)]
    if not values:
        return "–"
    if np.isinf(values).all():
        return "identical"
    return f"{np.minimum(values, IDENTICAL).mean():.{digits}f}"


def save_csv(scores: Sequence[Score], path: Path) -> None:
    """One line a case, picture and method; PSNR is `inf` for a picture identical to the truth."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(Score))
        writer.writerows(astuple(score) for score in scores)


def contact_sheet(rows: Sequence[Row]) -> Image.Image:
    """Crops side by side at 100 %, each under its label."""
    gap, band = 4, 18
    high = max(crop.shape[0] for row in rows for _, crop in row) + band + gap
    wide = max(crop.shape[1] for row in rows for _, crop in row) + gap
    size = (wide * max(len(row) for row in rows) + gap, high * len(rows) + gap)
    page, font = Image.new("RGB", size, "white"), ImageFont.load_default(12)
    pen = ImageDraw.Draw(page)
    for i, row in enumerate(rows):
        for j, (label, crop) in enumerate(row):
            x, y = gap + j * wide, gap + i * high
            pen.text((x, y), _shortened(label, font, wide - gap), "black", font)
            page.paste(Image.fromarray(crop), (x, y + band))
    return page


def _shortened(label: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, wide: int) -> str:
    while label and font.getlength(label) > wide:
        label = label[:-1]
    return label
