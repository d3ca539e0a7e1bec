"""Imports a value as the platform does: strict JSON against the socket's schema."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft7Validator

from harness.checks.problem import Problem
from harness.shim.outcome import UNEXPECTED_MESSAGE

Kind = Literal["number", "boolean"]


def read_value(file: Path) -> Any:
    """Read JSON as the platform does: NaN and the infinities become null.

    Raises
    ------
    ValueError
        If it is not JSON, or not UTF-8 (`UnicodeDecodeError`).
    """
    return json.loads(file.read_bytes().decode("utf-8"), parse_constant=lambda _: None)


def check_value(file: Path, kind: Kind) -> list[Problem]:
    """Ask for one number, or for true or false; a bool is no number, and 0 is not false."""
    name = file.name
    if not file.is_file():
        return [
            Problem(
                f"{name}: expected a JSON {kind}, found no file",
                f"Output file '{name}' was not produced",
            )
        ]
    try:
        value = read_value(file)
    except UnicodeDecodeError as error:
        return [Problem(f"{name}: expected UTF-8, found {error}", UNEXPECTED_MESSAGE)]
    except ValueError as error:
        return [
            Problem(
                f"{name}: expected JSON, found an error: {error}",
                f"The output file '{name}' is not valid json",
            )
        ]
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": kind}
    if not Draft7Validator(schema).is_valid(value):
        found = file.read_text(encoding="utf-8").strip()[:80]
        return [
            Problem(
                f"{name}: expected a JSON {kind}, found {found}",
                f"The output file '{name}' is not valid. JSON does not fulfill schema: "
                f"instance is not of type '{kind}'",
            )
        ]
    if kind == "number" and not math.isfinite(value):
        return [Problem(f"{name}: expected a finite number, found {value}")]
    return []
