"""Health records and `inputs.json` as no hospital should send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from numpy.random import Generator

from harness.hostile.change import Change, Expected
from harness.hostile.files import replaced
from harness.hostile.scene import Scene

EHR, INPUTS = "ehr.json", "inputs.json"
_WHOLE = b'{"Age": 61, "Gender": 1}'
_DEEP = 100_000
# What may stand where the record should, and what is owed to it.
_RECORDS: Mapping[str, tuple[Expected, bytes]] = {
    "empty": ("refusal", b""),
    "of spaces": ("refusal", b" \n\t "),
    "of zeros": ("refusal", bytes(64)),
    "half written": ("refusal", _WHOLE[:-5]),
    "with a comma too many": ("refusal", b'{"Age": 61,}'),
    "of words": ("refusal", b"sixty-one"),
    "of two records": ("refusal", _WHOLE + _WHOLE),
    "in UTF-16": ("refusal", '{"Age": 61}'.encode("utf-16")),
    "in Latin-1": ("refusal", '{"Name": "Zoë"}'.encode("latin-1")),
    "a list": ("refusal", b"[1, 2]"),
    "a number": ("refusal", b"61"),
    "a string": ("refusal", b'"Age"'),
    "nested a hundred thousand times": ("refusal", b"[" * _DEEP + b"]" * _DEEP),
    "nested in a key": ("refusal", b'{"Age": ' + b'{"a": ' * _DEEP + b"1" + b"}" * (_DEEP + 1)),
    "of ten megabytes": ("refusal", b'{"Age": "' + b"6" * 10_000_000 + b'"}'),
    "null": ("answer", b"null"),
    "without keys": ("answer", b"{}"),
    "with a byte order mark": ("answer", b"\xef\xbb\xbf" + _WHOLE),
    "with NaN": ("answer", b'{"Age": NaN, "Gender": -Infinity}'),
    "with numbers beyond any": ("answer", b'{"Age": 1e999, "Gender": -1e999, "Treatment": 1e-999}'),
    "with a number of 4000 digits": ("answer", b'{"Age": ' + b"9" * 4000 + b"}"),
    "with a number of a million digits": ("refusal", b'{"Age": ' + b"9" * 1_000_000 + b"}"),
    "with keys twice": ("answer", b'{"Age": 61, "age": 16, "AGE": null, "Age": 61}'),
    "of lists": ("answer", b'{"Age": [61], "Gender": {"value": 1}, "M-stage": [["M0"]]}'),
    "of booleans": ("answer", b'{"Age": true, "Gender": false, "M-stage": true}'),
    "of wrong words": (
        "answer",
        b'{"Age": "old", "Gender": "x", "M-stage": "M9", "Treatment": "?"}',
    ),
    "with lone surrogates": ("answer", b'{"Age": "\\ud800", "\\udfff": 1, "Gender": "\\udc00x"}'),
    "with control characters": ("answer", b'{"Age\\u0000": 61, "Gen\\nder": 1, "\\u001b[31m": 2}'),
    "with names in other scripts": ("answer", '{"年齢": 61, "Возраст": "🎂"}'.encode()),
    "with a thousand keys": (
        "answer",
        json.dumps({f"key {number}": number for number in range(1000)}).encode(),
    ),
    "with long values": ("answer", json.dumps({"Age": "6" * 100_000, "x" * 100_000: 1}).encode()),
}


def _inputs(**socket: object) -> bytes:
    entry = {"socket": {"slug": "ct-image", "relative_path": "images/ct", **socket}}
    return json.dumps([{**entry, "image": {"name": "P1__CT.nii.gz"}}]).encode()


def _named(name: object) -> bytes:
    socket = {"slug": "ct-image", "relative_path": "images/ct"}
    return json.dumps([{"socket": socket, "image": {"name": name}}]).encode()


_LISTS: Mapping[str, tuple[Expected, bytes]] = {
    "empty": ("answer", b""),
    "half written": ("answer", _inputs()[:-9]),
    "no list": ("answer", b'{"socket": 1}'),
    "of nonsense": ("answer", b'[1, null, "x", [], {"socket": 5}, {"socket": {"slug": [1]}}]'),
    "nested a hundred thousand times": ("answer", b"[" * _DEEP + b"]" * _DEEP),
    "of ten megabytes": ("answer", b"[" + b'"x",' * 2_500_000 + b"1]"),
    "with a slug of another type": ("answer", _inputs(slug=7)),
    "with a path of another type": ("answer", _inputs(relative_path=["images", "ct"])),
    "with a path to the system": ("answer", _inputs(relative_path="/etc")),
    "with a path out of the folder": ("answer", _inputs(relative_path="../../../etc")),
    "with a path of surrogates": ("answer", _inputs(relative_path="images/\ud83d")),
    "with a zero byte in a path": ("answer", _inputs(relative_path="images/ct\0")),
    "with a path to nothing": ("refusal", _inputs(relative_path="images/nowhere")),
    "with a path too long for any system": ("answer", _inputs(relative_path="images/ct" * 600)),
    "with a name that leaves the folder": ("answer", _named("../../escaped__CT.nii.gz")),
    "with a name of 3000 letters": ("answer", _named("x" * 3000)),
    "with a name of other scripts": ("answer", _named("患者\u202e😀__CT.nii.gz")),
    "with a name of surrogates": ("answer", _named("\ud83d__CT.nii.gz")),
    "with a name that is a number": ("answer", _named(7)),
}


def _document(name: str, file: str, expected: Expected, content: bytes) -> Change:
    def apply(scene: Scene, rng: Generator) -> Scene:
        return scene.with_document(file, content)

    return Change(name, expected, apply, frozenset({file}))


def _missing(scene: Scene, rng: Generator) -> Scene:
    return scene.damaged(lambda place: (place / EHR).unlink())


def _replaced(name: str, file: str, expected: Expected, how: str) -> Change:
    def apply(scene: Scene, rng: Generator) -> Scene:
        return scene.with_document(file, _WHOLE).damaged(replaced(Path(file), how))

    return Change(name, expected, apply, frozenset({file}))


CHANGES = (
    *(_document(f"record {name}", EHR, *owed) for name, owed in _RECORDS.items()),
    *(_document(f"inputs.json {name}", INPUTS, *owed) for name, owed in _LISTS.items()),
    Change("no record", "answer", _missing, frozenset({EHR})),
    _replaced("record a folder", EHR, "refusal", "folder"),
    _replaced("record a pipe", EHR, "refusal", "pipe"),
    _replaced("record a link to nothing", EHR, "either", "broken link"),
    _replaced("record a link to endless zeros", EHR, "refusal", "endless"),
    _replaced("inputs.json a folder", INPUTS, "answer", "folder"),
    _replaced("inputs.json a pipe", INPUTS, "answer", "pipe"),
)
