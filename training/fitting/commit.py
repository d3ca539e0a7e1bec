"""Which version of the code a fit ran with."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit() -> str:
    """Return the checkout's commit, with a plus where files differ from it; "" outside of one."""
    root = Path(__file__).parents[2]
    git = ["git", "-C", str(root)]
    try:
        name = subprocess.run(  # noqa: S603  # fixed arguments
            [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(  # noqa: S603
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{name}+" if changed else name
