"""The text that `benchmarks.speed` writes."""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cell = dict[str, Any] | str  # seconds, gigabytes and precision, or a word why it was not run
Cells = dict[tuple[str, float], Cell]  # by method and megapixels

_SETS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16")


def machine() -> str:
    """Cores and instruction sets, and nothing that names the machine."""
    try:
        words = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        words = set()
    sets = ", ".join(name for name in _SETS if name in words)
    return f"{os.cpu_count()} cores, {platform.machine()}" + (f" with {sets}" if sets else "")


def report(
    cells: Cells, sizes: list[float], titles: dict[str, str], limits: dict[str, Any] | None
) -> str:
    """The Markdown text.

    Args:
        cells: All methods at all sizes.
        sizes: In megapixels, rising.
        titles: What each method is called, in order.
        limits: Operations a second of a matrix product in "float32" and "bfloat16", its "side",
            and the network's "flops_per_pixel"; None leaves out the share of the limit.
    """
    how = "The best of several rounds of one `python -m benchmarks.speed`, warm."
    lines = ["# Speed and memory", "", f"{machine()}. {how}", ""]
    lines += ["Megapixels a second, and how many times as long as this project it takes:", ""]
    lines += _table(cells, sizes, titles, _speed_cell)
    lines += ["", "Peak memory of the whole process in GB:", ""]
    lines += _table(cells, sizes, titles, _memory_cell)
    if limits:
        lines += ["", *_limit_lines(cells, sizes, titles, limits)]
    return "\n".join(lines) + "\n"


Write = Callable[[Cells, str, float], str]


def _table(cells: Cells, sizes: list[float], titles: dict[str, str], cell: Write) -> list[str]:
    heads = " | ".join(f"{size:g} Mpx" for size in sizes)
    lines = [f"| | computes in | {heads} |", "|---|---|" + "---:|" * len(sizes)]
    for method, title in titles.items():
        row = [cells[method, size] for size in sizes]
        precision = next((str(c["precision"]) for c in row if isinstance(c, dict)), "–")
        values = " | ".join(cell(cells, method, size) for size in sizes)
        lines.append(f"| {title} | {precision} | {values} |")
    return lines


def _speed_cell(cells: Cells, method: str, size: float) -> str:
    own, first = cells[method, size], cells.get(("ours", size))
    if isinstance(own, str):
        return own
    text = f"{size / float(own['seconds']):.3g}"
    if isinstance(first, dict) and method != "ours":
        text += f" ({float(own['seconds']) / float(first['seconds']):.2g}x)"
    return text


def _memory_cell(cells: Cells, method: str, size: float) -> str:
    own = cells[method, size]
    return own if isinstance(own, str) else f"{float(own['gigabytes']):.2f}"


def _limit_lines(
    cells: Cells, sizes: list[float], titles: dict[str, str], limits: dict[str, Any]
) -> list[str]:
    side = limits["side"]
    per_megapixel = limits["flops_per_pixel"] * 1e6
    lines = [
        f"The network needs {per_megapixel / 1e12:.3f} TFLOP a megapixel. The product of two "
        f"matrices of {side} x {side} ran at {limits['float32'] / 1e12:.2f} TFLOP/s in float32 "
        f"and {limits['bfloat16'] / 1e12:.2f} in bfloat16. This project's share of that limit, "
        "with all that it does besides the network and the pixels that tiles compute twice:",
        "",
        "| megapixels | " + " | ".join(f"{size:g}" for size in sizes) + " |",
        "|---|" + "---:|" * len(sizes),
    ]
    for method in ("ours", "ours_openvino"):
        row = [cells.get((method, size)) for size in sizes]
        if any(isinstance(c, dict) for c in row):
            shares = " | ".join(_share(c, s, limits) for c, s in zip(row, sizes, strict=True))
            lines.append(f"| {titles[method]} | {shares} |")
    return lines


def _share(cell: Cell | None, size: float, limits: dict[str, Any]) -> str:
    precision = cell["precision"].split(",")[0] if isinstance(cell, dict) else ""
    if not isinstance(cell, dict) or precision not in limits:
        return "–"
    work = limits["flops_per_pixel"] * size * 1e6
    return f"{work / cell['seconds'] / limits[precision]:.0%}"
