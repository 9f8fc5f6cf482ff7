"""model/weights.py: weight files."""

from pathlib import Path

import keras
import numpy as np
import pytest

from model import release, weights
from model.networks import Network
from model.shuffle_unet import build_shuffle_unet
from model.unet import build_unet


def _net(residual: bool = True, n_filters: int = 4, dropout: float = 0.0) -> keras.Model:
    """A small network; its last convolution is not zero, so that every weight counts."""
    net = build_unet(n_filters, dropout, residual=residual)
    random = np.random.default_rng(3)
    net.set_weights([random.normal(0, 0.1, w.shape) for w in net.get_weights()])
    return net


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    weights.save(_net(), tmp_path / "deep" / "net.npz")
    return tmp_path / "deep" / "net.npz"


def test_a_file_brings_every_weight_back(saved: Path) -> None:
    net = build_unet(4, 0.0)
    weights.load(net, saved)
    for one, other in zip(net.get_weights(), _net().get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_half_precision_takes_half_the_space_and_is_close(saved: Path, tmp_path: Path) -> None:
    half, net = tmp_path / "half.npz", build_unet(4, 0.0)
    weights.save(_net(), half, "float16")
    weights.load(net, half)
    assert half.stat().st_size < 0.7 * saved.stat().st_size
    for one, other in zip(net.get_weights(), _net().get_weights(), strict=True):
        assert np.allclose(one, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("residual", [True, False])
def test_a_file_says_which_form_it_holds(residual: bool, tmp_path: Path) -> None:
    weights.save(_net(residual), tmp_path / "net.npz")
    assert weights.read_network(tmp_path / "net.npz") == Network("first", residual=residual)


def test_the_second_network_comes_back_with_its_widths_and_blocks(tmp_path: Path) -> None:
    network = Network(widths=(8, 16), down=(1, 2), up=(0,))
    weights.save(network.build(), tmp_path / "net.npz", crops=640)
    assert weights.read_network(tmp_path / "net.npz") == network
    assert weights.read_crops(tmp_path / "net.npz") == 640


def test_the_first_version_s_files_name_no_network(saved: Path) -> None:
    arrays = weights.load_arrays(saved)
    weights.save_arrays(saved, {k: v for k, v in arrays.items() if k not in ("network", "crops")})
    assert weights.read_network(saved) == Network("first")


def test_a_network_of_a_later_version_is_refused(saved: Path) -> None:
    weights.save_arrays(saved, {**weights.load_arrays(saved), "network": "third"})
    with pytest.raises(ValueError, match="is not a weight file"):
        weights.read_network(saved)


def test_a_checkpoint_is_told_from_weights(saved: Path) -> None:
    weights.save_arrays(saved, {"network": "second", "widths": "8-16", "step": 3})
    with pytest.raises(ValueError, match=r"net\.npz is a checkpoint: give last\.npz"):
        weights.read_network(saved)


@pytest.mark.parametrize(("trained", "used"), [(0.1, 0.0), (0.0, 0.1)])
def test_dropout_does_not_matter(trained: float, used: float, tmp_path: Path) -> None:
    before, after = _net(dropout=trained), build_unet(4, used)
    weights.save(before, tmp_path / "net.npz")
    weights.load(after, tmp_path / "net.npz")
    assert all(map(np.array_equal, before.get_weights(), after.get_weights()))


def test_saving_leaves_nothing_but_the_file(saved: Path) -> None:
    assert [path.name for path in saved.parent.iterdir()] == ["net.npz"]


@pytest.mark.parametrize("net", [_net(residual=False), _net(n_filters=8)], ids=["form", "size"])
def test_another_network_is_refused_and_left_as_it_was(net: keras.Model, saved: Path) -> None:
    before = net.get_weights()
    with pytest.raises(ValueError, match="holds another network"):
        weights.load(net, saved)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ValueError, match=r"There is no file nowhere\.npz"):
        weights.read_network(Path("nowhere.npz"))


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def _one_byte_changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


def _another_archive(path: Path) -> None:
    np.savez(path, something=np.zeros(3))


def _one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _words(path: Path) -> None:
    path.write_text("no weights at all")


@pytest.mark.parametrize(
    "spoil", [_cut_short, _one_byte_changed, _another_archive, _one_array, _words]
)
def test_what_is_no_weight_file_is_named(spoil, saved: Path) -> None:  # type: ignore[no-untyped-def]
    spoil(saved)
    with pytest.raises(ValueError, match=r"net\.npz is"):
        weights.load(build_unet(4, 0.0), saved)


def test_what_may_not_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=": Is a directory"):
        weights.read_network(tmp_path)


def test_weights_that_cannot_be_written_leave_nothing_behind(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "released.npz"
    place.mkdir()
    before = set(tmp_path.iterdir())
    with pytest.raises(OSError, match=r"released\.npz"):
        weights.save(_net(), place)
    assert set(tmp_path.iterdir()) == before


def test_a_release_still_says_how_much_it_has_learnt(tmp_path: Path) -> None:
    weights.save(build_shuffle_unet(), tmp_path / "last.npz", crops=4321)
    assert release.main([str(tmp_path / "last.npz"), str(tmp_path / "released.npz")]) == 0
    assert weights.read_crops(tmp_path / "released.npz") == 4321
