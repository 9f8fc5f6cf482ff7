"""Speed and memory beside other ways to denoise, and beside the processor's limit: Markdown.

    python -m benchmarks.speed                           # all, to docs/BENCHMARK.md: half an hour
    python -m benchmarks.speed --megapixels 1 12 --methods ours bm3d     # to the screen only

Each case runs in a process of its own, warmed up, so that its peak memory is its own. Rounds go
through all methods in turn and the best time counts, so that ratios are fair on a busy machine.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.memory import peak
from benchmarks.scene import picture
from benchmarks.speed_report import Cell, Cells, report

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "BENCHMARK.md"
SIZES = (0.25, 1.0, 12.0, 48.0)
MATRIX = 4096  # side of the matrices whose product shows the processor's limit
MOST_SECONDS = 120  # a case that would take longer, by the size before it, is not run
_MARK = "\n<!-- Above: written by make bench. Below: by hand. -->\n"
ENOUGH = 10  # seconds of a case in a process, after which it is not repeated there
_PLAIN_BYTES = 400  # a pixel; 12 megapixels took 4.84 GB

Run = Callable[[np.ndarray], np.ndarray]


def ours() -> tuple[Run, str]:
    """`helper.denoise`, as the page and the terminal call it."""
    import helper

    engine = helper._engine()
    return helper.denoise, f"{engine.precision}, {_NAMES.get(engine.runtime, engine.runtime)}"


def first() -> tuple[Run, str]:
    """The first network, in the way that is fastest for it."""
    import helper
    from model.inference import picture
    from model.inference.engine import fastest

    engine = fastest(helper.RELEASED["first"])

    def run(image: np.ndarray) -> np.ndarray:
        return picture.full(image, engine, lambda done, total: None, lambda: None, None)

    return run, f"{engine.precision}, {_NAMES.get(engine.runtime, engine.runtime)}"


def plain() -> tuple[Run, str]:
    """`model.predict` on the whole picture in float32, as the first version did."""
    import helper

    model = helper.load_model(helper.WEIGHTS)

    def run(image: np.ndarray) -> np.ndarray:
        h, w = image.shape[:2]
        x = np.pad(image, ((0, -h % 32), (0, -w % 32), (0, 0)), "symmetric")
        y = model.predict(x[None] / np.float32(255), verbose=0)[0, :h, :w]
        return np.rint(np.clip(y, 0, 1) * 255).astype("uint8")

    return run, "float32"


def nonlocal_means() -> tuple[Run, str]:
    """OpenCV's non-local means, given the noise level."""
    return lambda image: cv2.fastNlMeansDenoisingColored(image, None, 10, 10, 7, 21), "8 bit"


def bm3d() -> tuple[Run, str]:
    """BM3D from PyPI, given the noise level."""
    from bm3d import bm3d_rgb

    return lambda image: bm3d_rgb(image / 255.0, 25 / 255), "float64"


def dncnn() -> tuple[Run, str]:
    """A network of DnCNN's size with random weights, through the same tiles: for its cost only."""
    import keras

    import helper

    convolutions = [
        keras.layers.Conv2D(64, 3, padding="same", activation="relu") for _ in range(19)
    ]
    model = keras.Sequential(
        [keras.Input((None, None, 3)), *convolutions, keras.layers.Conv2D(3, 3, padding="same")]
    )
    return lambda image: helper.denoise(image, model=model), "float32"


METHODS: dict[str, tuple[str, Callable[[], tuple[Run, str]], float]] = {
    # name -> (title, how it is made ready, greatest megapixels)
    "ours": ("**this project**", ours, 1e9),
    "ours_openvino": ("**this project**, `KERAS_BACKEND=openvino`", ours, 1e9),
    "first": ("the first network", first, 1e9),
    "plain": ("the same network, `model.predict`, whole picture", plain, 1e9),
    "nonlocal_means": ("OpenCV non-local means", nonlocal_means, 1e9),
    "dncnn": ("network of DnCNN's size (20 layers of 64)", dncnn, 1e9),
    "bm3d": ("BM3D", bm3d, 0.25),
}
_NAMES = {"tensorflow": "TensorFlow", "openvino": "OpenVINO"}
_NO_MEMORY = ("bad_alloc", "MemoryError", "ResourceExhausted")
_NEEDS = {"ours_openvino": "openvino", "bm3d": "bm3d"}  # packages


def measure(method: str, megapixels: float, repeats: int) -> dict[str, Any]:
    """Best of at most `repeats`, in this process, after one small picture to warm up."""
    run, precision = METHODS[method][1]()
    image = picture(megapixels)
    run(image[:96, :96])
    times = [_seconds(run, image)]
    while len(times) < repeats and sum(times) < ENOUGH:
        times.append(_seconds(run, image))
    return {"seconds": min(times), "gigabytes": peak(), "precision": precision}


def _seconds(run: Run, image: np.ndarray) -> float:
    began = time.perf_counter()
    run(image)
    return time.perf_counter() - began


def limit(side: int = MATRIX) -> dict[str, float]:
    """Operations a second in a product of two square matrices, by precision: best of five.

    NumPy's library multiplies in float32 as well: on some processors it is the quicker.
    """
    import tensorflow as tf

    found = {}
    for precision in ("float32", "bfloat16"):
        one = tf.cast(tf.random.stateless_normal((side, side), (1, 2)), precision)
        product = tf.function(lambda x: tf.matmul(x, x))
        product(one)  # traced
        found[precision] = 2 * side**3 / min(_product_seconds(product, one) for _ in range(5))
    array = np.asarray(tf.random.stateless_normal((side, side), (1, 2)))
    seconds = min(_product_seconds(lambda x: x @ x, array) for _ in range(5))
    return found | {"float32": max(found["float32"], 2 * side**3 / seconds)}


def _product_seconds(product: Callable, one: object) -> float:  # type: ignore[type-arg]
    began = time.perf_counter()
    float(product(one)[0, 0])  # waits for the result
    return time.perf_counter() - began


def flops_per_pixel() -> float:
    """Multiplications and additions of the network's convolutions for one pixel."""
    import keras

    import helper

    side = 512
    image = keras.Input((side, side, 3))
    sized = keras.models.clone_model(helper.load_model(), input_tensors=image)
    convolutions = [layer for layer in sized.layers if isinstance(layer, keras.layers.Conv2D)]
    # Each weight of a kernel is multiplied and added once for each output pixel.
    work = [2 * np.prod(c.kernel.shape) * np.prod(c.output.shape[1:3]) for c in convolutions]
    return float(sum(work)) / side**2


def processor() -> dict[str, float]:
    """What the share of the limit is counted from."""
    return limit() | {"flops_per_pixel": flops_per_pixel(), "side": MATRIX}


def child(call: str, backend: str = "tensorflow") -> dict[str, Any] | str:
    """One call of this module in a process of its own; a word if that fails."""
    code = f"import json; from benchmarks import speed; print(json.dumps(speed.{call}))"
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.returncode:
        return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]
    sys.stderr.write(done.stderr)
    short = done.returncode == -signal.SIGKILL or any(word in done.stderr for word in _NO_MEMORY)
    return "out of memory" if short else "failed"


def run_all(sizes: list[float], methods: list[str]) -> Cells:
    """Every method at every size; a word says why where one was not run."""
    cells: Cells = {}
    for size in sorted(sizes):
        for round_ in range(4 if size <= 1 else 2 if size <= 20 else 1):
            for method in methods:
                before = cells.get((method, size))
                if round_ and (isinstance(before, str) or _slow(before)):
                    continue  # as slow a case is not run twice
                cells[method, size] = _better(before, _case(method, size, cells))
                print(f"{method} {size:g}: {cells[method, size]}", file=sys.stderr, flush=True)
    return cells


def _case(method: str, size: float, cells: Cells) -> Cell:
    smaller = max((s for m, s in cells if m == method and s < size), default=0.0)
    known = cells.get((method, smaller), {"seconds": 0.0})
    if size > METHODS[method][2]:
        return "not run"
    if isinstance(known, str):
        return known
    if smaller and float(known["seconds"]) * size / smaller > MOST_SECONDS:
        return "not run: too slow"
    if method == "plain" and size * 1e6 * _PLAIN_BYTES + 1e9 > free_memory():
        return "not run: too little memory"
    backend = "openvino" if method == "ours_openvino" else "tensorflow"
    return child(f"measure({method!r}, {size}, 5)", backend)


def _slow(cell: Cell | None) -> bool:
    return isinstance(cell, dict) and float(cell["seconds"]) > 30


def _better(one: Cell | None, other: Cell) -> Cell:
    """The quicker; the memory is that of the same run."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return min(one, other, key=lambda cell: float(cell["seconds"]))


def free_memory() -> float:
    """Bytes that a new process may take."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return 1024.0 * next(int(x.split()[1]) for x in lines if x.startswith("MemAvailable"))
    except OSError:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def main(argv: list[str] | None = None) -> None:
    """Prints the report; a run of everything also writes it to docs/BENCHMARK.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megapixels", nargs="+", type=float, default=list(SIZES))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--out", type=Path, help="where to write it as well")
    args = parser.parse_args(argv)
    sizes = sorted(args.megapixels)
    methods = [m for m in args.methods if m not in _NEEDS or find_spec(_NEEDS[m])]
    titles = {method: METHODS[method][0] for method in methods}
    limits = child("processor()")
    cells = run_all(sizes, methods)
    text = report(cells, sizes, titles, limits if isinstance(limits, dict) else None)
    print(text)
    everything = sizes == list(SIZES) and args.methods == list(METHODS)
    if args.out or everything:
        save(text, args.out or OUT)


def save(text: str, path: Path) -> None:
    """Writes the report; what stands below the mark in an older one is kept."""
    old = path.read_text("utf-8") if path.is_file() else ""
    _, mark, by_hand = old.partition(_MARK)
    path.write_text(text + mark + by_hand, "utf-8")


if __name__ == "__main__":
    main()
