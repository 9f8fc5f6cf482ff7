"""model/inference/mirrored.py: the mean of four mirrored results."""

import numpy as np

from model.inference.mirrored import mirrored


def test_what_is_wrong_in_one_direction_cancels() -> None:
    tile = np.random.default_rng(0).random((16, 24, 3), "float32")
    seen: list[np.ndarray] = []

    def slanted(x: np.ndarray) -> np.ndarray:
        """Brightens to the right and to the bottom."""
        seen.append(x)
        rows, columns = (np.linspace(-0.1, 0.1, side, dtype="float32") for side in x.shape[:2])
        return x + rows[:, None, None] + columns[None, :, None]

    clean = mirrored(slanted)(tile)
    assert clean.dtype == np.float32
    assert np.allclose(clean, tile, atol=1e-6)
    assert len(seen) == 4
    assert all(x.shape == tile.shape for x in seen)
