"""Run the members of one role, one at a time, within the time left, and combine what they say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain, combinations
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.errors import ModelError
from shared.limits import Deadline
from shared.manifest import Weights
from shared.model import OnnxModel
from shared.sliding_window import sliding_window
from shared.spec import Precision, Spec, Windows
from shared.steps import step

log = logging.getLogger(__name__)

Array = NDArray[np.float32]
# Positions of the axes in a tensor (1, c, z, y, x).
_AXIS = {"z": 2, "y": 3, "x": 4}


class Members:
    """The networks of one role.

    A single member stays loaded for the next case; members of an ensemble are streamed, so that
    memory does not grow with their number.

    Parameters
    ----------
    weights : Weights
        The verified files.
    threads : int
        Processors to use.
    precision : str
        Wanted arithmetic.
    """

    def __init__(self, weights: Weights, *, threads: int, precision: Precision = "float32") -> None:
        self._weights, self._threads, self._precision = weights, threads, precision
        self._kept: OnnxModel | None = None

    def __iter__(self) -> Iterator[OnnxModel]:
        """Yield each member, loading it when its turn comes.

        Raises
        ------
        ModelError
            If a file is not what its manifest says, or a member's spec differs from the first's.
        """
        if self._kept is not None:
            yield self._kept
            return
        first: Spec | None = None
        for file in self._weights.files.files:
            content = self._weights.read(file)
            model = OnnxModel(
                content, name=file.name, threads=self._threads, precision=self._precision
            )
            if first is not None and not model.spec.same_as(first):
                raise ModelError(f"model {file.name}: its spec differs from the first member's")
            first = model.spec
            if len(self) == 1:
                self._kept = model
            yield model
            # Before the next is loaded; whoever iterates lets go of its own name too.
            del content, model

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self._weights.files.files)

    def combination(self) -> Combination:
        """Return an empty collection of outputs with this role's rule."""
        return Combination(self._weights.files.ensemble)

    def check(self) -> None:
        """Load every member once: a bad file is refused before a case is read."""
        for member in self:
            log.debug("model %s is sound", member.name)
            del member

    def warm_up(self) -> None:
        """Have the member that stays loaded make its first pass."""
        if self._kept is not None:
            self._kept.warm_up()


class Combination:
    """Outputs of several members; a mean is kept as a running sum."""

    def __init__(self, rule: Literal["mean", "median"]) -> None:
        self._rule, self.count = rule, 0
        self._total: Array | None = None
        self._all: list[Array] = []

    def add(self, output: Array) -> None:
        """Take in one member's output."""
        self.count += 1
        if self._rule == "median":
            self._all.append(output)
        else:
            self._total = output if self._total is None else self._total + output

    def result(self) -> Array:
        """Return the combined output."""
        if self._rule == "median" and self._all:
            return np.median(np.stack(self._all), axis=0).astype(np.float32)
        if self._total is None:
            raise ModelError("weights: expected at least one member to run, found none")
        if self.count == 1:
            return self._total
        return np.asarray(self._total / self.count, dtype=np.float32)


def probabilities(member: OnnxModel, tensor: Array, *, deadline: Deadline) -> Array:
    """Run a segmentation network on a region, averaging over the mirrors that fit the time left.

    Parameters
    ----------
    member : OnnxModel
        The network.
    tensor : ndarray, shape (1, c, z, y, x), float32
        A prepared image.
    deadline : Deadline
        Asked before each pass but the first.

    Returns
    -------
    ndarray, shape (1, k, z, y, x), float32
    """
    letters = member.spec.mirror_axes
    mirrors = chain.from_iterable(combinations(letters, n) for n in range(len(letters) + 1))
    passes, seconds = Combination("mean"), 0.0
    with step(log, "network") as current:
        for mirror in mirrors:
            if passes.count and not deadline.allows(seconds):
                break
            started = perf_counter()
            axes = tuple(_AXIS[letter] for letter in mirror)
            output = _one_pass(member, np.ascontiguousarray(np.flip(tensor, axes)))
            passes.add(np.flip(output, axes))
            seconds = perf_counter() - started
        current.note = f"{member.name}, passes: {passes.count}"
        return passes.result()


def _one_pass(member: OnnxModel, tensor: Array) -> Array:
    spec = member.spec

    def network(patch: Array) -> Array:
        return activate(member({spec.tensor_names.image: patch}), spec)

    how = spec.inference
    if isinstance(how, Windows):
        gaussian = how.blend == "gaussian"
        return sliding_window(
            tensor, network, patch_zyx=how.patch_zyx, overlap=how.overlap, gaussian=gaussian
        )
    patch = how.patch(tensor.shape[2:])
    return sliding_window(tensor, network, patch_zyx=patch, overlap=0.0, gaussian=False)


def activate(output: Array, spec: Spec) -> Array:
    """Turn a network's output, classes on axis 1, into what the spec says it means."""
    if spec.activation == "sigmoid":
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(output, -60.0, 60.0))), dtype=np.float32)
    if spec.activation == "softmax":
        # In place: over a region's voxels each copy is a tenth of a small network's time.
        shares: Array = output - output.max(axis=1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares
    return output
