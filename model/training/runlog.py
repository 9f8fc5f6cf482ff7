"""What a training run leaves to read: log.csv and curve.png."""

import csv
from math import nan
from pathlib import Path

from model.whole import written_whole

_ALWAYS = {"step", "loss", "psnr"}  # what every line has


class RunLog:
    """A CSV line and a redrawn curve after each validation.

    Args:
        folder: Receives log.csv and curve.png; made if need be.
        until: A resumed run keeps the lines up to this step of the log that is there.
    """

    def __init__(self, folder: Path, *, until: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._csv, self._curve = folder / "log.csv", folder / "curve.png"
        self._rows: list[dict[str, float]] = []
        if until and self._csv.is_file():
            with self._csv.open(newline="") as file:
                lines = list(csv.DictReader(file))
            rows = [{k: float(v) for k, v in line.items() if v} for line in lines]
            # A line that a full disk or a kill has cut short does not count.
            self._rows = [r for r in rows if r.keys() >= _ALWAYS and r["step"] <= until]

    def is_best(self, psnr: float) -> bool:
        """Whether no row so far has a higher PSNR."""
        return all(psnr > row["psnr"] for row in self._rows)

    def add(self, row: dict[str, float]) -> None:
        """Writes the row; a column that only some rows have is empty in the others."""
        self._rows.append(row)
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        with written_whole(self._csv) as beside, beside.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=columns)
            writer.writeheader()
            writer.writerows(self._rows)
        self._draw(columns)

    def _draw(self, columns: list[str]) -> None:
        try:
            from matplotlib.figure import Figure
        except ImportError:
            return  # the CSV holds it all; the extra "train" brings Matplotlib
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        steps = [row["step"] for row in self._rows]
        left.plot(steps, [row["loss"] for row in self._rows], color="#555")
        left.set(xlabel="step", title="training loss")
        for name in columns:
            if name.startswith("psnr"):
                values = [row.get(name, nan) for row in self._rows]
                right.plot(steps, values, label=name.removeprefix("psnr_"))
        right.set(xlabel="step", title="validation PSNR, dB")
        right.legend(fontsize="small", bbox_to_anchor=(1, 0.5), loc="center left")
        for axes in (left, right):
            axes.grid(alpha=0.3)
        figure.savefig(self._curve, dpi=110)
