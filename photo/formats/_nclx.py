"""How AVIF and HEIC state a colour space without a profile, and light levels for HDR screens."""

from __future__ import annotations

import struct

from photo.base import Photo
from photo.colour import Colour, known
from photo.formats._boxes import Facts, box
from photo.formats._boxes_added import with_properties

# The box lists green, blue, red; PNG red, green, blue; both in the same units.
_TO_PNG = (2, 0, 1)
_MAPS = (
    ("gainmap", "a gain map"),
    ("tmap", "a gain map"),
    ("depth", "a depth map"),
    ("auxid:2", "a depth map"),
    ("disparity", "a depth map"),
    ("matte", "a mask"),
)


def take(photo: Photo, facts: Facts) -> None:
    """Put profile and colour space into the photo."""
    photo.icc, photo.exif, photo.xmp = facts.icc, facts.exif, facts.xmp
    photo.turned = facts.orientation
    if facts.nclx is None:
        return
    primaries, transfer, _, _ = facts.nclx
    photo.colour = known(
        Colour(primaries, transfer, mastering=_mastering(facts), light=_light(facts))
    )


def _mastering(facts: Facts) -> bytes | None:
    body = facts.get(b"mdcv")
    if body is None or len(body) < 24:
        return None
    points = [body[4 * k : 4 * k + 4] for k in range(3)]
    return b"".join(points[k] for k in _TO_PNG) + body[12:24]


def _light(facts: Facts) -> bytes | None:
    body = facts.get(b"clli")
    if body is None or len(body) < 4:
        return None
    return struct.pack(">II", *(10_000 * value for value in struct.unpack_from(">HH", body)))


def stated(data: bytes, colour: Colour) -> bytes:
    """A fresh AVIF that states this (numbered) colour space."""
    assert colour.numbered is not None
    at = data.find(b"colrnclx")
    if at >= 0:
        data = data[: at + 8] + struct.pack(">HH", *colour.numbered) + data[at + 12 :]
    added = []
    if colour.mastering and len(colour.mastering) == 24:
        points = [colour.mastering[4 * k : 4 * k + 4] for k in (1, 2, 0)]
        added.append(box(b"mdcv", b"".join(points) + colour.mastering[12:]))
    if colour.light and len(colour.light) == 8:
        levels = (min(v // 10_000, 65535) for v in struct.unpack(">II", colour.light))
        added.append(box(b"clli", struct.pack(">HH", *levels)))
    return with_properties(data, added) if added else data


def maps(facts: Facts) -> list[str]:
    """The auxiliary pictures that are no alpha channel, in words for people."""
    found = {what for name in facts.auxiliary for mark, what in _MAPS if mark in name}
    return sorted(found)
