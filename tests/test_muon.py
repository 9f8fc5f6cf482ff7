"""Muon on convolution kernels."""

import keras
import numpy as np
import pytest
from keras import ops

from model.training.muon import COLUMNS, ConvMuon


def _orthogonal(kernel: np.ndarray) -> np.ndarray:
    return np.asarray(
        ConvMuon(1e-3, 0.03, 0.0).zeropower_via_newtonschulz5(ops.convert_to_tensor(kernel), 5)
    )


def _kernel(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype("float32")


@pytest.mark.parametrize("shape", [(3, 3, 16, 32), (3, 3, 8, 128), (3, 3, 16, 384), (3, 3, 4, 64)])
def test_all_directions_of_a_block_get_nearly_the_same_pace(shape: tuple[int, ...]) -> None:
    rows, filters = 9 * shape[2], shape[3]
    width = min(filters, COLUMNS)
    step = _orthogonal(_kernel(*shape)).reshape(rows, filters) / (0.2 * max(rows, width) ** 0.5)
    for left in range(0, filters, width):
        values = np.linalg.svd(step[:, left : left + width], compute_uv=False)
        assert 0.6 < values.min() < values.max() < 1.3


@pytest.mark.parametrize("filters", [129, 400, 448])
def test_filters_that_do_not_make_whole_blocks_are_taken_too(filters: int) -> None:
    step = _orthogonal(_kernel(1, 1, 16, filters)).reshape(16, filters)
    assert np.isfinite(step).all()
    assert (np.abs(step).max(0) > 0).all()


def test_the_short_way_by_the_gram_matrix_is_keras_own_way() -> None:
    kernel = _kernel(3, 3, 16, 32)
    flat = ops.convert_to_tensor(kernel.reshape(144, 32))
    theirs = np.asarray(keras.optimizers.Muon().zeropower_via_newtonschulz5(flat, 5))
    ours = _orthogonal(kernel).reshape(144, 32) / (0.2 * 144**0.5)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_the_size_of_the_gradient_does_not_matter() -> None:
    kernel = _kernel(3, 3, 16, 32)
    np.testing.assert_allclose(_orthogonal(kernel), _orthogonal(kernel * 1e-3), atol=1e-3)


def test_the_two_ends_and_biases_are_left_to_adam() -> None:
    shapes = {(3, 3, 3, 16): True, (1, 1, 16, 3): True, (16,): True, (3, 3, 16, 16): False}
    shapes |= {(3, 3, 12, 48): True, (3, 3, 48, 12): True, (1, 1, 192, 96): False}
    variables = [keras.Variable(np.ones(shape, "float32")) for shape in shapes]
    optimizer = ConvMuon(1e-3, 0.2, 0.0)
    optimizer.build(variables)
    adam = [velocity is not None for velocity in optimizer.adam_velocities]
    assert adam == list(shapes.values())


def test_adam_goes_at_its_share_of_the_rate() -> None:
    kernels = [keras.Variable(np.ones((1, 1, 3, 16), "float32")) for _ in range(2)]
    for kernel, share in zip(kernels, (1.0, 0.25), strict=True):
        optimizer = ConvMuon(1e-2, adam_share=share, decay=0.0)
        optimizer.build([kernel])
        optimizer.apply([ops.ones((1, 1, 3, 16))])
    moved = [1 - np.asarray(kernel) for kernel in kernels]
    np.testing.assert_allclose(moved[1], 0.25 * moved[0], rtol=1e-4)


def test_a_convolution_is_learnt() -> None:
    keras.utils.set_random_seed(1)
    x = _kernel(4, 24, 24, 16)
    y = ops.conv(x, _kernel(3, 3, 16, 16) * 0.1, padding="same")
    model = keras.Sequential([keras.layers.Conv2D(16, 3, padding="same", use_bias=False)])
    model.compile(optimizer=ConvMuon(0.01, 0.2, 0.0), loss="mse")
    losses = [float(np.asarray(model.train_on_batch(x, y))) for _ in range(100)]
    assert losses[-1] < losses[0] / 20
