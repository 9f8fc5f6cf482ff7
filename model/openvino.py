"""The network on OpenVINO (`KERAS_BACKEND=openvino`): half of TensorFlow's memory, no TensorFlow.

Keras' own way, `predict_on_batch`, compiles anew for every picture size and moves the channels back
and forth around each convolution, which takes as long as the convolutions. Here the network is
traced once with its channels first and compiled once for all sizes.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import openvino
from keras import layers, ops
from openvino import opset15 as nodes

from model.unet import DepthToSpace

_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
_FIRST = "channels_first"


def compiled(model: keras.Model, precision: str = "float32") -> Callable[[np.ndarray], np.ndarray]:
    """Makes a network a function, (N, H, W, 3) -> (N, H, W, 3), both float32.

    Args:
        model: In float32, of the layers that `build_unet` uses without dropout.
        precision: "float32" or "bfloat16", what the convolutions are computed in.

    Raises:
        ValueError: The network has a layer of another kind.
    """
    batch = nodes.parameter([-1, -1, -1, 3], openvino.Type.f32)
    tensor = type(ops.convert_to_tensor(0.0))  # Keras' wrapper around OpenVINO's nodes
    x = ops.transpose(tensor(batch.output(0)), (0, 3, 1, 2))
    y = ops.transpose(_traced(model, x), (0, 2, 3, 1))
    graph = openvino.Model([nodes.result(y.output)], [batch], "denoiser")
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": _PRECISIONS[precision]}
    network = openvino.compile_model(graph, "CPU", hints)
    return lambda images: network(images)[0]


def _traced(model: keras.Model, x: Any) -> Any:
    """The output for x, (N, 3, H, W).

    Not by `clone_model`: the layers' `get_config` imports TensorFlow wherever it is installed.
    """
    values = {id(model.inputs[0]): x}
    for layer in model.layers:
        if not isinstance(layer, layers.InputLayer):
            inputs = [values[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
            values[id(layer.output)] = _applied(layer, inputs)
    return values[id(model.outputs[0])]


def _applied(layer: keras.Layer, inputs: list[Any]) -> Any:
    """One layer, channels first."""
    x = inputs[0]
    if isinstance(layer, layers.Conv2D):
        y = ops.conv(x, layer.kernel, padding=layer.padding, data_format=_FIRST)
        return layer.activation(y + ops.reshape(layer.bias, (1, layer.filters, 1, 1)))
    if isinstance(layer, layers.MaxPooling2D):
        return ops.max_pool(x, layer.pool_size, padding=layer.padding, data_format=_FIRST)
    if isinstance(layer, DepthToSpace):
        return ops.depth_to_space(x, 2, data_format=_FIRST)
    if isinstance(layer, layers.Concatenate):
        return ops.concatenate(inputs, axis=1)
    if isinstance(layer, layers.Add):
        return ops.add(*inputs)
    raise ValueError(f"OpenVINO does not know this layer. Received: layer={layer.name}")
