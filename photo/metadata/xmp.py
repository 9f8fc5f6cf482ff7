"""XMP packets."""

from __future__ import annotations

import re


def upright_xmp(xmp: bytes) -> bytes:
    """The packet with orientation 1."""
    return re.sub(rb'(tiff:Orientation\s*(?:=\s*["\']|>)\s*)[2-8]', rb"\g<1>1", xmp)
