"""Trains the denoiser on a folder of photographs.

    python -m model.train --data ffhq/                        # the better recipe, any photographs
    python -m model.train --data ffhq/ --pairs pairs/         # and real noise: gt/ and noisy/
    python -m model.train --data ffhq/ --recipe original      # as the first version was trained
    python -m model.train --data photos/ --weights weights/denoiser.npz   # from the released ones
    python -m model.train --data ffhq/ --out runs/mine --resume           # go on after a stop
    KERAS_BACKEND=jax python -m model.train --data ffhq/      # on JAX, for instance on GPUs

One long schedule, released now and then: keep the rate high, cool a copy down, go on.

    python -m model.train --data ffhq/ --out runs/hot --cool-down 0
    python -m model.train --data ffhq/ --out runs/cool-1 --steps 2000 \\
        --cool-down-from runs/hot/resume.npz
    python -m model.train --data ffhq/ --out runs/hot --resume

`--out` (runs/latest) receives best.npz and last.npz (weights), resume.npz, log.csv and curve.png.
Ctrl-C saves before it stops. To use the result:

    python helper.py photos/ -o denoised/ --weights runs/latest/last.npz
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

# Before TensorFlow is loaded. By itself it takes these kernels only on processors with AVX-512;
# with AVX2 alone a step took 1.9 s with them, 3.7 s without.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np

from model import weights
from model.recipe import EPOCHS, Recipe, parse
from model.training import checkpoint, devices, feed, step
from model.training.assembly import training_model
from model.training.checkpoint import Checkpoint, Progress
from model.training.ctrl_c import CtrlC
from model.training.data import DataError, find_pictures
from model.training.divergence import Watch
from model.training.feed import counted
from model.training.runlog import RunLog
from model.training.validate import Validation

SLOWER, LEAST_SHARE = 0.7, 0.1  # of the rate: by how much a divergence lowers it, and how far
CHECKPOINT = "resume.npz"


def main(argv: list[str] | None = None) -> int:
    """Trains as the command line says; returns the exit code."""
    args = parse(argv, __doc__)
    if keras.backend.backend() in ("openvino", "numpy"):
        print("Training needs KERAS_BACKEND=tensorflow or jax.", file=sys.stderr)
        return 2
    keras.utils.set_random_seed(args.seed)
    precision = args.precision if args.precision != "auto" else devices.best_precision()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        run = _prepared(args)
        on = f"{counted(run.devices.count, 'device')} ({keras.backend.backend()})"
        print(f"{precision} on {on}, {run.recipe}")
        return run.train()
    except (DataError, Refused, Diverged) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, or a folder that must not be written to
        print(f"{error.filename or args.out}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # the second Ctrl-C, or one before the first step
        print("\nStopped at once; no new checkpoint was saved.", file=sys.stderr)
        return 130


class Refused(Exception):
    """The arguments do not fit each other, or what is there already."""


class Diverged(Exception):
    """The loss has exploded."""


class Run:
    """A training run: its model, its data, where it stands.

    Raises:
        DataError: There is nothing to learn from.
        ValueError: The arguments do not fit each other, or what is there already.
        OSError: `args.out` cannot be written to.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        _keep_what_is_there(args)
        if saved := _to_go_on_from(args):
            args = saved.take_up(args)
        recipe: Recipe = args.settings
        pictures, skipped = find_pictures(args.data, 1 if recipe.whole else recipe.side)
        for sentence in skipped:
            print(f"Skipped {sentence}")
        train, held_out = feed.split(pictures, args)
        if not recipe.steps:
            recipe = replace(recipe, steps=-(-EPOCHS * len(train) // recipe.batch))
        print(f"{len(train)} photographs to train on, {len(held_out)} to validate with")
        self.recipe, self.seed, self.out, self.every = recipe, args.seed, args.out, args.every
        self.devices = devices.choose(args.devices, recipe.batch)
        real = feed.pairs_a_step(args, self.devices.count)
        self.pairs, self.crops = bool(real), feed.crops(train, args, real)
        with self.devices.scope():
            self.net = recipe.architecture.build(recipe.dropout)
        self.at = Progress()
        if args.weights:
            weights.load(self.net, args.weights)
            self.at.seen = weights.read_crops(args.weights)
            self.at.fed = self.at.seen // recipe.batch  # the data go on after theirs
        self.model = training_model(self.net, recipe, real, args.seed, self.devices)
        # What is validated and saved lives on one device.
        self.copy = self.net
        if self.devices.count > 1:
            self.copy = recipe.architecture.build(recipe.dropout)
        self.average = step.Average(self.net, recipe.average)
        self.validation = Validation(held_out, recipe.side, args.seed, recipe.noise, recipe.whole)
        self.watch = Watch(recipe.batch)
        if saved:
            self._restore(saved)
            if not args.resume:
                self.at.start = self.at.step
        self.log = RunLog(self.out, until=self.at.step if args.resume else 0)

    @property
    def end(self) -> int:
        """The last step."""
        return self.at.start + self.recipe.steps

    def train(self) -> int:
        """Runs to the last step or to Ctrl-C; saves either way.

        Raises:
            DataError: Hardly a picture of the folder can be decoded.
            Diverged: The loss explodes at lower and lower rates.
            OSError: `out` cannot be written to.
        """
        if self.at.step >= self.end:
            print(f"This run has finished its {self.recipe.steps} steps; raise --steps to go on.")
            return 0
        self._save()  # to go back to, if need be
        batches = self.crops.batches(self.at.fed)
        try:
            with CtrlC() as ctrl_c:
                while self.at.step < self.end and not ctrl_c.pressed:
                    try:
                        self._stretch(batches, ctrl_c)
                    except Diverged:
                        self._go_back()
        finally:
            batches.close()
        if self.at.step >= self.end:
            return 0
        self._save()
        print(f"\nStopped and saved at step {self.at.step}; continue with --resume.")
        return 130

    def _stretch(self, batches: Iterator[np.ndarray], ctrl_c: CtrlC) -> None:
        """Up to `every` steps, then a validation, a line in the log and a checkpoint."""
        # To a multiple of `every`, so that a resumed run validates at the steps of an unbroken one.
        at = self.at
        steps = min(self.every - at.step % self.every, self.end - at.step)
        bar = keras.utils.Progbar(steps, stateful_metrics=["step"])
        losses: list[float] = []
        waited, began = 0.0, time.perf_counter()
        for i in range(steps):
            if ctrl_c.pressed:
                return
            asked = time.perf_counter()
            crops = next(batches)
            at.fed += 1
            waited += time.perf_counter() - asked
            losses.append(self._one_step(crops))
            if self.watch.diverged(losses[-1]):
                raise Diverged
            bar.update(i + 1, [("step", at.step), ("loss", losses[-1])])
        took = time.perf_counter() - began
        row: dict[str, float] = {"step": at.step, "crops": at.seen}
        row["loss"] = float(np.mean(losses))
        row |= {"images_per_s": steps * self.recipe.batch / took, "waiting": waited / took}
        row |= self._validate()
        self.log.add(row)
        print("  ".join(f"{k} {v:.4g}" for k, v in row.items()), flush=True)
        self._save()

    def _go_back(self) -> None:
        """To the last checkpoint, with less of the rate; the data go on, so nothing repeats."""
        slower = self.at.slower * SLOWER
        if slower < LEAST_SHARE:
            raise Diverged("The loss keeps diverging: lower --rate or --ends.")
        at, fed = self.at.step, self.at.fed
        self._restore(checkpoint.read(self.out / CHECKPOINT, self.recipe.batch))
        self.at.slower, self.at.fed = slower, fed
        self.watch.start_again()
        print(f"\nDiverged at step {at}: back to step {self.at.step}, at {slower:.2g} x the rate.")

    def _one_step(self, crops: np.ndarray) -> float:
        r = self.recipe
        done = self.at.step - self.at.start
        rate = step.learning_rate(done, r.steps, r.rate, r.warm_up, r.cool_down)
        self.model.optimizer.learning_rate = rate * self.at.slower
        loss = self.devices.train_on_batch(self.model, crops)
        self.at.step += 1
        self.at.seen += r.batch
        self.average.update(done + 1)
        return float(np.asarray(loss).reshape(-1)[0])

    def _validate(self) -> dict[str, float]:
        """Validates the averaged weights; saves them as best.npz if none before were better."""
        with self._averaged() as net:
            row = self.validation(net)
            if self.log.is_best(row["psnr"]):
                weights.save(net, self.out / "best.npz", crops=self.at.seen)
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
            weights.save(net, self.out / "last.npz", crops=self.at.seen)
        state = [*self.net.get_weights(), *self.average.values]
        state += [v.numpy() for v in self._other_state()]
        path = self.out / CHECKPOINT
        checkpoint.save(path, self.at, self.recipe, state, self.seed, self.pairs)

    def _other_state(self) -> list[Any]:
        """The variables that the next step depends on, besides the weights."""
        dropouts = [x for x in self.net.layers if isinstance(x, keras.layers.Dropout)]
        seeds = [self.model.noise_seed, *(layer.seed_generator for layer in dropouts)]
        return [*self.model.optimizer.variables, *(seed.state for seed in seeds)]

    def _restore(self, saved: Checkpoint) -> None:
        """Takes up a run where it was saved."""
        count, rest = len(self.net.weights), self._other_state()
        shapes = [v.shape for v in (*self.net.weights, *self.net.weights, *rest)]
        if [v.shape for v in saved.arrays] != [tuple(shape) for shape in shapes]:
            raise ValueError(
                f"{saved.path} was saved with other settings; give the flags of that run again."
            )
        self.at = saved.progress
        self.net.set_weights(saved.arrays[:count])
        self.average.values = saved.arrays[count : 2 * count]
        for variable, value in zip(rest, saved.arrays[2 * count :], strict=True):
            variable.assign(value)


def _prepared(args: argparse.Namespace) -> Run:
    """Raises Refused where the run cannot be had, and as `Run` does for the rest."""
    try:
        return Run(args)
    except ValueError as error:
        raise Refused(str(error)) from error


def _to_go_on_from(args: argparse.Namespace) -> Checkpoint | None:
    """What the run goes on from, if not from nothing."""
    path = args.out / CHECKPOINT if args.resume else args.cool_down_from
    return checkpoint.read(path, args.settings.batch) if path else None


def _keep_what_is_there(args: argparse.Namespace) -> None:
    """Without --resume a run starts at once to write its own checkpoint."""
    if not args.resume and (args.out / CHECKPOINT).exists():
        raise ValueError(
            f"{args.out} holds a run already. Continue it with --resume, or give another --out."
        )


if __name__ == "__main__":
    sys.exit(main())
