"""Feed damaged files to `photo.read` and count the outcomes.

    python -m benchmarks.fuzz_photo --count 20000 --seed 0

Each file is a small one of some format (tests/photo_cases.py, photo_carried.py), cut, flipped,
spliced or given absurd numbers; half of the PNGs have their checksums corrected, so that the
damage reaches the decoders. It runs in a process of its own: a crash or a hang of more than ten
seconds is seen, counted, and the next file goes on. What is read is checked and written again.
Prints a line of Markdown; the exit code is 1 if anything but a picture or a PhotoError came out, or
a PhotoError that hides a mistake of ours.
"""

from __future__ import annotations

import argparse
import multiprocessing
import struct
import sys
import time
import traceback
import zlib
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import photo_carried  # noqa: E402
from photo_cases import samples  # noqa: E402

import photo  # noqa: E402
from photo.faults import unexpected  # noqa: E402

HANG = 10.0  # seconds a file may take
_ABSURD = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutate(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """One to four random damages."""
    result = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if not result:
            break
        near_head = rng.random() < 0.5
        at = int(rng.integers(0, min(len(result), 400) if near_head else len(result)))
        span = int(rng.integers(1, 33))
        way = int(rng.integers(0, 8))
        if way == 0:
            del result[at:]
        elif way == 1:
            result[at] ^= 1 << int(rng.integers(0, 8))
        elif way == 2:
            result[at] = int(rng.integers(0, 256))
        elif way == 3:
            result[at : at + span] = rng.bytes(min(span, len(result) - at))
        elif way == 4:
            del result[at : at + span]
        elif way == 5:
            result[at:at] = rng.bytes(span)
        elif way == 6:
            start = int(rng.integers(0, len(other)))
            result[at:] = other[start:]
        else:
            code = ("<H", ">H", "<I", ">I")[int(rng.integers(0, 4))]
            value = _ABSURD[int(rng.integers(0, len(_ABSURD)))] & (
                2 ** (8 * struct.calcsize(code)) - 1
            )
            packed = struct.pack(code, value)
            result[at : at + len(packed)] = packed
    return bytes(result)


def mend_png(data: bytes) -> bytes:
    """The same PNG with right checksums, as far as its chunks can be followed."""
    result, at = bytearray(data), 8
    while at + 12 <= len(result):
        (length,) = struct.unpack_from(">I", result, at)
        end = at + 12 + length
        if end > len(result):
            break
        struct.pack_into(">I", result, end - 4, zlib.crc32(result[at + 4 : end - 4]))
        at = end
    return bytes(result)


def case(index: int, seed: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """The name and the bytes of the damaged file of this number; the same each time."""
    rng = np.random.default_rng((seed, index))
    names = sorted(files)
    name = names[index % len(names)]
    data = mutate(files[name], files[names[int(rng.integers(0, len(names)))]], rng)
    if data.startswith(b"\x89PNG") and rng.random() < 0.5:
        data = mend_png(data)
    return name, data


def outcome(data: bytes) -> str:
    """ "read", "refused", or what went wrong."""
    try:
        result = photo.read(data, "fuzz")
    except photo.PhotoError as error:
        return _fault(error) or "refused"
    except Exception as error:
        return f"escaped: {type(error).__name__}: {error}"
    good = result.pixels.ndim == 3 and result.pixels.shape[2] == 3
    good &= result.pixels.dtype in (np.uint8, np.uint16, np.float32)
    if result.alpha is not None:
        good &= result.alpha.shape == result.pixels.shape[:2]
        good &= result.alpha.dtype == result.pixels.dtype
    if not good:
        return f"malformed: {result.pixels.shape} {result.pixels.dtype}"
    if result.pixels.size < 3_000_000:
        try:
            photo.write(result)
        except photo.PhotoError as error:
            return _fault(error) or f"not written: {error!r} {error.__cause__!r}"
        except Exception as error:
            return f"escaped: {type(error).__name__}: {error}"
    return "read"


def _fault(error: photo.PhotoError) -> str:
    """A mistake of our own that `read` or `write` has put into a sentence."""
    cause = error.__cause__
    if cause is None or not unexpected(cause):
        return ""
    frame = traceback.extract_tb(cause.__traceback__)[-1]
    return f"unexpected: {cause!r} in {frame.name} ({frame.filename}:{frame.lineno})"


def _work(pipe: Connection, first: int, count: int, seed: int) -> None:
    files = {**samples(), **photo_carried.samples()}
    pipe.send((-1, "ready", 0.0))
    for index in range(first, count):
        started = time.monotonic()
        result = outcome(case(index, seed, files)[1])
        pipe.send((index, result, time.monotonic() - started))
    pipe.send((count, "end", 0.0))


def _run(
    first: int, count: int, seed: int, tally: Counter[str], slow: list[tuple[float, int]]
) -> int:
    """Work from `first` until the end, a crash or a hang; the number to go on with."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, first, count, seed))
    worker.start()
    theirs.close()
    following, patience = first, 120.0
    while True:
        try:
            if not ours.poll(patience):
                tally[f"hang: file {following}"] += 1
                worker.kill()
                following += 1
                break
            index, result, seconds = ours.recv()
        except EOFError:
            tally[f"crash: file {following}"] += 1
            following += 1
            break
        if result == "end":
            break
        patience = HANG
        if index >= 0:
            following = index + 1
            slow.append((seconds, index))
            kept = result in ("read", "refused")
            tally[result if kept else f"{result} (file {index})"] += 1
    worker.join()
    return following


def main() -> int:
    """Run as the module's docstring says."""
    parser = argparse.ArgumentParser(description="Fuzz photo.read.")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the file to begin with")
    settings = parser.parse_args()
    tally: Counter[str] = Counter()
    slow: list[tuple[float, int]] = []
    following = settings.first
    while following < settings.count:
        following = _run(following, settings.count, settings.seed, tally, slow)
    bad = {name: count for name, count in tally.items() if name not in ("read", "refused")}
    total = settings.count - settings.first
    print(
        f"| {total} damaged files, seed {settings.seed} | read {tally['read']} | "
        f"PhotoError {tally['refused']} | anything else {sum(bad.values())} | "
        f"slowest {max(slow, default=(0.0, 0))[0]:.1f} s (file {max(slow, default=(0.0, 0))[1]}) |"
    )
    for name, count in sorted(bad.items()):
        print(f"  {count} x {name}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
