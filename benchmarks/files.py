"""What becomes of each kind of file: the table in docs/FILES.md, made from generated files.

python -m benchmarks.files > docs/FILES.md
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from photo_cases import samples  # noqa: E402
from test_photo_bad import OTHER_FILES  # noqa: E402

import photo  # noqa: E402

_INTRO = """# Files in, files out

Made by `python -m benchmarks.files > docs/FILES.md`; `tests/test_photo_*.py` test every line.
"Kept" is what the file that was written holds when it is read again.

| file | pixels | written as | kept | the person is told |
|---|---|---|---|---|"""
_BAD = """
## Not a picture

| file | the person is told |
|---|---|"""


def main() -> None:
    """Prints the tables."""
    print(_INTRO)
    for name, data in samples().items():
        before = photo.read(data, name)
        after = photo.read(photo.write(before))
        target = photo.FORMATS[photo.default_format(before)].label
        told = " ".join(before.notes) or "-"
        print(f"| {name} | {_kind(before)} | {target} | {_kept(before, after)} | {told} |")
    print(_BAD)
    cut = {f"{name}, cut short": (data[: len(data) // 3], "") for name, data in _some().items()}
    for name, (data, _) in {**OTHER_FILES, **cut}.items():
        print(f"| {name} | {_refusal(data)} |")


def _kind(picture: photo.Photo) -> str:
    parts = [str(picture.pixels.dtype), "grey" if picture.grey else "RGB"]
    return " ".join([*parts, *(["alpha"] if picture.alpha is not None else [])])


def _kept(before: photo.Photo, after: photo.Photo) -> str:
    same = {"depth": before.pixels.dtype == after.pixels.dtype}
    if before.grey:
        same["grey"] = after.grey
    for part in ("alpha", "icc", "exif", "xmp", "dpi"):
        if getattr(before, part) is not None:
            same[part] = getattr(after, part) is not None
    return ", ".join(name if kept else f"**not {name}**" for name, kept in same.items())


def _some() -> dict[str, bytes]:
    return {name: samples()[name] for name in ("jpeg", "png", "webp", "tiff", "heic")}


def _refusal(data: bytes) -> str:
    try:
        photo.read(data)
    except photo.PhotoError as error:
        return str(error)
    return "**nothing: it was read**"


if __name__ == "__main__":
    main()
