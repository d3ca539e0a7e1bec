"""One vertebra each: atlas, axis, and those of neck, chest and loins."""

from dataclasses import dataclass

from phantom.anatomy.tissue import Tissue, both, flat, line, rods
from phantom.geometry.shapes import Ellipsoid, Loft, Point, Strand

_CORTEX_HU, _ARCH_HU = 620.0, 560.0
_PLATE_MM = 1.8


@dataclass(frozen=True)
class Level:
    """Where a vertebra stands and how large it is, canonical millimetres.

    Attributes
    ----------
    z, y : float
        Middle of the body.
    half_mm : float
        Half its height.
    a, b : float
        Its half axes along x and y.
    canal_y : float
        Middle of the canal.
    tip_y : float
        Back end of the spinous process.
    wing_mm : float
        How far the transverse process reaches to the side.
    marrow_hu : float
        HU of the spongy bone, which falls from neck to loins.
    marrow_suv : float
        SUV of the spongy bone.
    """

    z: float
    y: float
    half_mm: float
    a: float
    b: float
    canal_y: float
    tip_y: float
    wing_mm: float
    marrow_hu: float
    marrow_suv: float

    def at(self, x: float, y: float, z: float) -> Point:
        """Return a point beside the canal's middle."""
        return x, self.canal_y + y, self.z + z


def body_tissues(level: Level) -> list[Tissue]:
    """Return a body with its end plates and waist around the spongy bone."""
    z, y, h, a, b = level.z, level.y, level.half_mm, level.a, level.b
    rows = ((z - h, y, a, b), (z, y, 0.93 * a, 0.93 * b), (z + h, y, a, b))
    squareness = 0.55
    body = Loft(rows, squareness=squareness)
    core = Loft(
        tuple(
            (z + s * (h - _PLATE_MM), y, k * a - 1.2, k * b - 1.2)
            for s, k in ((-1, 1.0), (0, 0.93), (1, 1.0))
        ),
        squareness=squareness,
    )
    return [
        Tissue(body, _CORTEX_HU, 0.8 * level.marrow_suv),
        Tissue(core, level.marrow_hu, level.marrow_suv),
    ]


def atlas_tissues(level: Level) -> list[Tissue]:
    """Return the ring that carries the skull."""
    z, suv = level.z, 0.7 * level.marrow_suv
    front = ((0.0, level.y - 8.0, z), (9.0, level.y - 6.5, z), (15.0, level.y - 1.0, z))
    back = (level.at(19.0, -7.0, 0.0), level.at(15.5, 4.0, 1.0), level.at(0.0, 12.5, 0.0))
    wing = ((20.0, level.y + 2.5, z), (36.0, level.y + 5.0, z))
    mass = Ellipsoid((18.5, level.y + 1.5, z), (7.0, 9.5, 9.5), (0.0, -12.0, -12.0))
    return flat(
        (
            rods(front, (3.8, 3.0, 3.5), _ARCH_HU, suv),
            rods(back, (3.0, 2.6, 3.2), _ARCH_HU, suv),
            rods(wing, (3.6, 3.2), _ARCH_HU, suv),
            both(mass, _CORTEX_HU, suv),
            both(Ellipsoid(mass.centre_mm, (4.6, 7.0, 6.5), mass.turn_degrees), 380.0, suv),
        )
    )


def axis_tissues(level: Level, dens_top_mm: float) -> list[Tissue]:
    """Return the second vertebra with its dens and its heavy spinous process."""
    suv = level.marrow_suv
    dens = ((0.0, level.y, level.z + 4.0), (0.0, level.y - 1.0, dens_top_mm))
    shoulder = Ellipsoid((13.5, level.y + 2.0, level.z + 7.0), (8.0, 8.0, 5.0), (0.0, 20.0, 0.0))
    return flat(
        (
            both(shoulder, _CORTEX_HU, 0.8 * suv),
            body_tissues(level),
            line(dens, (5.6, 4.8), _CORTEX_HU, 0.8 * suv),
            line(dens, (3.6, 3.0), level.marrow_hu, suv),
            _neck_arch(level, heavy=1.25),
        )
    )


def neck_tissues(level: Level, *, last: bool) -> list[Tissue]:
    """Return a neck's vertebra: forked at the back, except the last, and holed at the sides."""
    return flat((body_tissues(level), _neck_arch(level, heavy=1.0, forked=not last)))


def _neck_arch(level: Level, *, heavy: float, forked: bool = True) -> list[Tissue]:
    y, z, suv = level.y, level.z, 0.7 * level.marrow_suv
    # The joints' pillars lean forwards; a slit of 1.5 mm parts one from the next.
    c, reach = level.canal_y, level.half_mm + 1.2
    pillar = Strand(
        (
            (z - reach, 16.5, c + 2.0, 5.0, 4.2, 0.0),
            (z, 16.5, c - 0.5, 6.0, 6.5, 0.0),
            (z + reach, 16.5, c - 3.5, 5.0, 4.2, 0.0),
        )
    )
    front_knob, back_knob = (20.0, y - 3.0, z - 1.0), (level.wing_mm, y + 5.5, z - 2.0)
    spine = (level.at(0.0, 10.0, -3.0), (0.0, level.tip_y - 3.0, z - 7.0))
    tips = ((0.0, level.tip_y - 4.0, z - 7.0), (3.6, level.tip_y + 1.0, z - 9.0))
    thick = 3.0 * heavy
    return flat(
        (
            rods(((8.0, y + 3.5, z + 1.0), level.at(15.0, -3.0, 1.0)), (3.2, 3.4), _ARCH_HU, suv),
            rods(((9.0, y - 2.5, z), front_knob), (2.3, 2.4), _ARCH_HU, suv),
            rods((level.at(17.0, -3.5, 0.0), back_knob), (2.6, 2.6), _ARCH_HU, suv),
            rods((front_knob, back_knob), (2.0, 2.0), _ARCH_HU, suv),
            both(pillar, _ARCH_HU, suv),
            rods((level.at(15.0, 3.5, 0.0), level.at(2.0, 11.0, -1.5)), (2.6, 2.6), _ARCH_HU, suv),
            rods((level.at(15.0, 4.0, -4.0), level.at(2.0, 11.0, -5.5)), (2.6, 2.6), _ARCH_HU, suv),
            line(spine, (thick, thick), _ARCH_HU, suv),
            rods(tips, (2.2, 2.4), _ARCH_HU, suv) if forked else [],
        )
    )


def chest_tissues(level: Level) -> list[Tissue]:
    """Return a chest's vertebra with its steep spinous process."""
    suv, y, w = 0.7 * level.marrow_suv, level.y + level.b, level.wing_mm
    drop = 0.95 * level.half_mm
    return flat(
        (
            body_tissues(level),
            rods(
                ((9.5, y - 3.0, level.z + 4.0), level.at(10.0, 1.0, 3.0)), (3.8,) * 2, _ARCH_HU, suv
            ),
            rods((level.at(10.0, 3.0, 2.0), level.at(w, 11.0, 5.0)), (4.0, 4.4), _ARCH_HU, suv),
            both(Ellipsoid(level.at(10.0, 7.0, 9.0), (4.5, 3.0, 6.0)), _ARCH_HU, suv),
            rods((level.at(9.0, 4.0, 1.0), level.at(0.0, 11.0, -2.0)), (3.0, 3.2), _ARCH_HU, suv),
            rods((level.at(9.0, 6.0, -6.0), level.at(0.0, 12.0, -8.0)), (2.8, 3.0), _ARCH_HU, suv),
            line(
                (level.at(0.0, 11.0, -4.0), (0.0, level.tip_y, level.z - 6.0 - drop)),
                (3.2, 3.0),
                _ARCH_HU,
                suv,
            ),
        )
    )


def loin_tissues(level: Level) -> list[Tissue]:
    """Return a loin's vertebra with its upright spinous plate."""
    suv, y, w = 0.7 * level.marrow_suv, level.y + level.b, level.wing_mm
    reach = (level.tip_y - level.canal_y - 10.0) / 2
    plate = Ellipsoid((0.0, level.tip_y - reach, level.z - 8.0), (3.4, reach, 10.0))
    return flat(
        (
            body_tissues(level),
            rods(
                ((13.0, y - 3.0, level.z + 5.0), level.at(14.0, 1.0, 4.0)),
                (4.8,) * 2,
                _ARCH_HU,
                suv,
            ),
            rods((level.at(15.0, 0.0, 3.0), level.at(w, 3.0, 2.0)), (3.8, 3.0), _ARCH_HU, suv),
            both(Ellipsoid(level.at(16.0, 8.0, 10.0), (5.0, 6.5, 9.0)), _ARCH_HU, suv),
            both(Ellipsoid(level.at(12.5, 10.0, -13.0), (4.2, 5.0, 8.0)), _ARCH_HU, suv),
            rods((level.at(13.0, 5.0, 1.0), level.at(0.0, 14.0, -3.0)), (3.6, 3.6), _ARCH_HU, suv),
            rods((level.at(12.0, 7.0, -7.0), level.at(0.0, 14.0, -9.0)), (3.4, 3.4), _ARCH_HU, suv),
            [Tissue(plate, _ARCH_HU, suv)],
        )
    )
