"""Bringing together what each device found on its share of the held-out patients."""

from __future__ import annotations

from typing import TypeVar

from torch import distributed

Row = TypeVar("Row")


def gathered(rows: list[Row]) -> list[Row]:
    """Return the rows of all devices, in the devices' order; on one device its own."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return rows
    everyones: list[list[Row]] = [[] for _ in range(distributed.get_world_size())]
    distributed.all_gather_object(everyones, rows)
    return [row for one in everyones for row in one]
