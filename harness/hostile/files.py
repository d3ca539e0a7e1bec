"""Files under odd names, in the place of others, missing, or too many."""

from __future__ import annotations

import os
from pathlib import Path

import SimpleITK as sitk
from numpy.random import Generator

from harness.hostile.change import Apply, Change, Expected
from harness.hostile.scene import SCANS, Damage, Scene, any_scan, image_file

FORMATS = (".mhd", ".nii", ".nii.gz")
"""Beside .mha, which cases have without a change."""
_ENDLESS = Path("/dev/zero")


def replaced(file: Path, how: str) -> Damage:
    """Return what puts something else in a file's place.

    Parameters
    ----------
    file : Path
        Below the tree.
    how : {"folder", "pipe", "link", "broken link", "endless"}
        What; a link leads to the file, moved elsewhere.
    """

    def damage(place: Path) -> None:
        target = place / file
        kept = target.with_name(f".{target.name}.kept")
        target.rename(kept)
        match how:
            case "folder":
                target.mkdir()
                kept.rename(target / "inside")
            case "pipe":
                os.mkfifo(target)
            case "link":
                target.symlink_to(kept.name)
            case "broken link":
                target.symlink_to("nowhere")
            case "endless":
                target.symlink_to(_ENDLESS)

    return damage


def _image_replaced(how: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)
        return scene.damaged(
            lambda place: replaced(image_file(place, socket).relative_to(place), how)(place)
        )

    return apply


def stored_as(suffix: str) -> Apply:
    """Return what writes both scans in the format of a suffix."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        for socket in SCANS:
            scene = scene.with_file_name(socket, f"{socket}{suffix}")
        return scene

    return apply


def _named(name: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        return scene.with_file_name(any_scan(rng), name)

    return apply


def _misnamed(scene: Scene, rng: Generator) -> Scene:
    """Name a scan for a format that it is not in."""
    socket = any_scan(rng)

    def damage(place: Path) -> None:
        file = image_file(place, socket)
        file.rename(file.with_name("scan.mha"))

    return scene.with_file_name(socket, f"{socket}.nii").damaged(damage)


def _named_in_no_encoding(scene: Scene, rng: Generator) -> Scene:
    socket = any_scan(rng)

    def damage(place: Path) -> None:
        file = image_file(place, socket)
        os.rename(os.fsencode(file), os.fsencode(file.parent) + b"/sc\xff\xfean.mha")  # noqa: PTH104

    return scene.damaged(damage)


def _beside(count: int, suffix: str) -> Apply:
    """Put more files beside a scan."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)

        def damage(place: Path) -> None:
            for number in range(count):
                (place / "images" / socket / f"more{number}{suffix}").write_bytes(b"more")

        return scene.damaged(damage)

    return apply


def _gone(what: str) -> Apply:
    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)

        def damage(place: Path) -> None:
            image_file(place, socket).unlink()
            if what == "folder":
                (place / "images" / socket).rmdir()

        return scene.damaged(damage)

    return apply


def _as_picture(suffix: str) -> Apply:
    """Leave a slice as a picture in the scan's place."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        socket = any_scan(rng)

        def damage(place: Path) -> None:
            file = image_file(place, socket)
            file.unlink()
            image = sitk.Image(8, 8, sitk.sitkUInt8)
            sitk.WriteImage(image, str(file.with_name(f"slice{suffix}")))

        return scene.damaged(damage)

    return apply


def _in_two_formats(scene: Scene, rng: Generator) -> Scene:
    """Put a link with the scan's name but another suffix beside it, which ITK would follow."""
    socket = any_scan(rng)

    def damage(place: Path) -> None:
        image_file(place, socket).with_name(f"{socket}.nii").symlink_to(_ENDLESS)

    return scene.with_file_name(socket, f"{socket}.nii.gz").damaged(damage)


def _forbidden(scene: Scene, rng: Generator) -> Scene:
    """Take the permission to list a folder, which root has all the same."""
    socket = any_scan(rng)
    return scene.damaged(lambda place: (place / "images" / socket).chmod(0))


def _broken_dose(scene: Scene, rng: Generator) -> Scene:
    def damage(place: Path) -> None:
        image_file(place, "rt-dose").write_bytes(b"NDims = 3\nElementDataFile = LOCAL\n")

    return scene.damaged(damage)


def _no_dose(scene: Scene, rng: Generator) -> Scene:
    return scene.damaged(lambda place: image_file(place, "rt-dose").unlink())


def _file(name: str, expected: Expected, apply: Apply) -> Change:
    return Change(name, expected, apply, frozenset({"scan files"}))


CHANGES = (
    *(_file(f"stored as {suffix}", "answer", stored_as(suffix)) for suffix in FORMATS),
    _file("a name in two formats", "refusal", _in_two_formats),
    _file("a folder without permission", "either", _forbidden),
    _file("a .nii named .mha", "refusal", _misnamed),
    _file("a link", "answer", _image_replaced("link")),
    _file("a link to nothing", "refusal", _image_replaced("broken link")),
    _file("a link to endless zeros", "refusal", _image_replaced("endless")),
    _file("a folder named as a scan", "refusal", _image_replaced("folder")),
    _file("a pipe", "refusal", _image_replaced("pipe")),
    _file("no scan", "refusal", _gone("file")),
    _file("no folder", "refusal", _gone("folder")),
    _file("a TIFF alone", "refusal", _as_picture(".tif")),
    _file("a PNG alone", "refusal", _as_picture(".png")),
    _file("two scans", "refusal", _beside(1, ".mha")),
    _file("thousands of other files", "answer", _beside(3000, ".txt")),
    _file("a name in capitals", "answer", _named("SCAN.MHA")),
    _file("a name of spaces and quotes", "answer", _named(" a 'scan' \"of\" $(a) `patient`; .mha")),
    _file("a name of many lines", "answer", _named("scan\nERROR scan\r\x1b[31m.mha")),
    _file("a name in other scripts", "answer", _named("скан-患者-😀\u202e.nii.gz")),
    _file("a name of 250 letters", "answer", _named("x" * 246 + ".mha")),
    _file("a name in no encoding", "refusal", _named_in_no_encoding),
    Change("a broken dose map", "answer", _broken_dose, frozenset({"dose"}), (2,)),
    Change("no dose map", "answer", _no_dose, frozenset({"dose"}), (2,)),
)
