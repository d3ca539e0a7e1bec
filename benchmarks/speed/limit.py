"""How near each step comes to what the machine allows."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import prod
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from benchmarks.speed.operations import count_operations
from benchmarks.speed.rates import PRODUCT, Rates, beside_product
from shared.case import read_case
from shared.ensemble import probabilities
from shared.limits import Deadline, leave_split_vectors
from shared.model import OnnxModel
from shared.preprocessing import prepare
from shared.resample import crop
from shared.sliding_window import sliding_window
from shared.spec import Precision, Spec, Windows


@dataclass(frozen=True)
class Limit:
    """One step against its limit.

    Attributes
    ----------
    step : str
        Its name in the log.
    what : str
        What the limit counts.
    limit_s, taken_s : float
        The least seconds at the machine's rates, and those that it took.
    """

    step: str
    what: str
    limit_s: float
    taken_s: float

    @property
    def share(self) -> float:
        """How much of what is possible is reached, at most 1 unless the rates are too low."""
        return self.limit_s / max(self.taken_s, 1e-9)


@dataclass(frozen=True)
class Work:
    """What has to be done for one patient of Task 1, whoever does it.

    Attributes
    ----------
    unpacked_bytes : int
        Voxels that one processor has to unpack: a stream is one's, and there are two.
    coarse_bytes : int
        Of both in the 4 mm voxels in which the head is looked for.
    region_bytes : int
        Native voxels in the network's region, and the network's tensor.
    operations : int
        Of the network.
    labels_bytes : int
        Of the mask, a byte a voxel of the CT.
    warm_s, meanwhile_gflops : float
        Seconds of a warm network, and what a large product reached in between, by turns.
    """

    unpacked_bytes: int
    coarse_bytes: int
    region_bytes: int
    operations: int
    labels_bytes: int
    warm_s: float
    meanwhile_gflops: float


def work_of(input_dir: Path, network: bytes, *, threads: int, product: int = PRODUCT) -> Work:
    """Count what one case asks of a segmentation network, and of what is around it.

    Parameters
    ----------
    input_dir : Path
        The case.
    network : bytes
        An ONNX file with its spec.
    threads : int
        Processors of the network and of the product beside it.
    product : int
        Rows of its matrices.
    """
    case = read_case(input_dir)
    images = (case.ct_hu, case.pet_suv)
    spec = OnnxModel(network, name="segmentation", threads=threads).spec
    prepared = prepare(case, spec)
    # A process keeps the instructions that it computed with first; a container's are these.
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=leave_split_vectors) as apart:
        warm_s, gflops = apart.submit(_warm, network, prepared.tensor, threads, product).result()
    native = sum(_bytes(part) for image in images if (part := crop(image, prepared.grid)))
    return Work(
        unpacked_bytes=(sum if threads == 1 else max)(map(_bytes, images)),
        coarse_bytes=_bytes(case.overview.ct_hu) + _bytes(case.overview.pet),
        region_bytes=native + prepared.tensor.nbytes,
        operations=_operations(network, spec, prepared.tensor.shape),
        labels_bytes=prod(case.ct_hu.GetSize()),
        warm_s=warm_s,
        meanwhile_gflops=gflops,
    )


def _warm(
    network: bytes, tensor: NDArray[np.float32], threads: int, product: int
) -> tuple[float, float]:
    """Return what `beside_product` does, of a network as a container runs it."""
    model = OnnxModel(network, name="segmentation", threads=threads)
    return beside_product(
        lambda: probabilities(model, tensor, deadline=Deadline(0.0)),
        model.precision,
        threads=threads,
        size=product,
    )


def _bytes(image: sitk.Image) -> int:
    return int(prod(image.GetSize()) * image.GetSizeOfPixelComponent())


def _operations(network: bytes, spec: Spec, shape: tuple[int, ...]) -> int:
    """Count a network's operations over a region: one pass, or that of each window."""
    passes = 0

    def count(patch: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal passes
        passes += 1
        return patch

    patch_zyx = spec.inference.patch(shape[2:])
    overlap = spec.inference.overlap if isinstance(spec.inference, Windows) else 0.0
    empty = np.zeros((1, 1, *shape[2:]), dtype=np.float32)
    sliding_window(empty, count, patch_zyx=patch_zyx, overlap=overlap, gaussian=False)
    return passes * count_operations(network, (1, shape[1], *patch_zyx))


def limits(
    work: Work, steps: Mapping[str, float], rates: Rates, precision: Precision
) -> list[Limit]:
    """Hold each step's seconds against its limit.

    Parameters
    ----------
    work : Work
        What had to be done.
    steps : mapping of str to float
        Seconds by step, as the log tells them.
    rates : Rates
        Of the machine that the steps ran on.
    precision : str
        Of the network.
    """
    copy = rates.copy_mbs * 1e6
    rows = (
        (
            "read",
            "CT and PET through zlib, each on a processor, from the page cache",
            work.unpacked_bytes / rates.inflate_ct_mbs / 1e6,
        ),
        ("locate", "the 4 mm voxels of both, read once", work.coarse_bytes / copy),
        ("resample", "native voxels of the region and the tensor, once", work.region_bytes / copy),
        (
            "network",
            f"{work.operations / 1e9:.0f} G operations at the rate of a large product",
            work.operations / rates.multiply_gflops[precision] / 1e9,
        ),
        ("post-process", "the mask, written once", work.labels_bytes / copy),
        (
            "write",
            "the mask through zlib and back",
            work.labels_bytes / rates.deflate_mask_mbs / 1e6
            + work.labels_bytes / rates.inflate_mask_mbs / 1e6,
        ),
    )
    found = [Limit(step, what, least, steps[step]) for step, what, least in rows if step in steps]
    warm = Limit(
        "network, warm",
        f"the same, at the {work.meanwhile_gflops:.0f} G operations/s of a product in between",
        work.operations / work.meanwhile_gflops / 1e9,
        work.warm_s,
    )
    return [*found, warm]
