import pickle
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.report.agreement import agreeing
from evaluation.report.scans import PET_WINDOW_SUV, grey
from evaluation.report.scene import Scene, make_scene
from evaluation.report.view import View
from tests.evaluation.report.crafted import (
    FLIPPED,
    IDENTITY,
    NODE_MM,
    OBLIQUE,
    RADIUS_MM,
    TURNED,
    UPSIDE_DOWN,
    ball,
    ends,
    findings,
    node,
    pixels,
    scan,
)

DIRECTIONS = [IDENTITY, FLIPPED, UPSIDE_DOWN, TURNED, OBLIQUE]
NOTHING = np.zeros((40, 80, 80), np.uint8)


def labels_of(array: np.ndarray, like: sitk.Image) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.CopyInformation(like)
    return made


def scene_of(direction: np.ndarray, *, predicted: bool = True, most: int = 6) -> Scene:
    truth = node(direction)
    prediction = node(direction) if predicted else truth * 0
    return make_scene(
        ct_hu=scan(direction, inside=60, outside=-100),
        # The PET lies on a grid of its own, turned another way.
        pet_suv=scan(FLIPPED, inside=10, outside=0.5),
        truth=truth,
        prediction=prediction,
        findings=findings(prediction, truth),
        most=most,
    )


def middle(view: View) -> tuple[float, float]:
    left, right, top, bottom = ends(view.outlines[0].path)
    return (left + right) / 2, (top + bottom) / 2


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_left_and_up_are_the_patients_whatever_the_grid(direction: np.ndarray) -> None:
    scene = scene_of(direction)
    front, side = scene.projections
    # On the patient's left, so on the picture's right; above the middle; in front, so left of it.
    x, y = middle(front)
    assert x - front.width / 2 > 15
    assert y < front.height / 2 - 10
    assert middle(side)[0] < side.width / 2 - 5
    # The hot spot of the PET lies inside the outline, which is as large as the ball.
    for view in (front, side):
        dark = np.argwhere(pixels(view.png)[..., 0] < 60).mean(axis=0) + 0.5
        assert dark[::-1] == pytest.approx(middle(view), abs=1.5)
        left, right, _, _ = ends(view.outlines[0].path)
        assert (right - left) * view.pixel_mm == pytest.approx(2 * RADIUS_MM, abs=5)
    (cut,) = scene.cuts
    assert cut.z_mm == pytest.approx(NODE_MM[2], abs=4.5)
    axial, ct, both = cut.views
    assert [view.name for view in cut.views] == ["axial", "CT", "PET/CT"]
    for view in (ct, both):
        assert middle(view) == pytest.approx((50, 50), abs=4)
        assert view.width * view.pixel_mm == pytest.approx(60, abs=0.5)
    inside, outside = pixels(ct.png)[50, 50], pixels(ct.png)[5, 5]
    assert inside.tolist() == [140] * 3  # (60 + 160) / 400
    assert outside.tolist() == [38] * 3
    assert pixels(both.png)[50, 50].max() > 180
    assert axial.box is not None
    assert axial.box[0] < middle(axial)[0] < axial.box[0] + axial.box[2]


def test_known_uptake_has_its_grey() -> None:
    front = scene_of(IDENTITY).projections[0]
    x, y = middle(front)
    level = 255 - int(grey([0.5], PET_WINDOW_SUV)[0])
    assert pixels(front.png)[-5, front.width // 2].tolist() == [level] * 3
    assert pixels(front.png)[int(y), int(x)].tolist() == [0] * 3


def test_prediction_and_truth_are_told_apart_and_the_truth_lies_above() -> None:
    for view in scene_of(IDENTITY).projections:
        assert [(line.label, line.truth) for line in view.outlines] == [(2, False), (2, True)]
    missed = scene_of(IDENTITY, predicted=False)
    assert all(line.truth for view in missed.projections for line in view.outlines)


def test_findings_come_first_and_what_is_left_out_is_counted() -> None:
    truth = sitk.GetArrayFromImage(node())
    truth[5:8, 10:14, 10:14] = 1
    prediction = truth.copy()
    prediction[truth == 2] = 0
    images = [labels_of(array, node()) for array in (truth, prediction)]
    arguments = {"ct_hu": None, "pet_suv": None, "truth": images[0], "prediction": images[1]}
    found = findings(images[1], images[0])
    scene = make_scene(**arguments, findings=found)
    assert [(cut.text.split(",")[0], cut.wrong) for cut in scene.cuts] == [
        ("Missed node", True),
        ("GTVp of 0.8 ml found", False),
    ]
    assert (scene.more_findings, scene.more_agreeing) == (0, 0)
    # Numbers stand at the height of their slices: the node above the primary.
    (node_at, _, one), (primary_at, _, two) = scene.projections[0].levels
    assert (one, two) == ("1", "2")
    assert node_at < primary_at
    fewer = make_scene(**arguments, findings=found, most=1)
    assert (len(fewer.cuts), fewer.more_findings, fewer.more_agreeing) == (1, 0, 1)
    none = make_scene(**arguments, findings=found, most=0)
    assert (none.cuts, none.more_findings, none.more_agreeing) == ((), 1, 1)


def test_the_telling_slice_has_the_most_disagreement() -> None:
    truth = np.zeros_like(NOTHING)
    truth[10:20, 20:40, 20:40] = 2
    prediction = truth.copy()
    prediction[17, 20:38, 20:40] = 0
    prediction[12, 20:22, 20:40] = 0
    prediction[10:20, 20:28, 40:60] = 2
    images = [labels_of(array, node()) for array in (truth, prediction)]
    (some,) = findings(node() * 0, node())
    scene = make_scene(
        ct_hu=None,
        pet_suv=None,
        truth=images[0],
        prediction=images[1],
        findings=[replace(some, box=(slice(10, 20), slice(20, 40), slice(20, 60)))],
    )
    assert scene.cuts[0].z_mm == pytest.approx(-78 + 4 * 17)


@pytest.mark.parametrize(
    ("ct", "pet", "names"),
    [
        (True, False, ["axial", "CT"]),
        (False, True, ["axial", "PET"]),
        (False, False, ["axial", "outlines"]),
    ],
)
def test_absent_images_leave_what_there_is(ct: bool, pet: bool, names: list[str]) -> None:
    scene = make_scene(
        ct_hu=scan(IDENTITY, inside=60, outside=-100) if ct else None,
        pet_suv=scan(IDENTITY, inside=10, outside=0.5) if pet else None,
        truth=node(),
        prediction=node(),
        findings=(),
    )
    views = scene.cuts[0].views
    assert [view.name for view in views] == names
    assert all((view.png is not None) == (ct or pet) for view in views)
    assert all((view.png is not None) == pet for view in scene.projections)
    assert all(view.outlines for view in (*views, *scene.projections))
    assert views[1].dark == ct
    if pet and not ct:
        assert pixels(views[1].png)[50, 50].tolist() == [0] * 3  # hot is dark


def test_a_patient_without_any_label() -> None:
    empty = labels_of(NOTHING, node())
    scene = make_scene(
        ct_hu=None,
        pet_suv=scan(IDENTITY, inside=10, outside=0.5),
        truth=empty,
        prediction=empty,
        findings=(),
    )
    assert scene.cuts == ()
    assert [view.outlines for view in scene.projections] == [(), ()]


def test_a_long_scan_is_shown_as_a_whole_too() -> None:
    body = sitk.Image(60, 60, 250, sitk.sitkFloat32) + 1.0
    body.SetSpacing((4.0, 4.0, 4.0))
    body.SetOrigin((-120.0, -120.0, -900.0))
    scene = make_scene(ct_hu=None, pet_suv=body, truth=node(), prediction=node(), findings=())
    assert [view.name for view in scene.projections] == [
        "from the front",
        "from the side",
        "whole scan",
    ]
    front, _, whole = scene.projections
    assert front.height * front.pixel_mm < 300
    assert whole.height * whole.pixel_mm == pytest.approx(1000, abs=4)
    assert ends(whole.outlines[0].path)[3] < 40


def test_a_prediction_far_away_is_seen_on_the_whole_scan() -> None:
    tall = ball(IDENTITY, NODE_MM, 5.0)
    tall.SetSpacing((2.0, 2.0, 30.0))
    array = NOTHING.copy()
    array[35:37, 30:50, 30:50] = 2
    truth = labels_of(array, tall)
    array[2:4, 30:50, 30:50] = 2
    scene = make_scene(
        ct_hu=None, pet_suv=None, truth=truth, prediction=labels_of(array, tall), findings=()
    )
    whole = scene.projections[-1]
    assert whole.name == "whole scan"
    predicted = next(line for line in whole.outlines if not line.truth)
    assert ends(predicted.path)[3] > 0.85 * whole.height


def test_a_scene_is_small_and_travels_between_processes() -> None:
    scene = scene_of(OBLIQUE, predicted=False)
    packed = pickle.dumps(scene)
    assert pickle.loads(packed) == scene  # noqa: S301 - made a line above
    assert len(packed) < 100_000


def test_labels_on_two_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="expected truth and prediction of one size"):
        make_scene(ct_hu=None, pet_suv=None, truth=node(), prediction=node()[:40], findings=())


def test_lesions_in_a_findings_box_are_not_told_twice() -> None:
    truth = NOTHING.copy()
    truth[2:6, 2:6, 2:6] = 1
    truth[20:30, 20:30, 20:30] = 2
    node_box = (slice(20, 30), slice(20, 30), slice(20, 30))
    assert [label for label, _ in agreeing(truth, [])] == [2, 1]
    assert agreeing(truth, [node_box]) == [(1, (slice(2, 6), slice(2, 6), slice(2, 6)))]
    assert agreeing(NOTHING, []) == []
