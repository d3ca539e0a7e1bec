"""Patients who are rendered when they are needed, and dropped."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.cases.table import CENTRE
from phantom import VERSION
from phantom.disk.case import EHR_KEYS, ehr
from phantom.disk.tables import tasks_on_paper
from phantom.patient import make_patient
from phantom.profile import Profile, draw_profile
from shared.clinical import Clinical, ClinicalFeature, parse_clinical
from shared.spec import Spec
from training.data.patient import DataError, Loaded, Outcome
from training.data.reading import as_container

ADDRESS = "phantom"
CENTRE_FEATURE: ClinicalFeature = "centre_id"


@dataclass(frozen=True)
class RenderedPatient:
    """One patient of the phantom, neck only and without radiotherapy.

    Attributes
    ----------
    seed, index : int
        Where the patient comes from.
    task : int
        Whose clinical record: only Task 2's names the centre.
    patient_id, centre : str
        Name and centre.
    outcome : Outcome
        As the data set's tables would record it, or as it was drawn.
    """

    seed: int
    index: int
    task: int
    patient_id: str
    centre: str
    outcome: Outcome

    @property
    def labelled(self) -> bool:
        """Return True: a rendered patient brings its labels."""
        return True

    def fingerprint(self, spec: Spec) -> str:
        """Return what the patient is made from, as far as a spec's network sees it."""
        named = CENTRE in self._keys and CENTRE_FEATURE in spec.clinical
        keys = "with centre" if named else "without centre"
        return f"phantom {VERSION} seed {self.seed} index {self.index} neck only, record {keys}"

    def clinical(self) -> Clinical:
        """Draw the clinical record; see `Patient.clinical`."""
        values = draw_profile(self.seed, self.index).recorded.values
        return parse_clinical({key: values[key] for key in self._keys})

    @property
    def _keys(self) -> tuple[str, ...]:
        return (*EHR_KEYS, CENTRE) if self.task == 2 else EHR_KEYS

    def load(self) -> Loaded:
        """Render the scans: some seconds."""
        made = make_patient(self.seed, self.index, neck_only=True, planning=False)
        return as_container(
            self.patient_id,
            ct_hu=made.ct_hu,
            pet=made.pet,
            record=ehr(made, task=self.task),
            labels=made.labels,
        )


def rendered_patients(address: str, *, task: int) -> tuple[tuple[RenderedPatient, ...], str]:
    """Return the patients of an address ``phantom:SEED:PATIENTS``, and their description.

    For Tasks 2 and 3 only those are there whom the data set's tables hold: with follow-up, or
    with an HPV test.

    Raises
    ------
    DataError
        If the address is not of this form.
    """
    try:
        _, seed_text, count_text = address.split(":")
        seed, count = int(seed_text), int(count_text)
    except ValueError as error:
        raise DataError(f"{address}: expected phantom:SEED:PATIENTS, two whole numbers") from error
    if seed < 0 or count < 1:
        raise DataError(f"{address}: expected a seed from 0 and a patient or more")
    profiles = [draw_profile(seed, index) for index in range(count)]
    patients = tuple(
        _rendered(profile, _recorded(profile), task=task)
        for profile in profiles
        if task in tasks_on_paper(profile)
    )
    description = (
        f"phantom, generator version {VERSION}, seed {seed}, {len(patients)} patients, neck only"
    )
    if len(patients) < count:
        description += f" ({count - len(patients)} of {count} without the outcome left out)"
    return patients, description


def true_patient(profile: Profile, *, task: int) -> RenderedPatient:
    """Return a patient with the outcome that was drawn, recorded or not."""
    outcome = Outcome(
        relapse=profile.outcome.relapse,
        rfs_days=profile.outcome.days,
        hpv_positive=profile.clinical.hpv_positive,
    )
    return _rendered(profile, outcome, task=task)


def _recorded(profile: Profile) -> Outcome:
    recorded = profile.recorded
    return Outcome(
        relapse=profile.outcome.relapse if recorded.followed_up else None,
        rfs_days=profile.outcome.days if recorded.followed_up else None,
        hpv_positive=recorded.hpv_positive,
    )


def _rendered(profile: Profile, outcome: Outcome, *, task: int) -> RenderedPatient:
    return RenderedPatient(
        seed=profile.seed,
        index=profile.index,
        task=task,
        patient_id=profile.patient_id,
        centre=profile.centre,
        outcome=outcome,
    )
