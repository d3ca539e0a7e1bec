"""Writes the two files of a task that Grand Challenge takes: the image and the weights."""

import gzip
import hashlib
import io
import logging
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import docker

from harness.images.bill import bill_of_materials, licences
from harness.images.contents import read_contents
from harness.shim.order import Api
from harness.tasks import Task
from harness.upload.image import check_image_archive
from harness.upload.model import check_model_archive
from shared import __version__
from shared.manifest import MANIFEST, read_manifest

ROOT = Path(__file__).resolve().parents[2]

log = logging.getLogger(__name__)


class ExportError(Exception):
    """A file could not be written."""


@dataclass(frozen=True)
class Export:
    """One file to upload.

    Attributes
    ----------
    file : Path
        Where it lies.
    place : str
        Where on Grand Challenge it goes.
    size_bytes : int
        As it lies there.
    sha256 : str
        Of the file.
    problems : tuple of str
        Why the platform would refuse it; empty when it would not.
    """

    file: Path
    place: str
    size_bytes: int
    sha256: str
    problems: tuple[str, ...]


def export_task(task: Task, folder: Path, *, api: Api = "exec") -> list[Export]:
    """Write and check the image and the model tarball of a task.

    Raises
    ------
    ExportError
        If the image does not exist or cannot be packed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image = folder / f"task{task.number}_{__version__}{_variant(api)}.tar.gz"
    save_image(task.image(api), image)
    model = folder / f"task{task.number}_{__version__}_model.tar.gz"
    pack_model(ROOT / f"weights/task{task.number}", model)
    title = f"your algorithm for task {task.number} ({task.title})"
    return [
        _describe(image, f"{title} -> Container images", check_image_archive(image)),
        _describe(
            model, f"{title} -> Models (only to replace the weights)", check_model_archive(model)
        ),
    ]


def write_bill(
    task: Task, folder: Path, client: docker.DockerClient, *, api: Api = "exec"
) -> tuple[Path, Path]:
    """Write what is in a task's image: the bill of materials, and the licences as a table."""
    image = task.image(api)
    contents = read_contents(client, image)
    stem = f"task{task.number}_{__version__}{_variant(api)}"
    bill, table = folder / f"{stem}.cdx.json", folder / f"{stem}_licences.md"
    name = image.partition(":")[0]
    bill.write_text(bill_of_materials(contents, name=name, version=__version__), encoding="utf-8")
    table.write_text(licences(contents), encoding="utf-8")
    return bill, table


def _variant(api: Api) -> str:
    return "" if api == "exec" else f"_{api}"


def save_image(image: str, file: Path) -> None:
    """Write an image by ``docker save`` through gzip, parallel gzip where there is one."""
    packer = "pigz" if shutil.which("pigz") else "gzip"
    partial = file.with_suffix(".partial")
    log.info("saving %s through %s", image, packer)
    with partial.open("wb") as target:
        saving = subprocess.Popen(  # noqa: S603
            ["docker", "save", image],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with saving:
            packed = subprocess.run(  # noqa: S603
                [packer, "--no-name"], stdin=saving.stdout, stdout=target, check=False
            )
            reason = saving.stderr.read().decode("utf-8", "replace") if saving.stderr else ""
    if saving.returncode != 0 or packed.returncode != 0:
        partial.unlink()
        raise ExportError(f"docker save {image} failed: {reason.strip() or packer}")
    partial.replace(file)


def pack_model(weights: Path, file: Path) -> None:
    """Pack a manifest and the files it lists at the top level; same files, same bytes."""
    manifest = read_manifest(weights)
    listed = {model.name for role in manifest.roles.values() for model in role.files}
    with (
        file.open("wb") as target,
        gzip.GzipFile(filename="", fileobj=target, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name in (MANIFEST, *sorted(listed)):
            content = (weights / name).read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))


def _describe(file: Path, place: str, problems: list[str]) -> Export:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Export(file, place, file.stat().st_size, digest, tuple(problems))
