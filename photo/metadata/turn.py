"""Where a place in the stored picture lies once the picture is upright."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """How the picture is made upright. orientation: EXIF's 1-8. stored: width, height before."""

    orientation: int
    stored: tuple[int, int]

    @property
    def swaps(self) -> bool:
        """Width and height change places."""
        return self.orientation >= 5

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height after."""
        return self.stored[::-1] if self.swaps else self.stored

    def point(self, x: float, y: float, size: tuple[float, float] = (1, 1)) -> tuple[float, float]:
        """A point of a stored picture of this width and height, in the upright one."""
        width, height = size
        if self.swaps:
            x, y, width, height = y, x, height, width
        if self.orientation in (2, 3, 6, 7):
            x = width - x
        if self.orientation in (3, 4, 7, 8):
            y = height - y
        return x, y

    def area(self, values: list[float], size: tuple[float, float]) -> list[float]:
        """EXIF's subject area: the middle's x and y, then a diameter, or a width and height."""
        x, y = self.point(values[0], values[1], size)
        rest = values[2:]
        return [x, y, *(rest[::-1] if self.swaps else rest)]
