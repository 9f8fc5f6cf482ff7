"""ICC profiles: checked, and used to convert to sRGB."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageCms

from photo.base import PhotoError
from photo.colour import Colour
from photo.metadata.ifd import BrokenMetadata


def check_icc(icc: bytes) -> str:
    """The profile's colour space ("RGB", "GRAY", "CMYK", "Lab"); raises BrokenMetadata.

    A profile that the colour engine cannot open would harm whoever opens our file.
    """
    if len(icc) < 132 or icc[36:40] != b"acsp" or int.from_bytes(icc[:4], "big") > len(icc):
        raise BrokenMetadata("no profile")
    try:
        ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except (OSError, TypeError, ValueError, ImageCms.PyCMSError) as error:
        raise BrokenMetadata("profile cannot be opened") from error
    return icc[16:20].decode("ascii", errors="replace").strip()


def curve_of(icc: bytes) -> bytes:
    """The profile's curve of red, or of grey; empty where it has none."""
    (count,) = struct.unpack_from(">I", icc, 128)
    for place in range(132, 132 + 12 * min(count, 100), 12):
        name, start, length = struct.unpack_from(">4sII", icc.ljust(place + 12, b"\0"), place)
        if name in (b"rTRC", b"kTRC"):
            return icc[start : start + length]
    return b""


def coloured(icc: bytes) -> bytes | None:
    """An RGB profile that shows equal channels as this grey one does; None where it cannot be."""
    curve = curve_of(icc)
    if icc[20:24] != b"XYZ " or not curve:  # a curve to Lab is one of lightness
        return None
    result = Colour(1, 2).profile(curve=curve)
    try:
        check_icc(result)
    except BrokenMetadata:
        return None
    return result


def converted_note(space: str) -> str:
    """What to say where colours were converted."""
    return f"The picture was in {space} and has been converted to sRGB."


def to_srgb(image: Image.Image, icc: bytes | None, notes: list[str]) -> Image.Image:
    """A CMYK, Lab or grey (L) Pillow image -> sRGB, through its profile where it has a good one."""
    target = ImageCms.createProfile("sRGB")
    try:
        if image.mode == "LAB":
            return _transform(image, ImageCms.createProfile("LAB"), target)
        if icc is not None:
            return _transform(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)), target)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        if image.mode == "LAB":
            raise PhotoError("The Lab colours cannot be converted; save as RGB.") from error
        icc = None
    if image.mode == "CMYK":
        notes.append("It has no usable CMYK profile, so its colours are approximate.")
    return image.convert("RGB")


def _transform(
    image: Image.Image, source: ImageCms._CmsProfileCompatible, target: ImageCms.core.CmsProfile
) -> Image.Image:
    result = ImageCms.profileToProfile(
        image,
        source,
        target,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if result is None:
        raise ValueError("no result")
    return result
