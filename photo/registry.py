"""All formats, found in `photo/formats/`; which of them a file is; and which one a name means."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import photo.formats
from photo.base import PhotoError
from photo.format import Format
from photo.unsupported import what_else


def _find() -> dict[str, Format]:
    """The record of every file in `photo/formats/` whose name begins with a letter."""
    names = [module.name for module in pkgutil.iter_modules(photo.formats.__path__)]
    modules = (import_module(f"photo.formats.{n}") for n in names if not n.startswith("_"))
    records = sorted((module.FORMAT for module in modules), key=lambda record: record.place)
    return {record.name: record for record in records}


FORMATS: dict[str, Format] = _find()
WRITABLE: tuple[str, ...] = tuple(name for name, each in FORMATS.items() if each.written)
EXTENSIONS: tuple[str, ...] = tuple(e for each in FORMATS.values() for e in each.extensions)
_SUPPORTED = ", ".join(each.label for each in FORMATS.values())


def sniff(data: bytes) -> Format:
    """The format that the first bytes are of; PhotoError says what else the file is."""
    if not data:
        raise PhotoError("The file is empty (zero bytes); copy or download it again.")
    for each in FORMATS.values():
        if each.matches(data):
            return each
    raise PhotoError(what_else(data, _SUPPORTED))


def format_named(name: str) -> Format:
    """The format of this name ("jpeg", "TIFF") or extension (".jpg"); PhotoError if unknown."""
    key = name.strip().upper()
    for each in FORMATS.values():
        known = (each.name, each.label.upper())
        if key in known or f".{key.lstrip('.').lower()}" in each.extensions:
            return each
    raise PhotoError(f"There is no format called {name[:20]!r}; choose {', '.join(WRITABLE)}.")
