"""The network on OpenVINO: less memory than TensorFlow, and on many processors quicker.

With `KERAS_BACKEND=openvino` TensorFlow is not even loaded. Under TensorFlow it is one of the ways
that `inference.engine` times at the start. Keras' own OpenVINO backend would compile anew for every
picture size and move the channels back and forth around each convolution, which takes as long as
the convolutions; here the network is rebuilt once with its channels first, for all sizes.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import openvino
from keras import layers, ops
from openvino import opset15 as nodes

from model.shuffle_unet import GATE_LIMIT, Gate, SpaceToDepth
from model.unet import DepthToSpace

_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x,
    "relu": nodes.relu,
    "sigmoid": nodes.sigmoid,
}
# How many prepared kernels are kept; a tile shape takes 28. The usual 5000 take a megabyte and a
# half for each shape that was ever seen, and make nothing quicker.
_KERNELS = 64
_ONE, _NONE = [1, 1], [0, 0]


def precisions() -> tuple[str, ...]:
    """What this processor computes in by itself; OpenVINO would only imitate the others."""
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("float32", "bfloat16") if "BF16" in able else ("float32",)


def compiled(model: keras.Model, precision: str = "float32") -> Callable[[np.ndarray], np.ndarray]:
    """Makes a network a function, (N, H, W, 3) -> (N, H, W, 3), both float32.

    Args:
        model: In float32, of the layers that our two networks use without dropout; of any backend.
        precision: "float32" or "bfloat16", what the convolutions are computed in.

    Raises:
        ValueError: The network has a layer of another kind.
    """
    batch = nodes.parameter([-1, -1, -1, 3], openvino.Type.f32)
    y = nodes.transpose(_rebuilt(model, nodes.transpose(batch, [0, 3, 1, 2])), [0, 2, 3, 1])
    graph = openvino.Model([nodes.result(y)], [batch], "denoiser")
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "CPU_RUNTIME_CACHE_CAPACITY": _KERNELS,
    }
    network = openvino.compile_model(graph, "CPU", hints)
    return lambda images: network(images)[0]


def _rebuilt(model: keras.Model, x: Any) -> Any:
    """The output for x, (N, 3, H, W)."""
    values = {id(model.inputs[0]): x}
    for layer in model.layers:
        if not isinstance(layer, layers.InputLayer):
            inputs = [values[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
            values[id(layer.output)] = _applied(layer, inputs)
    return values[id(model.outputs[0])]


def _applied(layer: keras.Layer, inputs: list[Any]) -> Any:
    """One layer, channels first."""
    for kind, apply in _LAYERS.items():
        if isinstance(layer, kind):
            return apply(layer, *inputs)
    raise ValueError(f"OpenVINO does not know this layer. Received: layer={layer.name}")


def _pooled(layer: layers.MaxPooling2D, x: Any) -> Any:
    size = list(layer.pool_size)
    return nodes.max_pool(x, size, _ONE, _NONE, _NONE, size).output(0)


def _gated(layer: Gate, x: Any) -> Any:
    a, b = nodes.split(x, 1, 2).outputs()
    return nodes.multiply(nodes.clamp(a, -GATE_LIMIT, GATE_LIMIT), nodes.sigmoid(b))


def _convolved(layer: layers.Conv2D, x: Any) -> Any:
    """Odd kernels at stride 1, the edges padded with zeros."""
    kernel = np.transpose(ops.convert_to_numpy(layer.kernel), (3, 2, 0, 1))
    bias = ops.convert_to_numpy(layer.bias).reshape(1, -1, 1, 1)
    edge = [side // 2 for side in layer.kernel_size]
    y = nodes.convolution(x, np.ascontiguousarray(kernel), _ONE, edge, edge, _ONE)
    return _ACTIVATIONS[layer.activation.__name__](nodes.add(y, bias))


# Both shuffles order the channels as Keras does: first all of the upper left pixel.
_LAYERS: dict[type, Callable[..., Any]] = {
    layers.Conv2D: _convolved,
    layers.MaxPooling2D: _pooled,
    layers.Concatenate: lambda layer, *inputs: nodes.concat(list(inputs), 1),
    layers.Add: lambda layer, a, b: nodes.add(a, b),
    DepthToSpace: lambda layer, x: nodes.depth_to_space(x, "blocks_first", 2),
    SpaceToDepth: lambda layer, x: nodes.space_to_depth(x, "blocks_first", 2),
    Gate: _gated,
}
