"""Whether the parts of a recipe go together; every message names the part that does not."""

from __future__ import annotations

from collections.abc import Sequence

from shared.spec import OnePass, Role, Spec, Windows
from training.recipe.augmentation import Augmentation, ByClass, OneOf, Patches
from training.recipe.network import Network, SegmentationNetwork
from training.recipe.optimisation import Optimiser
from training.recipe.score import PatientNetwork, learner_of, needs_values


def learns_by_gradients(network: Network) -> bool:
    """Return whether anything of a network is fitted step by step."""
    return not isinstance(network, PatientNetwork) or learner_of(network) is not None


def check_gradients(network: Network, optimiser: Optimiser | None, *, steps: int) -> None:
    """Refuse steps, or an optimiser, where nothing learns by gradients; and the other way round.

    Raises
    ------
    ValueError
        Naming `steps` or `optimiser`.
    """
    learns = learns_by_gradients(network)
    if learns != (steps > 0):
        wanted = "1 or more" if learns else "0, as nothing learns by gradients"
        raise ValueError(f"steps: expected {wanted}, found {steps}")
    if learns and optimiser is None:
        raise ValueError("optimiser: expected one, as the network learns by gradients")
    if optimiser is not None and not learns:
        raise ValueError("optimiser: expected none, as nothing learns by gradients")


def check_score(network: PatientNetwork, spec: Spec) -> None:
    """Refuse inputs that a score network does not use or lacks, and an output that means another.

    Raises
    ------
    ValueError
        Naming the part of the spec.
    """
    learner = learner_of(network)
    sees = learner is not None and learner.image is not None
    if sees != bool(spec.channels):
        wanted = "channels" if sees else "none, as its network sees no image"
        raise ValueError(f"spec.channels: expected {wanted}, found {len(spec.channels)}")
    if needs_values(network) and not spec.clinical and not spec.lesions:
        raise ValueError("spec: expected clinical or lesion values, found neither")
    # An HPV network gives a logit, whose threshold is a probability; a risk means itself.
    activation = "sigmoid" if spec.role == "hpv" else "none"
    if spec.activation != activation:
        raise ValueError(
            f"spec.activation: expected {activation} for {spec.role}, found {spec.activation}"
        )


def check_balanced(balanced: bool, *, role: Role, batch_size: int) -> None:
    """Refuse batches balanced by class where there are no classes, or halves of no whole size.

    Raises
    ------
    ValueError
        Naming `balanced` or `batch_size`.
    """
    if balanced and role != "hpv":
        raise ValueError(f"balanced: expected for hpv alone, found it for {role}")
    if balanced and batch_size % 2:
        raise ValueError(
            f"batch_size: expected an even number, as batches are balanced, found {batch_size}"
        )


def check_patches(network: Network, spec: Spec, patches: Patches | None) -> None:
    """Refuse crops that a network's strides don't divide, or that count other classes.

    Raises
    ------
    ValueError
        Naming the part of the patches or of the spec.
    """
    if (spec.role == "segmentation") != (patches is not None):
        raise ValueError("patches: expected for a segmentation and for nothing else")
    if patches is not None and not isinstance(network, PatientNetwork):
        _check_sizes(network, spec, patches)
        _check_classes(spec, patches)


def _check_sizes(network: SegmentationNetwork, spec: Spec, patches: Patches) -> None:
    multiple, inference = network.multiple, spec.inference
    sizes = {"patches.size_zyx": patches.size_zyx}
    if isinstance(inference, Windows):
        sizes["spec.inference.patch_zyx"] = inference.patch_zyx
    for name, size in sizes.items():
        if any(n % multiple for n in size):
            raise ValueError(f"{name}: expected multiples of {multiple}, found {size}")
    if isinstance(inference, OnePass) and inference.multiple % multiple:
        raise ValueError(
            f"spec.inference.multiple: expected a multiple of {multiple}, "
            f"found {inference.multiple}"
        )


def _check_classes(spec: Spec, patches: Patches) -> None:
    classes = 1 + max(label.channel for label in spec.labels)
    if isinstance(patches.centre, ByClass) and len(patches.centre.weights) != classes:
        raise ValueError(
            f"patches.centre.weights: expected {classes} (the background and each label), "
            f"found {len(patches.centre.weights)}"
        )


def check_channels(augmentation: Sequence[Augmentation], spec: Spec) -> None:
    """Refuse changes of images that the spec does not have.

    Raises
    ------
    ValueError
        Naming the change.
    """
    if augmentation and not spec.channels:
        raise ValueError("augmentation: expected none, as the spec has no channels")
    sources = {channel.source for channel in spec.channels}
    for change in augmentation:
        for one in change.of if isinstance(change, OneOf) else (change,):
            missing = set(getattr(one, "channels", ())) - sources
            if missing:
                raise ValueError(
                    f"augmentation: {one.kind} changes {', '.join(sorted(missing))}, "
                    "which no channel of the spec holds"
                )
