"""The frame of a peer's program: its command line, its processors, the seconds of its steps.

Nothing here needs more than torch and SimpleITK: nnU-Net's peer runs in an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import SimpleITK as sitk
import torch

from shared.limits import available_cpus

WEIGHTS = Path(__file__).resolve().parents[2] / "weights" / "task1"
"""The network that the container of Task 1 ships, and the records of its fit."""
RECIPE_FILE = WEIGHTS / "training" / "recipe.json"
MASK_FILE = "images/tumor-lymph-node-segmentation/output.mha"
SEED = 0
"""Of random weights."""
BATCH = 4
"""Windows that go through a network together; four in MONAI's tutorials and in the template."""
# Random weights would answer noise, which takes longer to compress than any mask: with this much
# added to its score the background wins. nnU-Net sums scores in half precision, up to 65504.
BACKGROUND = 100.0


class Steps:
    """Seconds of a program's steps, in their order.

    Parameters
    ----------
    ago : float
        How long ago the first step began, s.
    """

    def __init__(self, ago: float = 0.0) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter() - ago

    def done(self, name: str) -> None:
        """End a step; the next begins."""
        now = time.perf_counter()
        self.seconds[name] = now - self._since
        self._since = now

    def write(self, path: Path | None) -> None:
        """Write the seconds by step as JSON, if there is a file to write."""
        if path is not None:
            path.write_text(json.dumps(self.seconds, indent=1) + "\n", encoding="utf-8")


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """Return the command line that every peer has."""
    result = argparse.ArgumentParser(prog=f"python -m benchmarks.peers.{name}")
    result.description = description
    result.add_argument("--input", type=Path, required=True, metavar="CASE", help="an /input tree")
    result.add_argument("--output", type=Path, required=True, metavar="OUT", help="for the mask")
    result.add_argument("--threads", type=int, default=available_cpus(), metavar="N")
    result.add_argument("--steps", type=Path, metavar="FILE", help="JSON: seconds of each step")
    return result


def begin(threads: int) -> Steps:
    """Hold libraries to so many threads; return the steps, the first of them done.

    That is `start`: the interpreter's and the libraries', since the process was made.
    """
    steps = Steps(_age_s())
    torch.set_num_threads(threads)
    torch.manual_seed(SEED)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    steps.done("start")
    return steps


def write_mask(labels: sitk.Image, output_dir: Path) -> None:
    """Write uint8 labels, compressed, where the platform looks for them."""
    path = output_dir / MASK_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(labels, str(path), useCompression=True)


def _age_s(process: Path = Path("/proc/self/stat")) -> float:
    """Return for how long this process has lived; 0 where the system does not tell."""
    try:
        # The name in brackets may hold anything, brackets too.
        fields = process.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = int(fields[19])
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
