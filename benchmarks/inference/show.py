"""The table."""

from collections.abc import Sequence

from benchmarks.inference.measure import GATE, VariantResult
from benchmarks.machine import Machine


def markdown(ways: Sequence[VariantResult], machine: Machine, *, data: str, patients: int) -> str:
    """Return the table, in the order of the ways."""
    lines = [
        f"{data}; {patients} patients; {machine}.",
        "",
        f"| way | processor s | GTVp Dice | GTVn Dice | GTVn F1 | change of Dice (95 %) "
        f"| loses {GATE:g} at most |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {way.name} | {way.cpu_seconds:.2f} | {way.gtvp_dice:.3f} | {way.gtvn_dice:.3f} "
        f"| {way.gtvn_f1:.3f} | {way.change:+.4f} ({way.change_low:+.4f} to "
        f"{way.change_high:+.4f}) | {way.verdict} |"
        for way in ways
    ]
    return "\n".join(lines)
