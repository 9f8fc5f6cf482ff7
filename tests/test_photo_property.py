"""Any picture goes out and comes in again in the same shape and type, and exact if lossless."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import photo

sides = st.integers(1, 40)


@st.composite
def photos(draw: st.DrawFn) -> photo.Photo:
    """A photo of any size, depth, grey or not, with alpha or not."""
    shape = (draw(sides), draw(sides))
    dtype = draw(st.sampled_from([np.uint8, np.uint16, np.float32]))
    values = st.floats(0, 1, width=32) if dtype == np.float32 else None
    grey, clear = draw(st.booleans()), draw(st.booleans())
    colours = draw(arrays.arrays(dtype, (*shape, 1 if grey else 3), elements=values))
    alpha = draw(arrays.arrays(dtype, shape, elements=values)) if clear else None
    return photo.Photo(np.repeat(colours, 3, 2) if grey else colours, alpha, grey)


def same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.dtype == other.dtype and np.array_equal(one, other)


@settings(max_examples=150, deadline=None)
@given(photos())
def test_tiff_gives_back_any_photo(source: photo.Photo) -> None:
    result = photo.read(photo.write(source, "TIFF"))
    assert same(result.pixels, source.pixels)
    assert same(result.alpha, source.alpha)
    assert result.grey == source.grey


@settings(max_examples=150, deadline=None)
@given(photos())
def test_png_gives_back_any_photo_of_whole_numbers(source: photo.Photo) -> None:
    result = photo.read(photo.write(source, "PNG"))
    if source.pixels.dtype != np.float32:
        assert same(result.pixels, source.pixels)
        assert same(result.alpha, source.alpha)
    assert result.pixels.shape == source.pixels.shape
    assert result.grey == source.grey


@settings(max_examples=40, deadline=None)
@given(photos(), st.sampled_from(["JPEG", "WEBP", "AVIF", "BMP"]))
def test_lossy_formats_keep_the_shape(source: photo.Photo, format: str) -> None:
    result = photo.read(photo.write(source, format))
    assert result.pixels.shape == source.pixels.shape
    deep = format == "AVIF" and source.pixels.dtype != np.uint8
    assert result.pixels.dtype == (np.uint16 if deep else np.uint8)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"II*\0", b"BM", b"GIF89a", b""]))
def test_any_bytes_are_a_photo_or_a_photo_error(body: bytes, start: bytes) -> None:
    try:
        result = photo.read(start + body)
    except photo.PhotoError as error:
        assert str(error).endswith(".")
    else:
        assert result.pixels.ndim == 3


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_batch_names_are_safe_and_unique(names: list[str]) -> None:
    result = photo.unique_names(photo.output_name(name, "PNG") for name in names)
    assert len({name.casefold() for name in result}) == len(names)
    for name in result:
        assert name.endswith(".png")
        assert not set(name) & set('/\\\0<>:"|?*\n\r')
        assert len(name.encode()) < 200
