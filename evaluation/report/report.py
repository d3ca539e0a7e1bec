"""The report of an evaluation: headline, problems, charts, centres, cases; as one HTML page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.report.page import environment
from evaluation.report.picture import BLUE, LABEL_COLOURS, Picture
from evaluation.report.scene import Scene

Cell = str | int | float | None


@dataclass(frozen=True)
class Tile:
    """A headline figure.

    Attributes
    ----------
    name : str
        Of the metric.
    value : float or None
        NaN and None are shown as a dash.
    interval : tuple of float or None
        Low and high end.
    meaning : str
        In a word, such as ``higher is better``.
    unit : str
        ``%`` shows a share as a percentage.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table; numbers are shown with three digits, to the right.

    Attributes
    ----------
    header : tuple of str
        Names of the columns.
    rows : tuple of tuple
        Text, numbers, or None for a dash, one a column.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Refuse rows of another length than the header's.

        Raises
        ------
        ValueError
            A row has too many cells or too few.
        """
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"expected {len(self.header)} cells, found {row}")


@dataclass(frozen=True)
class Card:
    """One case: see `case_card`."""

    patient: str
    centre: str
    numbers: Mapping[str, Cell]
    reason: str
    scene: Scene | None

    @property
    def anchor(self) -> str:
        """Name of the card in the page's address: letters, digits and hyphens."""
        return "case-" + "".join(c if c.isalnum() else f"-{ord(c):x}-" for c in self.patient)


@dataclass(frozen=True)
class Report:
    """All that the page says.

    Attributes
    ----------
    title : str
        Of the page.
    about : mapping of str to str
        Data, command, date, whatever states where the figures come from, in order.
    tiles : sequence of Tile
        The headline.
    problems : sequence of str
        Missing patients, wrong grids: shown first of all.
    figures : sequence of Picture
        Charts, in order.
    centres : Table or None
        Figures by centre.
    cards : sequence of Card
        Cases in the order of the page: the worst first.
    cases : Table or None
        All cases, one a row; a first cell that names a card's patient links to it.
    conventions : sequence of str
        How the figures are defined, a paragraph each.
    """

    title: str
    about: Mapping[str, str]
    tiles: Sequence[Tile]
    problems: Sequence[str] = ()
    figures: Sequence[Picture] = ()
    centres: Table | None = None
    cards: Sequence[Card] = ()
    cases: Table | None = None
    conventions: Sequence[str] = field(default=())


def case_card(
    scene: Scene | None,
    *,
    patient: str,
    centre: str,
    numbers: Mapping[str, Cell],
    reason: str,
) -> Card:
    """Return the card of a case.

    Parameters
    ----------
    scene : Scene or None
        The pictures; None for a case without images.
    patient, centre : str
        Its title.
    numbers : mapping of str to str, number or None
        Name to value, in order.
    reason : str
        Why the case stands where it does, in a sentence.
    """
    return Card(patient, centre, numbers, reason, scene)


def render(report: Report) -> str:
    """Return the page: complete HTML, which asks for nothing outside itself."""
    cards = {card.patient: card.anchor for card in report.cards}
    template = environment().get_template("report.html.j2")
    return template.render(report=report, anchors=cards, colours=LABEL_COLOURS, mark=BLUE)


def write_page(report: Report, path: Path) -> None:
    """Write the page as UTF-8."""
    path.write_text(render(report), encoding="utf-8")
