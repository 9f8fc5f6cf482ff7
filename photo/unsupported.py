"""Files that are no picture, or of a format that is not read: what to say of each."""

from __future__ import annotations

_BLANK = b"\xef\xbb\xbf \t\r\n"
_RAW = "a camera raw file; export it from your raw developer as TIFF or JPEG first"
_KNOWN: tuple[tuple[bytes, str], ...] = (
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
    (b"\x1aE\xdf\xa3", "a video; save a still picture from it first"),
    (b"MZ", "a program, not a picture; choose a picture"),
    (b"\x7fELF", "a program, not a picture; choose a picture"),
)


def what_else(data: bytes, supported: str) -> str:
    """A sentence on a file that no format of ours recognises. supported: labels of those we do."""
    what = _named(data)
    if what:
        return f"The file is {what}."
    if _is_text(data[:4096].lstrip(_BLANK), cut=len(data) > 4096):
        return f"The file holds text, not a picture; choose a picture ({supported})."
    return f"This type of file is not supported; choose a picture ({supported})."


def _named(data: bytes) -> str:
    canon = data[8:10] == b"CR" and data.startswith((b"II*\0", b"MM\0*"))
    if canon or data[4:12] == b"ftypcrx ":
        return _RAW
    if data[4:8] == b"ftyp":
        return "a video or an audio file; save a still picture from it first"
    start = data[:4096].lstrip(_BLANK).lower()
    if b"<svg" in start:
        return "an SVG drawing, not a photograph; export it as PNG first"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page, not a picture; download the picture itself"
    return next((what for magic, what in _KNOWN if data.startswith(magic)), "")


def _is_text(data: bytes, *, cut: bool) -> bool:
    if not data or not all(byte >= 32 or byte in b"\t\r\n\f" for byte in data):
        return False
    try:
        data.decode("utf-8", errors="ignore" if cut else "strict")
    except UnicodeDecodeError:
        return False
    return True
