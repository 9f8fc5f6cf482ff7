"""Contact sheets at 100 %: noisy, the first network, ours, BM3D and the truth side by side.

    python -m evaluation.sheets docs/sheets/crops.toml --data data/ --out docs/sheets
    python -m evaluation.sheets crops.toml --data data/ --out sheets/ --weights runs/hot/best.npz

The list of crops is a TOML file; each table [[crop]] makes one sheet:

    name = "sky"                    the sheet's file name
    file = "photos/beach.png"       the clean picture, below --data
    case = "gaussian:25"            the noise that is added, as `python -m evaluation` names it
    noisy = "real/beach.png"        or, instead of `case`, the picture as it was photographed
    at = [96, 180]                  left and top of the crop, in pixels

Every method sees the crop and what lies up to 64 pixels around it, and never the truth. Each label
gives the PSNR on the crop itself.
"""

import argparse
import io
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from evaluation import classical, command, metrics
from evaluation.cases import Case
from evaluation.methods import METHODS, Method, network
from evaluation.pictures import EvaluationError, naming, read_picture
from evaluation.report import Row, contact_sheet
from model.depth import to_uint8

SIDE = 208  # pixels of a crop: five of them fit the width of a page
AROUND = 64
MOST = 80_000  # bytes of a sheet


@dataclass(frozen=True)
class Crop:
    """One entry of the list; paths are relative to the folder of the data."""

    name: str
    file: str
    at: tuple[int, int]
    case: Case | None = None
    noisy: str = ""

    @staticmethod
    def read(entry: dict) -> "Crop":
        """From a TOML table.

        Raises:
            EvaluationError: Something is missing, or both `case` and `noisy` are given.
        """
        try:
            if ("case" in entry) == ("noisy" in entry):
                raise ValueError("either case or noisy")
            case = Case.parse(entry["case"]) if "case" in entry else None
            left, top = entry["at"]
            noisy = entry.get("noisy", "")
            return Crop(entry["name"], entry["file"], (int(left), int(top)), case, noisy)
        except (KeyError, TypeError, ValueError, argparse.ArgumentTypeError) as error:
            raise EvaluationError(f"The crop {entry} is not complete: {error}.") from error

    def load(self, data: Path) -> tuple[np.ndarray, np.ndarray]:
        """The whole pictures, noisy and true; unclipped noise is float32, all else uint8."""
        truth = _read(data / self.file)
        if self.case is None:
            return _read(data / self.noisy), truth
        truth = self.case.truth(truth)
        return self.case.apply(truth, self.name), truth


def _read(path: Path) -> np.ndarray:
    with naming(path):
        return read_picture(path)


def row(crop: Crop, data: Path, methods: Sequence[Method]) -> Row:
    """The crops of one sheet under their labels.

    Raises:
        EvaluationError: The crop does not lie in the picture.
    """
    noisy, truth = crop.load(data)
    left, top = crop.at
    height, width = truth.shape[:2]
    if noisy.shape != truth.shape or not (0 <= top <= height - SIDE and 0 <= left <= width - SIDE):
        raise EvaluationError(
            f"{crop.name}: {SIDE} pixels at {crop.at}: the crop lies outside, or the pictures' "
            "sizes differ."
        )
    first_row, first_column = max(top - AROUND, 0), max(left - AROUND, 0)
    rows = slice(first_row, top + SIDE + AROUND)
    columns = slice(first_column, left + SIDE + AROUND)
    inside = np.s_[top - first_row :, left - first_column :]
    result = []
    for method in methods:
        whole = method.run(np.ascontiguousarray(noisy[rows, columns]), truth[rows, columns])
        clean = to_uint8(whole)[inside][:SIDE, :SIDE]
        quality = metrics.psnr(clean, truth[rows, columns][inside][:SIDE, :SIDE])
        result.append((f"{method.title}  {quality:.2f} dB", clean.copy()))
    result.append(("truth", truth[top : top + SIDE, left : left + SIDE].copy()))
    return result


def encode(sheet: Image.Image, most: int = MOST) -> bytes:
    """WebP of the best quality that `most` bytes allow."""
    low, high, best = 1, 95, b""
    while low <= high:
        quality = (low + high) // 2
        file = io.BytesIO()
        sheet.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= most:
            best, low = file.getvalue(), quality + 1
        else:
            high = quality - 1
    return best


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 2 where a sheet could not be made."""
    parser = command.parser("evaluation.sheets", __doc__)
    add = parser.add_argument
    add("crops", type=Path, help="the list, a TOML file")
    add("--data", type=Path, required=True, metavar="DIR", help="what its paths are relative to")
    add("--out", type=Path, required=True, metavar="DIR", help="where the sheets go")
    add("--weights", type=Path, metavar="FILE", help="a training run's, instead of ours")
    add("--only", nargs="+", metavar="NAME", help="just these sheets")
    add("--lossless", action="store_true", help="PNG files of any size, to look at closely")
    args = parser.parse_args(argv)
    try:
        entries = tomllib.loads(args.crops.read_text("utf-8")).get("crop", [])
        make(chosen([Crop.read(entry) for entry in entries], args.only), args)
    except (EvaluationError, OSError, tomllib.TOMLDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def chosen(crops: Sequence[Crop], names: Sequence[str] | None) -> list[Crop]:
    """Those of the names, or all.

    Raises:
        EvaluationError: There are none, or a name is not among them.
    """
    known = [crop.name for crop in crops]
    if not known:
        raise EvaluationError("The list has no [[crop]].")
    if unknown := set(names or ()) - set(known):
        raise EvaluationError(f"There is no {min(unknown)} in the list: {', '.join(known)}.")
    return [crop for crop in crops if not names or crop.name in names]


def make(crops: Sequence[Crop], args: argparse.Namespace) -> None:
    """Writes a sheet for each crop, and names it."""
    methods = [METHODS["noisy"], network("first network", "first"), network("ours", args.weights)]
    if classical.has_bm3d():
        methods.append(METHODS["bm3d"])
    else:
        print("BM3D is left out: the package bm3d is not installed.", file=sys.stderr)
    args.out.mkdir(parents=True, exist_ok=True)
    for crop in crops:
        sheet = contact_sheet([row(crop, args.data, methods)])
        target = args.out / f"{crop.name}.{'png' if args.lossless else 'webp'}"
        if args.lossless:
            sheet.save(target)
        else:
            target.write_bytes(encode(sheet))
        print(target)


if __name__ == "__main__":
    sys.exit(main())
