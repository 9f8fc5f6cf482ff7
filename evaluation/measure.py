"""Measures every method on every picture in every case."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation import metrics
from evaluation.cases import Case
from evaluation.methods import Method
from evaluation.pictures import Subject, middle
from evaluation.report import Row, Score, contact_sheet
from model.depth import to_uint8


def measure(
    subject: Subject, cases: Sequence[Case], methods: dict[str, Method], crop: int
) -> tuple[list[Score], list[Row]]:
    """All methods on all cases of one picture: the scores and, unless `crop` is 0, a row a case
    for the contact sheets, with crops of `crop` pixels a side."""
    scores, rows = [], []
    for case in cases:
        truth, noisy = case.truth(subject.truth), subject.noisy
        if noisy is None:
            noisy = case.apply(truth, subject.name)
        results = {}
        for name, method in methods.items():
            if case.kind not in method.kinds:
                continue
            result = method.run(noisy, truth)
            results[name] = result if name == "noisy" else to_uint8(result)
            scores.append(score(case, subject, method, results[name]))
        if crop:
            shown = replace(subject, truth=truth)
            rows.append(_sheet_row(shown, results, methods, crop))
    return scores, rows


def score(case: Case, subject: Subject, method: Method, result: np.ndarray) -> Score:
    """The figures of one result."""
    truth = case.truth(subject.truth)
    figures = (metrics.psnr(result, truth), metrics.ssim(result, truth))
    _, luma, chroma = metrics.blotches(result, truth)
    shift = metrics.colour_shift(result, truth)
    return Score(case.title, subject.name, method.title, *figures, shift, luma, chroma)


def _sheet_row(
    subject: Subject, results: dict[str, np.ndarray], methods: dict[str, Method], side: int
) -> Row:
    """Noisy, ours, the best classical result and the truth: the middle of the picture."""
    quality = {name: metrics.psnr(result, subject.truth) for name, result in results.items()}
    rivals = sorted(set(results) - {"noisy", "ours"}, key=quality.__getitem__)
    shown = [name for name in ("noisy", "ours") if name in results] + rivals[-1:]
    pictures = [(f"{methods[n].title}  {quality[n]:.2f} dB", results[n]) for n in shown]
    pictures.append((f"truth: {Path(subject.name).stem}", subject.truth))
    return [(label, middle(to_uint8(picture), side)) for label, picture in pictures]


def save_sheets(folder: Path, cases: Sequence[Case], rows: Sequence[Sequence[Row]]) -> None:
    """One PNG a case; `rows` holds, for each picture, a row a case."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, case in enumerate(cases):
        name = "-".join(re.findall(r"[a-z0-9.]+", case.title.lower()))
        contact_sheet([picture[i] for picture in rows]).save(folder / f"{name}.png")


def say(text: str) -> None:
    """To the terminal, beside the tables."""
    print(text, file=sys.stderr, flush=True)
