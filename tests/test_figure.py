"""model/figure.py: what the About page draws and says is what the models are."""

from pathlib import Path
from xml.etree import ElementTree

import keras
import numpy as np
import pytest

from model import figure
from model.networks import Network

UI = Path(__file__).parents[1] / "ui"
SMALL = Network(widths=(8, 16), down=(1, 2), up=(3,))


def test_the_shipped_files_are_those_of_the_models(tmp_path: Path) -> None:
    figure.write(tmp_path)
    for name in ("network.svg", "networks.json"):
        assert (tmp_path / name).read_text("utf-8") == (UI / name).read_text("utf-8")


def test_numbers_of_the_first_network() -> None:
    found = figure.numbers(Network("first").build())
    assert found["parameters"] == 13_361_747
    assert found["reach"] == 280


def test_multiplications_of_a_single_convolution() -> None:
    image = keras.Input((None, None, 3))
    net = keras.Model(image, keras.layers.Conv2D(8, 3, padding="same")(image))
    assert figure.numbers(net)["multiplications"] == 3 * 3 * 3 * 8


def test_nothing_beyond_the_reach_changes_the_result() -> None:
    net, random = SMALL.build(), np.random.default_rng(0)
    net.set_weights([random.normal(0, 0.3, w.shape) for w in net.get_weights()])
    reach, middle = figure.numbers(net)["reach"], 64
    picture = random.random((1, 128, 128, 3)).astype("float32")
    changed = picture.copy()
    changed[0, middle, middle] += 1
    rows = np.nonzero((np.asarray(net(changed)) != np.asarray(net(picture))).any((0, 2, 3)))[0]
    assert reach // 2 < max(middle - rows[0], rows[-1] - middle) <= reach


def test_stages_are_the_models_own() -> None:
    drawn = [(stage.side, stage.channels, stage.blocks) for stage in figure.stages(SMALL.build())]
    assert drawn == [(512, 3, 1), (256, 8, 1), (128, 16, 2), (256, 8, 3), (512, 3, 1)]


@pytest.mark.parametrize("name", ["first", "second"])
def test_every_block_is_a_bar_inside_the_drawing(name: str) -> None:
    model = Network(name).build()
    svg = ElementTree.fromstring(figure.draw([model]))
    bars = [each for each in svg.iter("{http://www.w3.org/2000/svg}rect") if each.get("rx") == "4"]
    assert len(bars) == sum(stage.blocks for stage in figure.stages(model))
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    assert all(0 < float(bar.get("x", 0)) < width for bar in bars)
    assert all(0 < float(bar.get("y", 0)) < height - 60 for bar in bars)
