"""Uploaded models that must not be trusted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.random import Generator

from harness.hostile.change import Change, Expected
from harness.hostile.files import replaced
from harness.hostile.scene import Damage, Scene
from shared.manifest import MANIFEST
from shared.spec import METADATA_KEY

_TOUCHES = frozenset({"model"})
Rewrite = Callable[[bytes, Generator], bytes]


def _rewritten(rewrite: Rewrite, *, signed: bool) -> Callable[[Scene, Generator], Scene]:
    """Put other bytes into one network; `signed` gives the manifest their hash."""

    def apply(scene: Scene, rng: Generator) -> Scene:
        def damage(model: Path) -> None:
            before = {file: file.read_bytes() for file in sorted(model.glob("*.onnx"))}
            after = {file: rewrite(content, rng) for file, content in before.items()}
            # Not every network has what is looked for, such as that opset.
            changed = [file for file in before if after[file] != before[file]]
            file = changed[rng.integers(len(changed))]
            file.write_bytes(after[file])
            if signed:
                sign(model)

        return scene.with_model(damage)

    return apply


def sign(model: Path) -> None:
    """Give the manifest the hashes of the files that are there."""

    def own(manifest: Any) -> Any:
        for role in manifest["roles"].values():
            for file in role["files"]:
                content = (model / file["name"]).read_bytes()
                file["sha256"] = hashlib.sha256(content).hexdigest()
        return manifest

    _edited(own)(model)


def _edited(edit: Callable[[Any], Any]) -> Damage:
    """Return what alters a model's manifest."""

    def damage(model: Path) -> None:
        path = model / MANIFEST
        path.write_text(json.dumps(edit(json.loads(path.read_bytes()))), encoding="utf-8")

    return damage


def _swap(old: bytes, new: bytes) -> Rewrite:
    """Put bytes in the place of as many others, so that the rest of the file keeps its form."""
    assert len(old) == len(new), (old, new)  # noqa: S101
    return lambda content, rng: content.replace(old, new)


def _of_opset_99(content: bytes, rng: Generator) -> bytes:
    # A field of the model: the import of operators, of four bytes, whose domain is empty.
    return re.sub(rb"B\x04\n\x00\x10.", b"B\x04\n\x00\x10\x63", content, flags=re.DOTALL)


def _cut(content: bytes, rng: Generator) -> bytes:
    return content[: int(len(content) * rng.uniform(0.0, 1.0))]


def _noisy(content: bytes, rng: Generator) -> bytes:
    changed = bytearray(content)
    for place in rng.integers(0, len(changed), size=200):
        changed[place] = int(rng.integers(256))
    return bytes(changed)


def _all_files(edit: Callable[[dict[str, Any]], None]) -> Callable[[Any], Any]:
    """Return what alters every file's entry of a manifest."""

    def own(manifest: Any) -> Any:
        for role in manifest["roles"].values():
            for file in role["files"]:
                edit(file)
        return manifest

    return own


def _named(name: str) -> Callable[[Any], Any]:
    """Return what gives every file of a manifest a name."""
    return _all_files(lambda file: file.update(name=name))


def _pipes(model: Path) -> None:
    for file in model.glob("*.onnx"):
        replaced(Path(file.name), "pipe")(model)


def _without_networks(model: Path) -> None:
    for file in model.glob("*.onnx"):
        file.unlink()


def _without(name: str) -> Damage:
    return lambda model: (model / name).unlink()


def _file(
    name: str, rewrite: Rewrite, *, signed: bool = True, expected: Expected = "refusal"
) -> Change:
    return Change(name, expected, _rewritten(rewrite, signed=signed), _TOUCHES)


def _folder(name: str, damage: Damage, expected: Expected = "refusal") -> Change:
    return Change(name, expected, lambda scene, rng: scene.with_model(damage), _TOUCHES)


_KEY = METADATA_KEY.encode()

CHANGES = (
    _folder("a model as it should be", lambda model: None, "answer"),
    _file("a model cut off", _cut),
    _file("a model of noise", lambda content, rng: rng.bytes(10_000)),
    _file("a model with noise in it", _noisy, expected="either"),
    _file("an empty model", lambda content, rng: b""),
    _file("a pickle", lambda content, rng: b"\x80\x04cposix\nsystem\nX\x04\x00\x00\x00true\x85R."),
    _file("a model without a spec", _swap(_KEY, b"x" * len(_KEY))),
    _file("a model of another role", _swap(b'"role":', b'"rule":')),
    _file("a model with a broken spec", _swap(b'"spacing_mm":', b'"spacing_mm"!')),
    _file("a model of an opset to come", _of_opset_99),
    _file("a model that is not its manifest's", _noisy, signed=False),
    _folder("a manifest of other hashes", _edited(_all_files(lambda f: f.update(sha256="0" * 64)))),
    _folder("a manifest with a path out", _edited(_named("../x.onnx"))),
    _folder("a manifest with a whole path", _edited(_named("/etc/x.onnx"))),
    _folder("a manifest with more fields", _edited(lambda manifest: {**manifest, "run": "true"})),
    _folder(
        "a manifest of a version to come", _edited(lambda manifest: {**manifest, "version": 9})
    ),
    _folder("a manifest of nothing", _edited(lambda manifest: {})),
    _folder("a manifest of a list", _edited(lambda manifest: [manifest])),
    _folder("no manifest", _without(MANIFEST)),
    _folder("a manifest with a zero byte in a path", _edited(_named("a\0.onnx"))),
    _folder("a manifest that is a pipe", replaced(Path(MANIFEST), "pipe")),
    _folder("a manifest of endless zeros", replaced(Path(MANIFEST), "endless")),
    _folder("networks that are pipes", _pipes),
    _folder("a manifest without its files", _without_networks),
)
