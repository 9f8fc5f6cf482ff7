"""A network, its noise, its loss and its optimiser -> what `model.train` trains."""

import keras

from model.recipe import Recipe
from model.synthesis import mixture
from model.training import step
from model.training.devices import Devices
from model.training.muon import ConvMuon

LOSSES = {"log_mse": step.log_mse, "mse": step.mse}
MIXTURES = {"blind": mixture.blind, "white": mixture.white, "original": mixture.original}


def training_model(
    net: keras.Model, recipe: Recipe, real: int, seed: int, on: Devices
) -> step.TrainingModel:
    """The model of a training step, compiled.

    Args:
        net: What is trained, made in `on.scope()`.
        recipe: Its loss, noise and optimiser.
        real: How many real pairs end each batch.
        seed: Of the noise.
        on: Where it runs.
    """
    with on.scope():
        clip = recipe.clip or None
        optimizer: keras.optimizers.Optimizer = (
            ConvMuon(recipe.rate, recipe.ends, recipe.decay, global_clipnorm=clip)
            if recipe.optimizer == "muon"
            else keras.optimizers.Adam(recipe.rate, global_clipnorm=clip)
        )
    corrupt = mixture.with_pairs(MIXTURES[recipe.noise], real)
    return on.training_model(net, corrupt, LOSSES[recipe.loss], seed, optimizer)
