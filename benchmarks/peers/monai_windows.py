"""The container's own network in torch, in the overlapping windows that MONAI runs networks in.

With `--region box` it sees what the container's does, so torch and windows are what differs. With
`--region overlap` nothing looks for the head: all that CT and PET both see, at the network's
spacing. The weights are the trained ones.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import torch
from monai.inferers import SlidingWindowInferer

from benchmarks.peers import program
from benchmarks.peers.shipped import shipped
from shared.case import read_case
from shared.grid import Grid
from shared.outputs import write_segmentation
from shared.postprocessing import clean, to_labels
from shared.preprocessing import prepare
from shared.spec import Overlap


def main(arguments: Sequence[str] | None = None) -> int:
    """Segment a case and return the exit code."""
    parser = program.parser("monai_windows", __doc__ or "")
    parser.add_argument("--region", choices=("box", "overlap"), default="box")
    options = parser.parse_args(arguments)
    steps = program.begin(options.threads)
    network, recipe, spec = shipped()
    if options.region == "overlap":
        spec = spec.model_copy(update={"region": Overlap()})
    if recipe.patches is None:
        raise ValueError("expected a recipe with the size of its training crops")
    steps.done("network")
    case = read_case(options.input)
    steps.done("read")
    prepared = prepare(case, spec)
    steps.done("prepare")
    inferer = SlidingWindowInferer(
        roi_size=recipe.patches.size_zyx, sw_batch_size=program.BATCH, overlap=0.5, mode="gaussian"
    )
    with torch.inference_mode():
        scores = inferer(torch.from_numpy(prepared.tensor), network)
        probabilities = torch.softmax(scores, dim=1)[0].numpy()
    steps.done("windows")
    onto = Grid.of(case.ct_hu)
    labels = to_labels(probabilities, prepared.grid, spec=spec, onto=onto)
    labels = clean(labels, spec=spec, pet_suv=case.pet_suv)
    steps.done("postprocess")
    write_segmentation(labels, options.output, ct_grid=onto)
    steps.done("write")
    steps.write(options.steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
