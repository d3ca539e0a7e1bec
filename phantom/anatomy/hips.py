"""The muscles of buttocks, hips and thighs, under their fat."""

from phantom.anatomy.tissue import MUSCLE_HU, Tissue, both, flat
from phantom.anatomy.tubes import paired
from phantom.anatomy.uptake import Uptake
from phantom.geometry.shapes import Ellipsoid, Strand

Rows = tuple[tuple[float, float, float, float, float, float], ...]
_MAXIMUS: Rows = (
    (-990.0, 134.0, 34.0, 7.0, 18.0, 0.0),
    (-935.0, 106.0, 66.0, 46.0, 18.0, -38.0),
    (-880.0, 84.0, 84.0, 62.0, 21.0, -32.0),
    (-820.0, 72.0, 92.0, 58.0, 20.0, -26.0),
    (-770.0, 62.0, 98.0, 40.0, 13.0, -22.0),
    (-738.0, 58.0, 100.0, 14.0, 6.0, -22.0),
)
_MEDIUS: Rows = (
    (-890.0, 138.0, 10.0, 6.0, 18.0, 0.0),
    (-850.0, 136.0, 10.0, 15.0, 38.0, 12.0),
    (-800.0, 136.0, 14.0, 18.0, 52.0, 22.0),
    (-750.0, 136.0, 20.0, 15.0, 50.0, 26.0),
    (-712.0, 130.0, 26.0, 6.0, 26.0, 26.0),
)
_THIGH: tuple[Rows, ...] = (
    # Vastus lateralis, rectus femoris, vastus medialis and intermedius.
    (
        (-1250.0, 124.0, 0.0, 20.0, 40.0, -14.0),
        (-1080.0, 138.0, -6.0, 24.0, 52.0, -14.0),
        (-960.0, 144.0, -4.0, 22.0, 48.0, -8.0),
        (-930.0, 145.0, -3.0, 18.0, 42.0, 0.0),
        (-900.0, 146.0, -4.0, 8.0, 18.0, 0.0),
    ),
    (
        (-1250.0, 104.0, -42.0, 16.0, 9.0, 0.0),
        (-1100.0, 110.0, -60.0, 26.0, 14.0, 8.0),
        (-980.0, 112.0, -66.0, 26.0, 15.0, 12.0),
        (-860.0, 104.0, -50.0, 12.0, 10.0, 0.0),
        (-825.0, 104.0, -34.0, 5.0, 5.0, 0.0),
    ),
    (
        (-1250.0, 84.0, -20.0, 30.0, 34.0, 30.0),
        (-1100.0, 98.0, -24.0, 36.0, 28.0, 20.0),
        (-980.0, 108.0, -28.0, 30.0, 24.0, 0.0),
        (-930.0, 112.0, -22.0, 25.0, 21.0, 0.0),
    ),
    # Adductors, then the hamstrings on the outer and the inner side.
    (
        (-1250.0, 62.0, 26.0, 14.0, 20.0, 0.0),
        (-1120.0, 60.0, 14.0, 30.0, 36.0, -14.0),
        (-1000.0, 58.0, 4.0, 38.0, 50.0, -10.0),
        (-940.0, 50.0, -8.0, 32.0, 44.0, -30.0),
        (-895.0, 32.0, -38.0, 12.0, 18.0, -40.0),
    ),
    (
        (-1250.0, 108.0, 46.0, 20.0, 18.0, 0.0),
        (-1100.0, 108.0, 56.0, 27.0, 22.0, -12.0),
        (-980.0, 94.0, 60.0, 22.0, 18.0, 0.0),
        (-935.0, 70.0, 46.0, 9.0, 9.0, 0.0),
    ),
    (
        (-1250.0, 74.0, 50.0, 16.0, 16.0, 0.0),
        (-1100.0, 66.0, 58.0, 21.0, 20.0, 20.0),
        (-980.0, 62.0, 60.0, 14.0, 16.0, 0.0),
        (-935.0, 62.0, 46.0, 6.0, 8.0, 0.0),
    ),
)


def hip_muscle_tissues(uptake: Uptake) -> list[Tissue]:
    """Return gluteal, hip and thigh muscles; fat planes are what they leave free."""
    muscle = uptake.muscle
    fascia = ((132.0, -44.0, -770.0), (140.0, -40.0, -850.0), (150.0, -26.0, -930.0))
    sartorius = (
        (122.0, -58.0, -770.0),
        (104.0, -66.0, -900.0),
        (56.0, -56.0, -1080.0),
        (44.0, -14.0, -1240.0),
    )
    pectineus = ((34.0, -54.0, -880.0), (66.0, -40.0, -905.0), (96.0, -14.0, -940.0))
    outer = ((48.0, -26.0, -905.0), (70.0, 2.0, -912.0), (112.0, 22.0, -905.0))
    piriform = ((36.0, 78.0, -815.0), (72.0, 58.0, -840.0), (122.0, 26.0, -880.0))
    gracilis = ((22.0, -36.0, -915.0), (26.0, 4.0, -1050.0), (40.0, 24.0, -1240.0))
    minimus = Ellipsoid((122.0, 2.0, -826.0), (9.0, 36.0, 36.0), (0.0, 6.0, 16.0))
    return flat(
        (
            *(both(Strand(rows), MUSCLE_HU, muscle) for rows in _THIGH),
            paired(piriform, (10.0, 11.0, 5.0), MUSCLE_HU, muscle),
            paired(outer, (10.0, 11.0, 7.0), MUSCLE_HU, muscle, step_mm=20.0),
            paired(pectineus, (9.0, 12.0, 9.0), MUSCLE_HU, muscle, step_mm=20.0),
            paired(gracilis, (8.0, 7.0, 5.0), MUSCLE_HU, muscle, step_mm=60.0),
            paired(sartorius, (6.0, 9.0, 9.0, 9.0), MUSCLE_HU, muscle, step_mm=40.0),
            paired(fascia, (6.0, 10.0, 5.0), MUSCLE_HU, muscle, step_mm=40.0),
            both(Strand(_MEDIUS), MUSCLE_HU, muscle),
            both(minimus, MUSCLE_HU, muscle),
            both(Strand(_MAXIMUS), MUSCLE_HU, muscle),
        )
    )
