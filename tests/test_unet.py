"""model/unet.py: the network's form."""

import keras
import numpy as np
import pytest

from model.unet import MULTIPLE_OF, build_unet


@pytest.mark.parametrize("residual", [True, False])
def test_parameter_count(residual: bool) -> None:
    assert build_unet(residual=residual).count_params() == 13_361_747


def test_deepest_features_are_a_32nd_of_the_sides_with_512_channels() -> None:
    net = build_unet()
    bottom = keras.Model(net.input, net.get_layer("bottom_conv2").output)
    assert bottom.compute_output_shape((1, 512, 512, 3)) == (1, 16, 16, 512)


def test_fresh_residual_network_is_the_identity() -> None:
    x = np.random.default_rng(0).normal(0.5, 1, (2, 64, 96, 3)).astype("float32")
    assert np.array_equal(build_unet()(x), x)


def test_first_version_ends_in_a_sigmoid() -> None:
    x = np.random.default_rng(0).normal(0.5, 3, (1, 32, 32, 3)).astype("float32")
    y = np.asarray(build_unet(4, residual=False)(x))
    assert 0 <= y.min() < y.max() <= 1


@pytest.mark.parametrize("sides", [(32, 32), (64, 160), (224, 32)])
def test_output_has_the_input_s_sides(sides: tuple[int, int]) -> None:
    x = np.zeros((2, *sides, 3), "float32")
    assert build_unet(4)(x).shape == (2, *sides, 3)


def test_other_sides_are_refused() -> None:
    with pytest.raises(Exception, match=r"(?i)shape|dimension"):
        build_unet(4)(np.zeros((1, MULTIPLE_OF + 1, MULTIPLE_OF, 3), "float32"))


def test_no_dropout_leaves_the_layers_out() -> None:
    def dropouts(rate: float) -> int:
        layers = build_unet(4, dropout=rate).layers
        return sum(isinstance(layer, keras.layers.Dropout) for layer in layers)

    assert (dropouts(0.1), dropouts(0.0)) == (5, 0)


def test_an_output_value_sees_280_pixels_far() -> None:
    net = build_unet(4, residual=False)
    one = np.random.default_rng(0).random((1, 32, 384, 3)).astype("float32")
    other, at = one.copy(), 2  # where in its 32 pixels a value reaches furthest to the right
    other[:, :, at] = 1 - other[:, :, at]
    changed = np.asarray(net(one)) != np.asarray(net(other))
    columns = np.flatnonzero(changed.any((0, 1, 3)))
    assert columns.max() - at == 280


def test_mixed_precision_keeps_pictures_in_single() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        net = build_unet(4)
    finally:
        keras.config.set_dtype_policy("float32")
    assert net.get_layer("down0_conv1").compute_dtype == "bfloat16"
    x = np.full((1, 32, 32, 3), 0.123456, "float32")
    assert np.array_equal(net(x), x)
