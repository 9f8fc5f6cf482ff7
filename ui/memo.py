"""The last few pictures that the child decoded, within a bound on memory."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from photo import Photo

LIMIT = 160_000_000  # bytes of pixels: one picture of 48 megapixels in 8 bits


class Memo:
    """Finds a decoded picture again by its file's bytes. For one thread."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._photos: OrderedDict[bytes, Photo] = OrderedDict()

    def get(self, data: bytes, read: Callable[[], Photo]) -> Photo:
        """The picture of this file; by `read` unless it is held. Nobody may change its arrays."""
        key = hashlib.blake2b(data, digest_size=16).digest()
        if key not in self._photos:
            self._photos[key] = read()
        self._photos.move_to_end(key)
        photo = self._photos[key]
        while self._photos and sum(map(_size, self._photos.values())) > self._limit:
            self._photos.popitem(last=False)
        return photo

    def clear(self) -> None:
        self._photos.clear()


def _size(photo: Photo) -> int:
    return photo.pixels.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes)
