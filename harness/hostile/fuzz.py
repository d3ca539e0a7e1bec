"""Bytes where headers and documents should be, steered by the code that they reach.

``python -m harness.hostile.fuzz TARGET runs/fuzz [-max_total_time=600 ...]`` needs the package
atheris, which is not among ours (Linux; its options are libFuzzer's). What breaks is left as a
file, and ``python -m harness.hostile.fuzz TARGET FILE`` shows it again.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from shared.clinical import parse_ehr
from shared.errors import ContainerError
from shared.images import read_image
from shared.manifest import MANIFEST, read_manifest
from shared.runtime import ROOT
from shared.sockets import find_sockets
from shared.spec import METADATA_KEY, read_spec


@dataclass(frozen=True)
class Target:
    """Something that reads what comes from outside.

    Attributes
    ----------
    file : str
        Name under which it expects the bytes.
    read : callable
        Reads them; a `ContainerError` is a refusal, anything else a mistake.
    seeds : callable
        Sound examples to begin from.
    """

    file: str
    read: Callable[[Path], object]
    seeds: Callable[[Path], Iterator[bytes]]

    def try_bytes(self, content: bytes, folder: Path) -> bool:
        """Read bytes; tell whether they were taken, and let mistakes through."""
        path = folder / self.file
        path.write_bytes(content)
        with suppress(ContainerError):
            self.read(path)
            return True
        return False


def _image(path: Path) -> object:
    return read_image(path, socket="CT socket images/ct", outside=-1024.0)


def _spec(path: Path) -> object:
    return read_spec(path.read_text(encoding="utf-8", errors="replace"), model="fuzzed")


def _small_images(suffix: str) -> Callable[[Path], Iterator[bytes]]:
    def seeds(folder: Path) -> Iterator[bytes]:
        for kind in (sitk.sitkInt16, sitk.sitkFloat32, sitk.sitkUInt8):
            image = sitk.Image([3, 4, 5], kind)
            image.SetSpacing((1.0, 2.0, 3.0))
            for packed in (False, True):
                sitk.WriteImage(image, str(folder / f"seed{suffix}"), useCompression=packed)
                yield (folder / f"seed{suffix}").read_bytes()

    return seeds


def _texts(*texts: str) -> Callable[[Path], Iterator[bytes]]:
    return lambda _: (text.encode() for text in texts)


def _shipped(_: Path) -> Iterator[bytes]:
    for file in sorted(ROOT.glob(f"weights/*/{MANIFEST}")):
        yield file.read_bytes()


def _shipped_specs(_: Path) -> Iterator[bytes]:
    import onnxruntime

    for file in sorted(ROOT.glob("weights/*/*.onnx")):
        meta = onnxruntime.InferenceSession(str(file)).get_modelmeta().custom_metadata_map
        yield meta[METADATA_KEY].encode()


_RECORD = '{"Age": 61, "Gender": "M", "Tobacco Consumption": null, "M-stage": "Mx", "CenterID": 3}'
_INPUTS = json.dumps(
    [
        {
            "socket": {"slug": "ct-image", "relative_path": "images/ct"},
            "image": {"name": "CHUM-001__CT.nii.gz"},
        },
        {"interface": {"slug": "pet-image", "relative_path": "images/pet"}},
    ]
)
TARGETS: Mapping[str, Target] = {
    "metaimage": Target("scan.mha", _image, _small_images(".mha")),
    "nifti": Target("scan.nii", _image, _small_images(".nii")),
    "record": Target("ehr.json", parse_ehr, _texts(_RECORD, "null", "{}")),
    "inputs": Target("inputs.json", lambda path: find_sockets(path.parent), _texts(_INPUTS, "[]")),
    "manifest": Target(MANIFEST, lambda path: read_manifest(path.parent), _shipped),
    "spec": Target("spec.json", _spec, _shipped_specs),
}


def main(words: Sequence[str]) -> None:
    """Fuzz one target until libFuzzer's options or a mistake end it."""
    if len(words) < 2 or words[0] not in TARGETS:
        sys.exit(f"expected one of {', '.join(TARGETS)} and a folder, found {' '.join(words)!r}")
    try:
        import atheris
    except ModuleNotFoundError:
        sys.exit("atheris is not installed; on Linux: pip install atheris")

    target, place = TARGETS[words[0]], Path(words[1])
    atheris.instrument_all()
    logging.disable(logging.CRITICAL)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    with tempfile.TemporaryDirectory(prefix="hecktor-fuzz-") as name:
        if not place.is_file():
            place = place / words[0]
            place.mkdir(parents=True, exist_ok=True)
            for number, seed in enumerate(target.seeds(Path(name))):
                (place / f"seed{number}").write_bytes(seed)
        atheris.Setup(
            ["fuzz", str(place), *words[2:]], lambda b: _one(target, bytes(b), Path(name))
        )
        atheris.Fuzz()


def _one(target: Target, content: bytes, folder: Path) -> None:
    target.try_bytes(content, folder)


if __name__ == "__main__":
    main(sys.argv[1:])
