"""What a fit runs on, as the command line says it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import torch

from shared.limits import available_cpus

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


@dataclass(frozen=True)
class Hardware:
    """Devices, and processes beside them.

    Attributes
    ----------
    accelerator : str
        Lightning's name: "auto", "cpu" or "gpu".
    devices, nodes : int
        Devices a node, and nodes: more than one of either trains with DDP, each device on a batch
        of its own.
    precision : str or None
        Arithmetic; None: as the recipe says.
    workers : int
        Processes that prepare samples, and load them on a GPU.
    compiled : bool
        Whether torch compiles a segmentation network for its patches first, which needs a C++
        compiler and delays the first step: worth trying where a fit takes long. Scores are
        never compiled.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    precision: Precision | None = None
    workers: int = 1
    compiled: bool = False

    @property
    def world(self) -> int:
        """Return the number of devices in all."""
        return self.devices * self.nodes

    @property
    def rank(self) -> int:
        """Return this process's number among the devices, known before they are joined."""
        for name in ("RANK", "SLURM_PROCID"):
            if self.world > 1 and os.environ.get(name, "").isdigit():
                return int(os.environ[name])
        node, local = os.environ.get("NODE_RANK", "0"), os.environ.get("LOCAL_RANK", "0")
        return int(node) * self.devices + int(local)

    @property
    def on_gpu(self) -> bool:
        """Tell whether a GPU will be used."""
        return self.accelerator != "cpu" and torch.cuda.is_available()

    @property
    def loaders(self) -> int:
        """Return the processes that load samples: on a CPU one beside the network's at most."""
        return self.workers if self.on_gpu else min(self.workers - 1, 1)

    def __str__(self) -> str:
        """Say what it is, for a card."""
        if self.on_gpu:
            return f"{self.world} x {torch.cuda.get_device_name()}"
        return f"CPU, {available_cpus()} cores" + (f" x {self.world}" if self.world > 1 else "")
