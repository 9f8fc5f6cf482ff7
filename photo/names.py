"""Safe file names for results."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from photo.registry import format_named

_DEVICES = {"con", "prn", "aux", "nul"} | {f"{k}{n}" for k in ("com", "lpt") for n in range(1, 10)}

# What we write is never several pictures, nor a JPEG 2000 stream without its boxes.
_NOT_WRITTEN = (".mpo", ".apng", ".j2k", ".j2c", ".jpc")


def output_name(name: str, format: str, suffix: str = "") -> str:
    """A safe file name with the format's extension, made of an untrusted file name.

    No folder, no control or invisible characters, none that Windows forbids, no device name, at
    most 120 bytes before the extension. `suffix` goes before the extension: "-denoised".
    """
    wanted = format_named(format)
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, extension = last.rpartition(".")
    if not dot or not 1 <= len(extension) <= 5 or not extension.isalnum():
        stem, extension = last, ""
    ending = f".{extension.lower()}"
    if ending not in wanted.extensions or ending in _NOT_WRITTEN:
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


def folded(name: str) -> str:
    """The same for names that file systems without case and Unicode form take for one."""
    return unicodedata.normalize("NFC", name).casefold()


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
        while folded(candidate) in seen:
            number += 1
            candidate = f"{stem} ({number}){dot}{extension}"
        seen.add(folded(candidate))
        result.append(candidate)
    return result
