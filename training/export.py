"""From a run's weights to an ONNX file that carries its spec, checked against torch."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

from evaluation.metrics.overlap import dice
from phantom import VERSION
from shared import __version__
from shared.ensemble import activate
from shared.errors import ModelError
from shared.limits import available_cpus
from shared.manifest import Weights, read_manifest, write_manifest
from shared.model import OnnxModel, has_bfloat16
from shared.spec import METADATA_KEY, Role, Spec
from training.data import Samples
from training.fit import NETWORK_FILE, RECIPE_FILE
from training.networks import build_network
from training.recipe import Recipe

log = logging.getLogger(__name__)

# Largest difference of a probability or a score, torch against the container's runtime.
PARITY = 1e-3
# Least Dice of the labels in bfloat16 against float32 on validation patients.
LOW_PRECISION_DICE = 0.99


def load_run(run: Path) -> tuple[Recipe, nn.Module]:
    """Return the recipe of a run and its network with the best weights."""
    recipe = Recipe.model_validate_json((run / RECIPE_FILE).read_text(encoding="utf-8"))
    network = build_network(recipe)
    network.load_state_dict(torch.load(run / NETWORK_FILE, map_location="cpu", weights_only=True))
    return recipe, network.eval()


def export(run: Path, *, role_file: str, to: Path, validation: Samples) -> Path:
    """Write a run's network as ONNX into a weights folder and add it to the manifest.

    Parameters
    ----------
    run : Path
        A finished fit.
    role_file : str
        Name of the file to write.
    to : Path
        Weights folder, such as `weights/task1`.
    validation : Samples
        The run's validation patients: parity and precision are judged on them.

    Raises
    ------
    ModelError
        If the container's runtime disagrees with torch.
    """
    recipe, network = load_run(run)
    spec = recipe.spec.model_copy(update={"provenance": _provenance(recipe)})
    content = with_spec(to_onnx(network, spec), spec)
    model = OnnxModel(content, name=role_file, threads=available_cpus())
    worst = parity(network, model, validation)
    log.info("%s: torch and the container's runtime differ by at most %.2g", role_file, worst)
    if worst > PARITY:
        raise ModelError(f"model {role_file}: differs from torch by {worst:.2g} > {PARITY}")
    if spec.role == "segmentation" and low_precision_agrees(content, role_file, validation):
        spec = spec.model_copy(update={"precision": ("float32", "bfloat16")})
        content = with_spec(content, spec)
    to.mkdir(parents=True, exist_ok=True)
    (to / role_file).write_bytes(content)
    add_to_manifest(to, spec.role, role_file)
    return to / role_file


def _provenance(recipe: Recipe) -> dict[str, Any]:
    cohort = recipe.cohort
    return {
        "data": f"phantom, generator version {VERSION}",
        "cohort_seed": cohort.seed,
        "training_patients": cohort.patients,
        "validation_patients": cohort.validation,
        "recipe_source": recipe.source,
        "steps": recipe.steps,
        "seed": recipe.seed,
        "code_version": __version__,
        "exported": date.today().isoformat(),
        "licence": "Apache-2.0",
        "intended_use": "research and challenges; not for clinical use",
    }


def example_inputs(spec: Spec) -> dict[str, torch.Tensor]:
    """Return zero tensors of the shapes that a spec's network takes."""
    names, inputs = spec.tensor_names, {}
    if spec.channels:
        if spec.region.kind != "box":
            raise ValueError("expected a box region: our exports have fixed shapes")
        inputs[names.image] = torch.zeros(1, len(spec.channels), *reversed(spec.region.size_xyz))
    if spec.clinical:
        inputs[names.clinical] = torch.zeros(1, 2 * len(spec.clinical))
    if spec.lesions:
        inputs[names.lesions] = torch.zeros(1, len(spec.lesions))
    return inputs


def to_onnx(network: nn.Module, spec: Spec) -> bytes:
    """Trace a network with fixed shapes and return the ONNX file."""
    inputs = example_inputs(spec)
    program = torch.onnx.export(
        network,
        tuple(inputs.values()),
        input_names=list(inputs),
        output_names=["output"],
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise ModelError("torch exported no graph")
    return _without_traces(program.model_proto)


def _without_traces(model: onnx.ModelProto) -> bytes:
    """Drop what the exporter notes of the machine it ran on: every node's Python stack."""
    graph = model.graph
    for part in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.metadata_props[:]
    content: bytes = model.SerializeToString()
    return content


def with_spec(content: bytes, spec: Spec) -> bytes:
    """Return an ONNX file with a spec in its metadata, in place of one it had."""
    graph = onnx.load_from_string(content)
    kept = {p.key: p.value for p in graph.metadata_props if p.key != METADATA_KEY}
    onnx.helper.set_model_props(graph, {**kept, METADATA_KEY: spec.model_dump_json()})
    serialised: bytes = graph.SerializeToString()
    return serialised


@torch.no_grad()
def parity(network: nn.Module, model: OnnxModel, samples: Samples, *, patients: int = 3) -> float:
    """Return the largest difference between torch and the container's runtime, after activation."""
    worst = 0.0
    for index in range(min(patients, len(samples))):
        inputs = _inputs(samples, index, model.spec)
        ours = activate(model(inputs), model.spec)
        theirs = network(*(torch.from_numpy(array) for array in inputs.values())).numpy()
        worst = max(worst, float(np.abs(ours - activate(theirs, model.spec)).max()))
    return worst


def _inputs(samples: Samples, index: int, spec: Spec) -> dict[str, NDArray[np.float32]]:
    sample = samples[index]
    return {name: sample[name][None].astype(np.float32) for name in example_inputs(spec)}


def low_precision_agrees(content: bytes, name: str, samples: Samples, *, patients: int = 8) -> bool:
    """Tell whether bfloat16 gives the same labels; False where this processor can't tell."""
    if not has_bfloat16():
        return False
    threads = available_cpus()
    full = OnnxModel(content, name=name, threads=threads)
    trial = full.spec.model_copy(update={"precision": ("float32", "bfloat16")})
    low = OnnxModel(with_spec(content, trial), name=name, threads=threads, precision="bfloat16")
    agreement = []
    for index in range(min(patients, len(samples))):
        inputs = _inputs(samples, index, full.spec)
        wide, narrow = full(inputs).argmax(axis=1), low(inputs).argmax(axis=1)
        channels = [label.channel for label in full.spec.labels]
        agreement += [dice(narrow == c, wide == c) for c in channels if (wide == c).any()]
    log.info("%s: bfloat16 against float32, mean Dice %.4f", name, np.mean(agreement))
    return bool(np.mean(agreement) >= LOW_PRECISION_DICE)


def bring_segmentation(source: Path, to: Path) -> None:
    """Put the segmentation that made a score network's masks beside it, in its weights folder."""
    weights = Weights(source, read_manifest(source).roles["segmentation"])
    to.mkdir(parents=True, exist_ok=True)
    for file in weights.files.files:
        (to / file.name).write_bytes(weights.read(file))
        add_to_manifest(to, "segmentation", file.name)


def add_to_manifest(folder: Path, role: Role, name: str) -> None:
    """Make a file the only member of its role, and refresh every hash."""
    roles: dict[Role, list[str]] = {}
    if (folder / "manifest.json").exists():
        roles = {r: [f.name for f in m.files] for r, m in read_manifest(folder).roles.items()}
    write_manifest(folder, {**roles, role: [name]})
