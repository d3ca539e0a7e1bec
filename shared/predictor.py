"""The walk of one patient: prepare, infer, post-process; and a score where a task asks for one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.case import Case
from shared.ensemble import Combination, Members, activate, probabilities
from shared.errors import ModelError
from shared.grid import Grid, Point
from shared.lesion_features import lesion_vector
from shared.lesions import Lesion, centre_of, find_lesions
from shared.limits import Deadline
from shared.postprocessing import clean, likely_labels, placed
from shared.preprocessing import NetworkInput, prepare
from shared.spec import Box, Role, Spec
from shared.steps import step

log = logging.getLogger(__name__)

LESIONS_MM = 1.5
"""Voxels in which lesions are measured, at most."""


@dataclass(frozen=True)
class Findings:
    """A segmentation and what it says, for the networks that come after it.

    Attributes
    ----------
    labels : SimpleITK.Image
        uint8 labels.
    lesions : tuple of Lesion
        Its components.
    """

    labels: sitk.Image
    lesions: tuple[Lesion, ...]

    @classmethod
    def of(cls, labels: sitk.Image, case: Case) -> Findings:
        """Describe the components of a mask."""
        with step(log, "describe") as current:
            lesions = find_lesions(
                labels, pet_suv=case.pet_suv, ct_hu=case.ct_hu, dose_gy=case.dose_gy
            )
            current.note = f"{len(lesions)} lesions"
        return cls(labels, lesions)

    @property
    def centre_mm(self) -> Point | None:
        """Volume-weighted centroid of the lesions, LPS; None where there are none."""
        return centre_of(self.lesions)


@dataclass(frozen=True)
class Score:
    """One number for a patient.

    Attributes
    ----------
    value : float
        Risk (higher: earlier recurrence) or probability of HPV.
    threshold : float
        Above it HPV is called positive.
    """

    value: float
    threshold: float


@dataclass(frozen=True)
class Predictor:
    """A task's models, ready for one case after another.

    Attributes
    ----------
    members : mapping of str to Members
        The networks of each role.
    """

    members: Mapping[Role, Members]

    def segment(self, case: Case, *, deadline: Deadline) -> sitk.Image:
        """Label the primary tumour (1) and the lymph nodes (2).

        Returns
        -------
        SimpleITK.Image
            uint8 on the CT's grid.
        """
        combined, grid, spec = self._segmented(case, deadline)
        return _postprocess(combined, grid, spec=spec, case=case, onto=Grid.of(case.ct_hu))

    def find(self, case: Case, *, deadline: Deadline) -> Findings:
        """Segment a patient and measure the lesions.

        Done on the network's lattice, cut into voxels of `LESIONS_MM` at most: in those of the CT
        the same lesions would have other volumes and peaks with every scanner.
        """
        combined, grid, spec = self._segmented(case, deadline)
        onto = grid.finer(LESIONS_MM)
        return Findings.of(_postprocess(combined, grid, spec=spec, case=case, onto=onto), case)

    def _segmented(self, case: Case, deadline: Deadline) -> tuple[NDArray[np.float32], Grid, Spec]:
        """Return the members' probabilities, shape (k, z, y, x), where they lie, and a spec."""
        members = self.members["segmentation"]
        combined, seconds = members.combination(), 0.0
        prepared: NetworkInput | None = None
        for member in members:
            if combined.count and not deadline.allows(seconds):
                break
            started = perf_counter()
            spec = member.spec
            if prepared is None:
                prepared = prepare(case, spec)
            combined.add(probabilities(member, prepared.tensor, deadline=deadline))
            seconds = perf_counter() - started
            del member
        if prepared is None:
            raise ModelError("weights: expected a segmentation network, found none")
        _log_members("segmentation", combined, members)
        return combined.result()[0], prepared.grid, spec

    def score(
        self, role: Role, case: Case, *, deadline: Deadline, findings: Findings | None = None
    ) -> Score:
        """Return a patient's risk or HPV probability.

        Outputs of several networks are combined before they are activated: logits, so that one
        that is sure counts for more than two that are not.

        Parameters
        ----------
        role : {"risk", "hpv"}
            Which networks.
        case : Case
            The patient; segmented first where the networks need it.
        deadline : Deadline
            Members that would not fit are left out.
        findings : Findings, optional
            A segmentation that is there already, to be used instead of one made here.
        """
        members = self.members[role]
        combined, seconds = members.combination(), 0.0
        spec: Spec | None = None
        for member in members:
            if combined.count and not deadline.allows(seconds):
                break
            if findings is None and member.spec.needs_lesions:
                findings = self.find(case, deadline=deadline)
            started = perf_counter()
            inputs = score_inputs(case, member.spec, findings=findings)
            with step(log, "score") as current:
                current.note = member.name
                combined.add(member(inputs))
            spec = member.spec
            seconds = perf_counter() - started
            del member
        if spec is None:
            raise ModelError(f"weights: expected a {role} network, found none")
        _log_members(role, combined, members)
        value = activate(combined.result(), spec)
        return Score(value=float(value.reshape(-1)[0]), threshold=spec.threshold)


def score_inputs(
    case: Case, spec: Spec, *, findings: Findings | None
) -> dict[str, NDArray[np.float32]]:
    """Make every tensor that a risk or HPV network takes; training's data set calls it too.

    Returns
    -------
    dict of str to ndarray
        By the spec's tensor names: image (1, c, z, y, x), clinical (1, 2 f), lesions (1, f),
        what is unknown of them as the spec says.

    Raises
    ------
    ModelError
        If the spec needs a segmentation and none is given.
    """
    if spec.needs_lesions and findings is None:
        raise ModelError("the model needs a segmentation, but none was given")
    names, inputs = spec.tensor_names, {}
    if spec.channels:
        around_lesions = isinstance(spec.region, Box) and spec.region.centre == "lesions"
        inputs[names.image] = prepare(
            case,
            spec,
            centre_mm=findings.centre_mm if findings and around_lesions else None,
            segmentation=findings.labels if findings else None,
        ).tensor
    if spec.clinical:
        inputs[names.clinical] = case.clinical.vector(spec.clinical)[None]
    if spec.lesions and findings is not None:
        described = lesion_vector(findings.lesions, spec.lesions)[None]
        if spec.unknown_lesions == "zero":
            described = np.nan_to_num(described, nan=0.0)
        inputs[names.lesions] = described
    return inputs


def _postprocess(
    combined: NDArray[np.float32], network_grid: Grid, *, spec: Spec, case: Case, onto: Grid
) -> sitk.Image:
    with step(log, "post-process") as current:
        current.note = f"onto {onto.size_xyz} voxels"
        part = likely_labels(combined, network_grid, spec=spec, onto=onto)
        if part is not None:
            part = clean(part, spec=spec, pet_suv=case.pet_suv)
        return placed(part, onto)


def _log_members(role: Role, combined: Combination, members: Members) -> None:
    if combined.count < len(members):
        log.warning(
            "%s: %d of %d members fitted the time limit", role, combined.count, len(members)
        )
