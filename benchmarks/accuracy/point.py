"""One recipe after its minutes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fitted:
    """What a recipe reached in its minutes.

    Attributes
    ----------
    recipe : str
        Its name, with its variant.
    spacing_mm : float
        Of the network's grid.
    filters, millions : int, float
        Channels of the finest level, and weights in millions.
    inference : str
        One pass over the region, or windows.
    steps, fit_seconds : int, float
        Of the fit.
    patients : int
        Held out.
    gtvp_dice, gtvp_low, gtvp_high : float
        Mean over patients, and its 95 % interval.
    gtvn_dice, gtvn_f1 : float
        Aggregated.
    """

    recipe: str
    spacing_mm: float
    filters: int
    millions: float
    inference: str
    steps: int
    fit_seconds: float
    patients: int
    gtvp_dice: float
    gtvp_low: float
    gtvp_high: float
    gtvn_dice: float
    gtvn_f1: float

    @property
    def dice(self) -> float:
        """Return the mean of both labels' Dice: what the plot shows."""
        return (self.gtvp_dice + self.gtvn_dice) / 2.0


@dataclass(frozen=True)
class Point(Fitted):
    """A dot of the plot.

    Attributes
    ----------
    cpu_seconds : float
        Processor time of a patient's segmentation, median of a few patients.
    """

    cpu_seconds: float
