"""The file formats: names, what each can hold, how to tell them apart; and safe file names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from formats.base import PhotoError


@dataclass(frozen=True)
class Format:
    """One file format.

    name: as in `Photo.format`; label: for people; extensions: the first is the usual one;
    alpha, grey: can hold an alpha channel, a single channel; depth: bits a channel it is written
    with at most (32 is float); quality: the default for a lossy format, None where there is no
    such choice; side: longest side that can be written; written: we write it.
    """

    name: str
    label: str
    mime: str
    extensions: tuple[str, ...]
    alpha: bool = True
    grey: bool = True
    depth: int = 8
    quality: int | None = None
    side: int = 2**31 - 1
    written: bool = True

    @property
    def extension(self) -> str:
        """The usual extension, with its dot."""
        return self.extensions[0]


# Quality 95 keeps JPEG's own error near one grey level; AVIF's scale is another: 90 is alike.
FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "JPEG",
            "JPEG",
            "image/jpeg",
            (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
            alpha=False,
            quality=95,
            side=65500,
        ),
        Format("PNG", "PNG", "image/png", (".png", ".apng"), depth=16),
        Format("WEBP", "WebP", "image/webp", (".webp",), grey=False, quality=95, side=16383),
        Format("TIFF", "TIFF", "image/tiff", (".tif", ".tiff"), depth=32),
        Format("HEIF", "HEIC", "image/heic", (".heic", ".heif", ".hif"), depth=16, written=False),
        Format("AVIF", "AVIF", "image/avif", (".avif",), grey=False, quality=90, side=65535),
        Format("BMP", "BMP", "image/bmp", (".bmp", ".dib"), alpha=False, side=2**31 - 1),
        Format("GIF", "GIF", "image/gif", (".gif",), written=False),
        Format(
            "JPEG2000",
            "JPEG 2000",
            "image/jp2",
            (".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc"),
            depth=16,
        ),
    )
}
WRITABLE: tuple[str, ...] = tuple(one.name for one in FORMATS.values() if one.written)
EXTENSIONS: tuple[str, ...] = tuple(e for one in FORMATS.values() for e in one.extensions)

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"RIFF", "RIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"BM", "BMP"),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_RAW = "a camera raw file; export it from your raw developer as TIFF or JPEG first"
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document; export its page as PNG or JPEG first"),
    (b"%!PS", "a PostScript (EPS) file; export it as PNG or JPEG first"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript (EPS) file; export it as PNG or JPEG first"),
    (b"8BPS", "a Photoshop file; export it as TIFF or PNG first"),
    (b"FUJIFILMCCD-RAW", _RAW),
    (b"IIU\x00", _RAW),
    (b"IIRO", _RAW),
    (b"IIRS", _RAW),
    (b"MMOR", _RAW),
    (b"\xff\x0a", "a JPEG XL picture, which is not supported; export it as PNG or JPEG first"),
    (
        b"\x00\x00\x00\x0cJXL ",
        "a JPEG XL picture, which is not supported; export it as PNG or JPEG first",
    ),
    (b"\x00\x00\x01\x00", "an icon, which is not supported; export it as PNG first"),
    (b"PK\x03\x04", "a ZIP archive or an office document; unpack it and choose the pictures"),
    (b"\x1f\x8b", "a compressed archive; unpack it and choose the pictures"),
    (b"Rar!", "a compressed archive; unpack it and choose the pictures"),
    (b"7z\xbc\xaf", "a compressed archive; unpack it and choose the pictures"),
    (b"\x1aE\xdf\xa3", "a video; save a still picture of it first"),
    (b"MZ", "a program, not a picture; choose a picture"),
    (b"\x7fELF", "a program, not a picture; choose a picture"),
)
_SUPPORTED = ", ".join(one.label for one in FORMATS.values())


def sniff(data: bytes) -> str:
    """The name of the format that the first bytes are of; PhotoError names what else it is."""
    if not data:
        raise PhotoError("The file is empty (zero bytes); copy or download it again.")
    name = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if name == "RIFF":
        name = "WEBP" if data[8:12] == b"WEBP" else ""
    if name == "TIFF" and data[8:10] == b"CR":
        raise PhotoError(f"The file is {_RAW}.")
    if name == "BMP" and int.from_bytes(data[14:18], "little") not in _BMP_HEADERS:
        name = ""
    if not name and data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    if not name:
        raise PhotoError(_what_else(data))
    return name


def _sniff_boxes(data: bytes) -> str:
    length = min(int.from_bytes(data[:4], "big"), 4096)
    brands = {data[8:12], *(data[i : i + 4] for i in range(16, max(length, 16), 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if data[8:12] == b"crx ":
        raise PhotoError(f"The file is {_RAW}.")
    if brands & set(_HEIF_BRANDS):
        return "HEIF"
    raise PhotoError("The file is a video or a sound; save a still picture of it first.")


def _what_else(data: bytes) -> str:
    for magic, what in _STRANGERS:
        if data.startswith(magic):
            return f"The file is {what}."
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    lower = start.lower()
    if b"<svg" in lower:
        return "The file is an SVG drawing, not a photograph; export it as PNG first."
    if lower.startswith((b"<!doctype html", b"<html")):
        return "The file is a web page, not a picture; download the picture itself."
    if start and all(byte >= 32 or byte in b"\t\r\n\f" for byte in data[:4096]):
        try:
            data[:4096].decode("utf-8", errors="strict" if len(data) <= 4096 else "ignore")
        except UnicodeDecodeError:
            pass
        else:
            return f"The file holds text, not a picture; choose a picture ({_SUPPORTED})."
    return f"The file is of no supported kind; choose a picture ({_SUPPORTED})."


def format_named(name: str) -> Format:
    """The format of this name ("jpeg", "TIFF") or extension (".jpg"); PhotoError if unknown."""
    key = name.strip().upper()
    for one in FORMATS.values():
        if key in (one.name, one.label.upper()) or f".{key.lstrip('.').lower()}" in one.extensions:
            return one
    raise PhotoError(f"There is no format called {name[:20]!r}; choose {', '.join(WRITABLE)}.")


_DEVICES = {"con", "prn", "aux", "nul"} | {f"{k}{n}" for k in ("com", "lpt") for n in range(1, 10)}


def output_name(name: str, format: str, suffix: str = "") -> str:
    """A safe file name with the format's extension, made of a stranger's file name.

    No folder, no control or invisible characters, none that Windows forbids, no device name, at
    most 120 bytes before the extension. `suffix` goes before the extension: "-denoised".
    """
    wanted = format_named(format)
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, extension = last.rpartition(".")
    if not dot or not 1 <= len(extension) <= 5 or not extension.isalnum():
        stem, extension = last, ""
    ending = f".{extension.lower()}"
    if ending not in wanted.extensions or ending in (".mpo", ".apng"):
        ending = wanted.extension
    stem = "".join(
        "_" if unicodedata.category(c)[0] == "C" or c in '<>:"|?*' else c
        for c in unicodedata.normalize("NFC", stem)
    )
    stem = stem.encode("utf-8")[:120].decode("utf-8", errors="ignore").strip(" .")
    if not stem.strip("_ ."):
        stem = "picture"
    if stem.split(".")[0].strip().lower() in _DEVICES:
        stem = f"_{stem}"
    return f"{stem}{suffix}{ending}"


def unique_names(names: Iterable[str]) -> list[str]:
    """The same names, in order, those met before numbered: "a.jpg", "a (2).jpg".

    Compared as file systems that ignore case and Unicode form do, so none overwrites another.
    """
    seen: set[str] = set()
    result = []
    for name in names:
        stem, dot, extension = name.rpartition(".")
        if not dot:
            stem, extension = name, ""
        candidate, number = name, 1
        while unicodedata.normalize("NFC", candidate).casefold() in seen:
            number += 1
            candidate = f"{stem} ({number}){dot}{extension}"
        seen.add(unicodedata.normalize("NFC", candidate).casefold())
        result.append(candidate)
    return result
