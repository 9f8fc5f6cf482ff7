"""Telling a decoder's complaint about a damaged file from a mistake of ours, which is logged."""

from __future__ import annotations

import logging
import struct
import traceback
import zlib
from pathlib import PurePath

import cv2

_LOG = logging.getLogger("photo")
# Exceptions that our own readers let through when a file does not contain what it claims to.
_OF_DAMAGE = (OSError, ValueError, EOFError, struct.error, zlib.error, cv2.error, OverflowError)


def unexpected(error: BaseException) -> bool:
    """Whether no decoder raises this over damaged data, so that our code is to blame.

    Libraries raise whatever comes over damage; in code of ours, an error that is neither of the
    usual ones nor from a library below it is a mistake.
    """
    if isinstance(error, _OF_DAMAGE):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return True
    place = PurePath(frames[-1].filename)  # of compiled code, a path without a root
    return place.is_absolute() and not {"site-packages", "dist-packages"} & set(place.parts)


def log_unexpected(error: BaseException, what: str) -> None:
    """Write a mistake of ours to the log with its traceback; the person still gets a sentence."""
    if unexpected(error):
        _LOG.error("Unexpected error while %s", what, exc_info=error)
