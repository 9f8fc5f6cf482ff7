"""Weight files: one array a variable, by name, in a NumPy archive without pickles.

Released weights are kept in half precision; checkpoints in single.
"""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model.networks import Network
from model.whole import written_whole


def save_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Writes an archive, whole or not at all."""
    with written_whole(path) as beside, beside.open("wb") as file:
        np.savez(file, **arrays)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Reads an archive of `save_arrays`.

    Raises:
        ValueError: There is no such file, it may not be read, or it is cut short, damaged or of
            another kind.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"There is no file {path}.") from None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}.") from error
    try:
        return dict(np.load(io.BytesIO(data), allow_pickle=False).items())
    except (OSError, ValueError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged, or was not written by this project.") from error


def save(net: keras.Model, path: Path, dtype: str = "float32", crops: int = 0) -> None:
    """Writes the network's weights, which network it is, and how many crops it has learnt from."""
    arrays: dict[str, Any] = {v.path: np.asarray(v.numpy()).astype(dtype) for v in net.weights}
    save_arrays(path, {**Network.of(net).arrays(), "crops": crops, **arrays})


def read_network(path: Path) -> Network:
    """Which network a file holds.

    Raises:
        ValueError: It is no weight file of this project.
    """
    return _network(path, load_arrays(path))


def read_crops(path: Path) -> int:
    """How many crops the weights have learnt from; 0 where the file does not say."""
    return int(load_arrays(path).get("crops", 0))


def load(net: keras.Model, path: Path) -> None:
    """Puts a file's weights into a network of the same form.

    Raises:
        ValueError: The file is no weight file, or holds another network.
    """
    arrays = load_arrays(path)
    _network(path, arrays)
    for variable in net.weights:
        if variable.path not in arrays or arrays[variable.path].shape != variable.shape:
            raise ValueError(
                f"{path} holds another network; see --network, --residual, --widths, --down, --up."
            )
    for variable in net.weights:
        variable.assign(arrays[variable.path].astype("float32"))


def _network(path: Path, arrays: dict[str, np.ndarray]) -> Network:
    if "step" in arrays:
        raise ValueError(f"{path} is a checkpoint: give last.npz or best.npz of the same run.")
    try:
        return Network.read(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a weight file of this project.") from error
