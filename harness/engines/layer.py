"""Makes an image that has what the platform adds to every image: its program, and its folders.

The platform adds a layer to the uploaded image, so any image can be run, also one without Python
or a shell. So does this: the layer holds a Python of its own, taken from the runtime image, with
its own loader and libraries, and the shim.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

import docker
from docker.errors import APIError, ImageNotFound

from harness import archives
from harness.engines.engine import EngineError
from harness.images.build import RUNTIME

HOME = PurePosixPath("/opt/hecktor-shim")
ML = PurePosixPath("/opt/ml")
PRIVATE = ML / "hecktor-shim"
"""Root's alone: the order, inputs before their time, outputs after theirs, the result."""
INPUT = ML / "input/data/case-input"
"""What ``/input`` links to, once a case is there."""
_LIBRARIES = ("ld-linux", "libc.so", "libm.so", "libz.so", "libexpat.so", "libffi.so")
_LIBRARY_FOLDER = "lib/x86_64-linux-gnu"
_PYTHON = "python3.11"
_UNUSED = ("/test/", "/__pycache__/", "/pydoc_data/", "/lib2to3/", "/idlelib/", "/ensurepip/")
_REPOSITORY, _KEY_LABEL = "hecktor-platform", "hecktor.made-from"
_SOURCE = Path(__file__).resolve().parents[1]


def command(order: PurePosixPath, result: PurePosixPath) -> list[str]:
    """Return what starts the shim in a container, by its own loader."""
    libraries = HOME / _LIBRARY_FOLDER
    return [
        str(libraries / "ld-linux-x86-64.so.2"),
        "--library-path",
        str(libraries),
        str(HOME / "bin" / _PYTHON),
        "-IB",
        "-m",
        "harness.shim",
        str(order),
        str(result),
    ]


def with_layer(client: docker.DockerClient, image: str) -> str:
    """Return the name of an image with the platform's layer on top, made where it is not there.

    Raises
    ------
    EngineError
        If the runtime image, whose Python the layer takes, is not there.
    ImageNotFound
        If the image is not there.
    """
    try:
        runtime = client.images.get(RUNTIME)
    except ImageNotFound as error:
        raise EngineError(f"docker engine: no image {RUNTIME}; run ./build.sh first") from error
    key = f"{client.images.get(image).id} {runtime.id} {_version()}"
    key = hashlib.sha256(key.encode()).hexdigest()
    name = layered_name(image)
    before = client.images.list(name=name)
    if before and before[0].labels.get(_KEY_LABEL) == key:
        return name
    # Never started, so what it would run does not matter; an image may have nothing to run.
    container = client.containers.create(image, entrypoint=["/none"])
    try:
        with tempfile.TemporaryFile() as file:
            _write_layer(client, file)
            file.seek(0)
            container.put_archive("/", file)
        repository, _, tag = name.partition(":")
        container.commit(repository=repository, tag=tag, changes=f"LABEL {_KEY_LABEL}={key}")
    finally:
        container.remove()
    # Another process may be running it: then it stays, without a name.
    for old in before:
        with suppress(APIError):
            client.images.remove(str(old.id))
    return name


def layered_name(image: str) -> str:
    """Return what an image with the layer is called: one a name, so that no pile of them grows."""
    return f"{_REPOSITORY}:{hashlib.sha256(image.encode()).hexdigest()[:16]}"


def _version() -> str:
    """Return a hash of the shim's source."""
    digest = hashlib.sha256()
    for file in sorted((_SOURCE / "shim").glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write_layer(client: docker.DockerClient, file: IO[bytes]) -> None:
    home = HOME.relative_to("/")
    with tarfile.open(fileobj=file, mode="w") as layer:
        places = [home, home / "bin", home / "lib", home / _LIBRARY_FOLDER]
        places += map(PurePosixPath, ("opt/ml/input/data", "opt/ml/model", "output", "tmp"))
        for place in places:
            layer.addfile(archives.folder(str(place)))
        link = tarfile.TarInfo("input")
        link.type, link.linkname = tarfile.SYMTYPE, str(INPUT)
        layer.addfile(link)
        _copy_python(client, layer)
        package = home / "lib" / _PYTHON / "harness"
        for source in (_SOURCE / "__init__.py", *sorted((_SOURCE / "shim").glob("*.py"))):
            _add(layer, str(package / source.relative_to(_SOURCE)), source.read_bytes())


def _copy_python(client: docker.DockerClient, layer: tarfile.TarFile) -> None:
    """Copy the runtime image's Python: its executable, its libraries, its standard library."""
    source = client.containers.create(RUNTIME)
    try:
        for folder, wanted in (
            ("bin", lambda name: name == f"bin/{_PYTHON}"),
            (f"lib/{_PYTHON}", lambda name: not any(part in f"/{name}/" for part in _UNUSED)),
            (_LIBRARY_FOLDER, lambda name: Path(name).name.startswith(_LIBRARIES)),
        ):
            stream, _ = source.get_archive(f"/usr/{folder}")
            parent = PurePosixPath(folder).parent
            with archives.spooled(stream) as archive:
                for member in archive:
                    name = str(parent / member.name)
                    if not wanted(name):
                        continue
                    data = archive.extractfile(member) if member.isfile() else None
                    layer.addfile(
                        member.replace(name=str(HOME.relative_to("/") / name), deep=False), data
                    )
    finally:
        source.remove()


def _add(layer: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    layer.addfile(member, io.BytesIO(content))
