"""One traced network for all tests of this folder: tracing takes seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.training.export.runs import tiny, write_run
from tests.training.synthetic import synthetic
from training.data.samples import Samples
from training.export.graph import to_onnx
from training.run import load_run


@dataclass(frozen=True)
class Traced:
    """A run, its network, its held-out patients and its ONNX file."""

    run: Path
    network: nn.Module
    held: Samples
    content: bytes


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("traced")
    recipe = tiny()
    samples = synthetic(recipe.spec, folder / "samples", 3)
    run = write_run(folder / "run", recipe, samples)
    network = load_run(run).network
    return Traced(run, network, samples, to_onnx(network, recipe.spec))
