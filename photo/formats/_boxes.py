"""The first box of a HEIC, AVIF or video file, which names what the file is."""

from __future__ import annotations

_AVIF = frozenset((b"avif", b"avis"))
_HEIF = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))


def brands(data: bytes) -> set[bytes]:
    """The four-letter codes that the file names; empty where it is no file of boxes."""
    if data[4:8] != b"ftyp":
        return set()
    length = min(int.from_bytes(data[:4], "big"), 4096)
    return {data[8:12], *(data[i : i + 4] for i in range(16, max(length, 16), 4))}


def is_avif(data: bytes) -> bool:
    """Whether the file's first bytes are of an AVIF."""
    return bool(brands(data) & _AVIF)


def is_heif(data: bytes) -> bool:
    """Whether the file's first bytes are of a HEIC or another HEIF that is no AVIF."""
    return bool(brands(data) & _HEIF) and not is_avif(data) and data[8:12] != b"crx "
