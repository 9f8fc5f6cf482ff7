"""What becomes of each kind of file: docs/FILES.md, made from generated files.

python -m benchmarks.files > docs/FILES.md
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import photo_carried  # noqa: E402
from photo_cases import samples  # noqa: E402
from test_photo_bad import OTHER_FILES  # noqa: E402

import photo  # noqa: E402

_INTRO = """# Files in, files out

Made by `python -m benchmarks.files > docs/FILES.md`; `tests/test_photo_*.py` check what these
tables say. "Kept" is what the file that was written holds when it is read again.

| file | pixels | written as | kept | message |
|---|---|---|---|---|"""
_CARRIED = """
## What a file carries

Made from small files that each carry one thing (`tests/photo_carried.py`) and written in every
format. In its own format a file gets back, byte for byte, whatever we do not understand.
"Converted": held in the other format's own way, colour as an equal ICC profile. "Reported": the
format cannot hold it, and a message says so. Tests let exiftool, avifdec and OpenJPEG judge what is
written.

What is left out although the format could hold it, always with a message: previews of the noisy
picture; content credentials (C2PA), which sign the original; gain and depth maps where the picture
had to be turned, and Photoshop's paths then; further pictures of a file; PNG chunks whose names say
that they belong to the original pixels; EXIF tags that point outside their block, and in TIFF those
of an unknown type; a slanted crop of Camera Raw where the picture had to be turned. What is
corrected: orientation, sizes, subject area, regions (MWG, Microsoft, IPTC) and Camera Raw's crop;
the offsets of gain maps; the description of an image stack.
"""
_COLOUR = """
## Colour, depth and the network

A colour space that is stated without a profile - PNG's gAMA, cHRM and cICP, AVIF's and HEIC's
nclx, a TIFF's or BMP's primaries - comes back as it was in the same format, as a cICP chunk or nclx
where the other format has one, and else as an ICC profile with the same primaries and curve. PQ and
HLG are carried by PNG and AVIF, also beside a profile; elsewhere a profile states their curve, and
a message says that programs without HDR show it too dark.

The network has seen pictures on a display's curve. Values that are proportional to light (16 bits
or float, by the profile, by gAMA 1.0 or by transfer 8) and values in PQ are brought to sRGB's curve
for it and back (`photo.to_display`, `from_display`): as they are, more noise would stay. HLG, a
display's curve but for its brightest part, is left as it is.

A float TIFF is read where its values lie between 0 and 1, or at most 0.2 outside that range. One
with values further out (light above white, or 0 to 255), or with values that are not finite, is
refused with a message: scale it to 0 to 1, or export it as 16-bit TIFF.

10 and 12 bits of AVIF and HEIC are kept, in AVIF and in 16-bit formats. A picture whose three
channels are equal everywhere comes back with equal channels. A grey picture whose profile is for
RGB is written as PNG with three equal channels, because PNG readers refuse an RGB profile in a grey
file. WebP and AVIF that came without loss are written without loss.
"""
_BAD = """
## Not a picture

| file | message |
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
    print(carried_table())
    print(_COLOUR)
    print(_BAD)
    cut = {f"{name}, cut short": (data[: len(data) // 3], "") for name, data in _some().items()}
    for name, (data, _) in {**OTHER_FILES, **cut}.items():
        print(f"| {name} | {_refusal(data)} |")


def carried_table() -> str:
    """What becomes of each thing a file carries, in each format that can be written."""
    labels = [photo.FORMATS[name].label for name in photo.WRITABLE]
    lines = [_CARRIED, f"| carried | {' | '.join(labels)} |", "|---" * (len(labels) + 1) + "|"]
    for name, data in photo_carried.samples().items():
        source = photo.read(data)
        cells = (_fate(source, format) for format in photo.WRITABLE)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _fate(source: photo.Photo, format: str) -> str:
    """Kept, converted or reported; "**lost**" would be a mistake."""
    result = photo.read(photo.write(source, format))
    told = " ".join(photo.losses(source, format))
    if source.blocks and any(block.what for block in source.blocks):
        fates = {_fate_of_block(block, result, told) for block in source.blocks}
    elif source.colour is not None:
        same = source.colour == result.colour and not result.icc
        fates = {"kept" if same else "converted" if result.icc or result.colour else "**lost**"}
        fates |= {"reported"} if source.colour.hdr and source.colour.hdr in told else set()
    else:
        names = [n for n in ("icc", "exif", "xmp", "dpi") if getattr(source, n) is not None]
        fates = {_fate_of(name, source, result, told) for name in names}
    return " + ".join(sorted(fates))


def _fate_of_block(block: photo.base.Block, result: photo.Photo, told: str) -> str:
    if any(block.data == other.data and block.kind == other.kind for other in result.blocks):
        return "kept"
    if any(block.what == other.what for other in result.blocks):
        return "converted"
    return "reported" if block.what in told else "**lost**"


def _fate_of(name: str, source: photo.Photo, result: photo.Photo, told: str) -> str:
    before, after = getattr(source, name), getattr(result, name)
    if before == after or (name in ("exif", "dpi") and after is not None):
        return "kept"
    return "reported" if told else "**lost**"


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
