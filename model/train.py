"""Trains the pixel-shuffle U-Net on a folder of photographs.

    python -m model.train --data ffhq/                        # the better recipe, any photographs
    python -m model.train --data ffhq/ --pairs pairs/         # and real noise: gt/ and noisy/
    python -m model.train --data ffhq/ --recipe original      # as the first version was trained
    python -m model.train --data photos/ --weights weights/denoiser.npz   # from the released ones
    python -m model.train --data ffhq/ --out runs/mine --resume           # go on after a stop
    KERAS_BACKEND=jax python -m model.train --data ffhq/      # on JAX, for instance on GPUs

One long schedule, released now and then: keep the rate high, cool a copy down, go on.

    python -m model.train --data ffhq/ --out runs/hot --cool-down 0
    python -m model.train --data ffhq/ --out runs/cool --steps 2000 \\
        --cool-down-from runs/hot/resume.npz
    python -m model.train --data ffhq/ --out runs/hot --cool-down 0 --resume

`--out` (runs/latest) receives best.npz and last.npz (weights), resume.npz, log.csv and curve.png.
Ctrl-C saves before it stops. To use the result: python helper.py --weights runs/latest/last.npz
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

# Before TensorFlow is loaded. By itself it takes these kernels only on processors with AVX-512;
# with AVX2 alone a step took 1.9 s with them, 3.7 s without.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np

from model import weights
from model.recipe import EPOCHS, Recipe, parse
from model.synthesis import mixture
from model.training import devices, step
from model.training.data import Crops, DataError, find_pictures
from model.training.muon import ConvMuon
from model.training.pairs import Pairs
from model.training.runlog import RunLog
from model.training.validate import Validation

HELD_OUT = 32  # pictures to validate with, at most
VALIDATION_SHARE = 0.1
# The loss, a mean of logarithms, may be so much above its lowest in the mean of so many steps (1 is
# 4 dB); above that the run goes back to its last checkpoint with a share of its rate.
TOLERANCE, PATIENCE, SLOWER, LEAST_SHARE = 1.0, 20, 0.7, 0.1
LOSSES = {"log_mse": step.log_mse, "mse": step.mse}
MIXTURES = {"blind": mixture.blind, "white": mixture.white, "original": mixture.original}


def main(argv: list[str] | None = None) -> int:
    """Trains as the command line says; returns the exit code."""
    args = parse(argv, __doc__)
    keras.utils.set_random_seed(args.seed)
    precision = args.precision if args.precision != "auto" else devices.best_precision()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        run = Run(args)
    except (DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    on = f"{run.devices.count} device{'s'[: run.devices.count - 1]} of {keras.backend.backend()}"
    print(f"{precision} on {on}, {run.recipe}")
    try:
        return run.train()
    except (DataError, Diverged) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # the second Ctrl-C
        print("\nStopped at once; the last checkpoint is kept.", file=sys.stderr)
        return 130


class Diverged(Exception):
    """The loss has exploded."""


class CtrlC:
    """Makes the first Ctrl-C a wish, heard between two steps, where what is saved is whole."""

    def __init__(self) -> None:
        self.pressed = False

    def __enter__(self) -> "CtrlC":
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _press(self, *_: object) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True


class Run:
    """A training run: its model, its data, where it stands."""

    def __init__(self, args: argparse.Namespace) -> None:
        recipe: Recipe = args.settings
        pictures, skipped = find_pictures(args.data, 1 if recipe.whole else recipe.side)
        for sentence in skipped:
            print(f"Skipped {sentence}")
        train, held_out = _split(pictures, args.seed, None if recipe.whole else HELD_OUT)
        if not recipe.steps:
            recipe = replace(recipe, steps=-(-EPOCHS * len(train) // recipe.batch))
        print(f"{len(train)} photographs to train on, {len(held_out)} to validate with")
        self.recipe, self.out, self.every = recipe, args.out, args.every
        real = round(recipe.real * recipe.batch) if args.pairs else 0
        self.crops = Crops(
            train,
            recipe.side,
            recipe.batch - real,
            seed=args.seed,
            whole=recipe.whole,
            cache_bytes=int(args.cache * 2**30),
            workers=args.workers,
            pairs=Pairs(args.pairs, recipe.side, real, args.seed) if real else None,
        )
        self.devices = devices.choose(args.devices, recipe.batch)
        with self.devices.scope():
            self.net = recipe.architecture.build(recipe.dropout)
        # Crops that the weights had learnt from before: the data go on after them.
        self.before = 0
        if args.weights:
            weights.load(self.net, args.weights)
            self.before = weights.read_crops(args.weights)
        self.model = _training_model(self.net, recipe, real, args.seed, self.devices)
        # What is validated and saved lives on one device.
        self.copy = self.net
        if self.devices.count > 1:
            self.copy = recipe.architecture.build(recipe.dropout)
        self.average = step.Average(self.net, recipe.average)
        self.validation = Validation(held_out, recipe.side, args.seed, recipe.noise, recipe.whole)
        self.loss = np.inf  # the lowest so far, in the mean of some steps
        self.slower = 1.0  # the share of the rate that divergences have left
        self.step = self.start = 0
        if args.resume:
            self.step = self._restore(self.out / "resume.npz")
        elif args.cool_down_from:
            self.step = self.start = self._restore(args.cool_down_from)
        self.log = RunLog(self.out, until=self.step)

    @property
    def end(self) -> int:
        """The last step."""
        return self.start + self.recipe.steps

    @property
    def seen(self) -> int:
        """Crops learnt from, those of earlier runs included."""
        return self.before + self.step * self.recipe.batch

    def train(self) -> int:
        """Runs to the last step or to Ctrl-C; saves either way.

        Raises:
            DataError: Hardly a picture of the folder can be decoded.
        """
        self._save()  # to go back to, if need be
        feed = self.crops.batches(self.before // self.recipe.batch + self.step)
        try:
            with CtrlC() as ctrl_c:
                while self.step < self.end and not ctrl_c.pressed:
                    try:
                        self._stretch(feed, ctrl_c)
                    except Diverged:
                        self._go_back()
        finally:
            feed.close()  # type: ignore[attr-defined]
        if not ctrl_c.pressed:
            return 0
        self._save()
        print(f"\nStopped and saved at step {self.step}; continue with --resume.")
        return 130

    def _stretch(self, feed: Iterator[np.ndarray], ctrl_c: CtrlC) -> None:
        """Some hundred steps, then a validation, a line in the log and a checkpoint."""
        # To a multiple of `every`, so that a resumed run validates at the steps of an unbroken one.
        steps = min(self.every - self.step % self.every, self.end - self.step)
        bar = keras.utils.Progbar(steps, stateful_metrics=["step"])
        losses: list[float] = []
        waited, began = 0.0, time.perf_counter()
        for i in range(steps):
            if ctrl_c.pressed:
                return
            asked = time.perf_counter()
            crops = next(feed)
            waited += time.perf_counter() - asked
            losses.append(self._one_step(crops))
            if self._diverged(losses):
                raise Diverged
            bar.update(i + 1, [("step", self.step), ("loss", losses[-1])])
        took = time.perf_counter() - began
        row: dict[str, float] = {"step": self.step, "crops": self.seen}
        row["loss"] = float(np.mean(losses))
        row |= {"images_per_s": steps * self.recipe.batch / took, "waiting": waited / took}
        row |= self._validate()
        self.log.add(row)
        print("  ".join(f"{k} {v:.4g}" for k, v in row.items()), flush=True)
        self._save()

    def _diverged(self, losses: list[float]) -> bool:
        """Whether the loss has left what it was, for good."""
        if len(losses) < PATIENCE:
            return not np.isfinite(losses[-1])
        recent = float(np.mean(losses[-PATIENCE:]))
        self.loss = min(self.loss, recent)
        return not recent <= self.loss + TOLERANCE

    def _go_back(self) -> None:
        """To the last checkpoint, with less of the rate; the data go on, so nothing repeats."""
        self.slower *= SLOWER
        if self.slower < LEAST_SHARE:
            raise Diverged("The loss diverges again and again: lower --rate or --ends.")
        at = self.step
        self.step = self._restore(self.out / "resume.npz")
        print(
            f"\nDiverged at step {at}: back to step {self.step}, at {self.slower:.2g} x the rate."
        )

    def _one_step(self, crops: np.ndarray) -> float:
        r = self.recipe
        at = self.step - self.start
        rate = step.learning_rate(at, r.steps, r.rate, r.warm_up, r.cool_down)
        self.model.optimizer.learning_rate = rate * self.slower
        loss = self.devices.train_on_batch(self.model, crops)
        self.step += 1
        self.average.update(at + 1)
        return float(np.asarray(loss).reshape(-1)[0])

    def _validate(self) -> dict[str, float]:
        """Validates the averaged weights and keeps them as best.npz if they are."""
        with self._averaged() as net:
            row = self.validation(net)
            if self.log.is_best(row["psnr"]):
                weights.save(net, self.out / "best.npz", crops=self.seen)
        return row

    @contextmanager
    def _averaged(self) -> Iterator[keras.Model]:
        """The network with its averaged weights, if the recipe averages."""
        own = self.net.get_weights()
        self.copy.set_weights(self.average.values if self.recipe.average else own)
        yield self.copy
        self.net.set_weights(own)

    def _save(self) -> None:
        with self._averaged() as net:
            weights.save(net, self.out / "last.npz", crops=self.seen)
        state = [*self.net.get_weights(), *self.average.values]
        state += [v.numpy() for v in self._other_state()]
        numbered = {str(i): np.asarray(value) for i, value in enumerate(state)}
        weights.save_arrays(
            self.out / "resume.npz", {"step": self.step, "before": self.before, **numbered}
        )

    def _other_state(self) -> list[Any]:
        """The variables that the next step depends on, besides the weights."""
        dropouts = [x for x in self.net.layers if isinstance(x, keras.layers.Dropout)]
        seeds = [self.model.noise_seed, *(layer.seed_generator for layer in dropouts)]
        return [*self.model.optimizer.variables, *(seed.state for seed in seeds)]

    def _restore(self, path: Path) -> int:
        """Takes up a run where it was saved; returns its step."""
        if not path.is_file():
            raise ValueError(f"There is nothing to resume: {path} is missing.")
        saved = weights.load_arrays(path)
        if "step" not in saved:
            raise ValueError(f"{path} is not a checkpoint: give the resume.npz of a run.")
        at, self.before = int(saved.pop("step")), int(saved.pop("before", 0))
        self.slower = min(self.slower, float(saved.pop("slower", 1.0)))
        state = [saved[str(i)] for i in range(len(saved))]
        count, rest = len(self.net.weights), self._other_state()
        shapes = [v.shape for v in (*self.net.weights, *self.net.weights, *rest)]
        if [v.shape for v in state] != [tuple(shape) for shape in shapes]:
            raise ValueError(
                f"{path} was saved with other settings; give the flags of that run again."
            )
        self.net.set_weights(state[:count])
        self.average.values = state[count : 2 * count]
        for variable, value in zip(rest, state[2 * count :], strict=True):
            variable.assign(value)
        return at


def _training_model(
    net: keras.Model, recipe: Recipe, real: int, seed: int, on: devices.Devices
) -> step.TrainingModel:
    corrupt = mixture.with_pairs(MIXTURES[recipe.noise], real)
    with on.scope():
        clip = recipe.clip or None
        optimizer: keras.optimizers.Optimizer = (
            ConvMuon(recipe.rate, recipe.ends, recipe.decay, global_clipnorm=clip)
            if recipe.optimizer == "muon"
            else keras.optimizers.Adam(recipe.rate, global_clipnorm=clip)
        )
    return on.training_model(net, corrupt, LOSSES[recipe.loss], seed, optimizer)


def _split(pictures: list[Any], seed: int, most: int | None) -> tuple[list[Any], list[Any]]:
    """A shuffled split, a tenth or `most` to validate with; a lone picture serves for both."""
    order = np.random.default_rng(seed).permutation(len(pictures))
    held = max(round(VALIDATION_SHARE * len(pictures)), 1)
    held = min(held, most or held)
    return [pictures[i] for i in order[held:]] or pictures, [pictures[i] for i in order[:held]]


if __name__ == "__main__":
    sys.exit(main())
