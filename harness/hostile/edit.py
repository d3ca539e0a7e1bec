"""Edits of written image files."""

from __future__ import annotations

from pathlib import Path

from numpy.random import Generator

from harness.hostile.change import Apply
from harness.hostile.scene import Damage, Scene, Socket, any_scan, image_file

_LAST_FIELD = b"ElementDataFile"


def header_field(socket: Socket, field: str, value: str) -> Damage:
    """Return what puts another value into the text header of a MetaImage."""

    def edit(place: Path) -> None:
        file = image_file(place, socket)
        header, voxels = split(file.read_bytes())
        lines = [line for line in header.splitlines() if not line.startswith(f"{field} ".encode())]
        # The field that begins the voxels stays the last.
        lines.insert(
            -1 if field.encode() != _LAST_FIELD else len(lines), f"{field} = {value}".encode()
        )
        file.write_bytes(b"\n".join(lines) + b"\n" + voxels)

    return edit


def told(field: str, value: str) -> Apply:
    """Return what lets the header of one of the scans say something else."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        return scene.damaged(header_field(any_scan(rng), field, value))

    return apply


def split(content: bytes) -> tuple[bytes, bytes]:
    """Return a MetaImage's header, its last line included, and its voxels."""
    end = content.index(b"\n", content.index(_LAST_FIELD)) + 1
    return content[:end], content[end:]
