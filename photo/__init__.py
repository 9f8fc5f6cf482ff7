"""A file's bytes <-> Photo: `read` takes a picture and all that belongs to it, `write` returns it.

Nothing else in the project knows file formats; each has its own file in `photo/formats/`.
Everything happens in memory, with no temporary file, program or network, and calls from several
threads do not meet.
"""

from photo.base import Limits, Photo, PhotoError
from photo.decode import read
from photo.display import from_display, to_display
from photo.encode import default_format, losses, remarks, write
from photo.format import Format
from photo.names import folded, output_name, unique_names
from photo.registry import EXTENSIONS, FORMATS, WRITABLE, format_named

__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "WRITABLE",
    "Format",
    "Limits",
    "Photo",
    "PhotoError",
    "default_format",
    "folded",
    "format_named",
    "from_display",
    "losses",
    "output_name",
    "read",
    "remarks",
    "to_display",
    "unique_names",
    "write",
]
