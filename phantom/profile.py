"""A patient on paper: centre, clinical values, disease and outcome, without any image."""

from dataclasses import dataclass, replace

from phantom.disease.drawing import REACTIVE, Lesion, draw_disease
from phantom.record.centres import CENTRES, check_centres, draw_centre
from phantom.record.clinical import Clinical, Recorded, draw_clinical, record
from phantom.record.outcome import Outcome, draw_outcome, log_risk
from phantom.streams import Stream, generator


@dataclass(frozen=True)
class Profile:
    """All that is drawn of a patient before the scan."""

    seed: int
    index: int
    centre: str
    clinical: Clinical
    recorded: Recorded
    lesions: tuple[Lesion, ...]
    outcome: Outcome

    @property
    def patient_id(self) -> str:
        """Centre and number, as ``MDA-008`` for index 7; within a centre, numbers have gaps."""
        return f"{self.centre}-{self.index + 1:03d}"


def draw_profile(
    seed: int, index: int, *, centre: str | None = None, centres: tuple[str, ...] | None = None
) -> Profile:
    """Draw a patient on paper.

    Parameters
    ----------
    seed, index : int
        Seed of the cohort and number of the patient in it.
    centre : str, optional
        Fixes the centre; clinical values and disease stay those of (seed, index).
    centres : tuple of str, optional
        Centres to draw among, with the data set's weights.

    Raises
    ------
    ValueError
        A centre is unknown, or a seed or index negative.
    """
    if centre is None:
        centre = draw_centre(generator(seed, index, Stream.CENTRE), centres)
    check_centres((centre,))
    clinical = draw_clinical(generator(seed, index, Stream.CLINICAL))
    disease_rng = generator(seed, index, Stream.DISEASE)
    drawn = draw_disease(disease_rng, hpv_positive=clinical.hpv_positive)
    factor = CENTRES[centre].suv_factor
    lesions = tuple(
        lesion if lesion.label == REACTIVE else replace(lesion, suv_max=factor * lesion.suv_max)
        for lesion in drawn
    )
    risk = log_risk(clinical, lesions, centre)
    return Profile(
        seed=seed,
        index=index,
        centre=centre,
        clinical=clinical,
        recorded=record(clinical, centre, generator(seed, index, Stream.MISSING)),
        lesions=lesions,
        outcome=draw_outcome(generator(seed, index, Stream.OUTCOME), risk),
    )
