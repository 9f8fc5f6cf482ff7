"""Weight files: one array a variable, by name, in a NumPy archive without pickles.

Released weights are kept in half precision (27 MB); checkpoints in single.
"""

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np


def save_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Writes an archive so that a crash half-way leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_name(path.name + ".part")
    with half_written.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(half_written, path)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Reads an archive of `save_arrays`.

    Raises:
        ValueError: There is no such file, or it is cut short, damaged or of another kind.
    """
    try:
        with path.open("rb") as file:
            return dict(np.load(file, allow_pickle=False).items())
    except FileNotFoundError:
        raise ValueError(f"There is no file {path}.") from None
    except (OSError, ValueError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged, or no file of this project.") from error


def save(net: keras.Model, path: Path, dtype: str = "float32") -> None:
    """Writes the network's weights and whether it is residual."""
    arrays: dict[str, Any] = {v.path: np.asarray(v.numpy()).astype(dtype) for v in net.weights}
    save_arrays(path, {"residual": is_residual(net), **arrays})


def is_residual(net: keras.Model) -> bool:
    """Whether the network adds its output to its input (see `build_unet`)."""
    return any(layer.name == "residual" for layer in net.layers)


def read_residual(path: Path) -> bool:
    """Which form of the network a file holds.

    Raises:
        ValueError: It is no weight file of this project.
    """
    return bool(_load(path)["residual"])


def load(net: keras.Model, path: Path) -> None:
    """Puts a file's weights into a network of the same form.

    Raises:
        ValueError: The file is no weight file, or holds another network.
    """
    arrays = _load(path)
    for variable in net.weights:
        if variable.path not in arrays or arrays[variable.path].shape != variable.shape:
            raise ValueError(f"{path} does not fit this network: {variable.path} differs.")
    for variable in net.weights:
        variable.assign(arrays[variable.path].astype("float32"))


def _load(path: Path) -> dict[str, np.ndarray]:
    arrays = load_arrays(path)
    if "residual" not in arrays:
        raise ValueError(f"{path} is not a weight file of this project.")
    return arrays
