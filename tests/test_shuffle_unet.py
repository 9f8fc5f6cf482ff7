"""model/shuffle_unet.py: the second network's form."""

import keras
import numpy as np
import pytest

from model.networks import Network
from model.shuffle_unet import GATE_LIMIT, Gate, SpaceToDepth, build_shuffle_unet
from model.unet import DepthToSpace

SMALL = Network(widths=(8, 16), down=(1, 1), up=(1,))


def _busy(network: Network) -> keras.Model:
    """Random weights, so that every one counts."""
    net, random = network.build(), np.random.default_rng(0)
    net.set_weights([random.normal(0, 0.1, w.shape) for w in net.get_weights()])
    return net


def test_parameter_count() -> None:
    assert build_shuffle_unet().count_params() == 1_615_852


def test_the_bottom_is_an_eighth_of_the_sides_with_128_channels() -> None:
    net = build_shuffle_unet()
    bottom = keras.Model(net.input, net.get_layer("down2_block2_add").output)
    assert bottom.compute_output_shape((1, 512, 512, 3)) == (1, 64, 64, 128)


def test_a_fresh_network_is_the_identity() -> None:
    x = np.random.default_rng(0).normal(0.5, 1, (2, 24, 40, 3)).astype("float32")
    assert np.array_equal(build_shuffle_unet()(x), x)


def test_unshuffling_and_shuffling_lose_nothing() -> None:
    x = np.random.default_rng(0).random((2, 6, 8, 5)).astype("float32")
    assert np.array_equal(DepthToSpace()(SpaceToDepth()(x)), x)


def test_the_gate_lets_half_of_an_open_channel_through() -> None:
    x = np.concatenate([np.full((1, 2, 2, 3), 0.8), np.zeros((1, 2, 2, 3))], -1).astype("float32")
    assert np.allclose(Gate()(x), 0.4)


def test_no_value_passes_a_gate_above_its_limit() -> None:
    x = np.full((1, 2, 2, 6), 1e6, "float32") * np.array([1, -1, 1, 1, 1, 1], "float32")
    assert np.abs(Gate()(x)).max() == GATE_LIMIT


@pytest.mark.parametrize("sides", [(4, 4), (12, 20)])
def test_output_has_the_input_s_sides(sides: tuple[int, int]) -> None:
    assert _busy(SMALL)(np.zeros((2, *sides, 3), "float32")).shape == (2, *sides, 3)


@pytest.mark.parametrize(
    "wrong", [{"widths": (8, 16, 32)}, {"down": (1,)}, {"up": ()}, {"widths": (7, 16)}]
)
def test_numbers_that_do_not_fit_together_are_refused(wrong: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="widths="):
        build_shuffle_unet(**{"widths": (8, 16), "down": (1, 1), "up": (1,), **wrong})


def test_a_model_describes_itself() -> None:
    for network in (SMALL, Network(), Network("first", residual=False)):
        assert Network.of(network.build()) == network


def test_mixed_precision_keeps_the_picture_and_both_ends_in_single() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        net = SMALL.build()
    finally:
        keras.config.set_dtype_policy("float32")
    assert net.get_layer("down0_block0_conv1").compute_dtype == "bfloat16"
    assert net.get_layer("first").compute_dtype == "float32"
    x = np.full((1, 8, 8, 3), 0.123456, "float32")
    assert np.array_equal(net(x), x)
