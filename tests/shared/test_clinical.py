"""The clinical record: one vector a value, and missing means missing."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clinical import (
    CLINICAL_FEATURES,
    Clinical,
    ClinicalFeature,
    feature_of,
    parse_clinical,
    parse_ehr,
)
from shared.errors import InputError
from tests.strategies import JSON, few, many

KEYS: dict[str, ClinicalFeature] = {
    "Age": "age_years",
    "Gender": "gender_male",
    "Tobacco Consumption": "tobacco",
    "Alcohol Consumption": "alcohol",
    "Performance Status": "performance_status",
    "Treatment": "chemoradiotherapy",
    "M-stage": "metastasis",
    "CenterID": "centre_id",
}
BINARY = ("Gender", "Tobacco Consumption", "Alcohol Consumption", "Treatment", "M-stage")
MISSING = [
    None,
    float("nan"),
    "",
    " ",
    "\xa0",
    "NaN",
    "nan",
    "Unknown",
    "N/A",
    "none",
    -1,
    -1.0,
    "-1",
]
NONSENSE = [
    ("Age", 430),
    ("Age", True),
    ("Age", "old"),
    ("Age", float("inf")),
    ("Age", 10**400),
    ("Gender", "x"),
    ("Gender", 2),
    ("Tobacco Consumption", [1]),
    ("Alcohol Consumption", {"value": 1}),
    ("Performance Status", 5),
    ("Performance Status", 1.5),
    ("Treatment", "chemo"),
    ("M-stage", "M7"),
    ("CenterID", 0),
]


def encodings(number: int) -> list[object]:
    text = [f"{number}", f"{number}.0", f" {number} ", f"\xa0{number}.00\n"]
    return [number, float(number), *text]


def vector(record: dict[str, Any]) -> list[float]:
    encoded: list[float] = parse_clinical(record).vector(CLINICAL_FEATURES).tolist()
    return encoded


@many
@given(data=st.data(), key=st.sampled_from(sorted(KEYS)))
def test_every_encoding_of_a_value_gives_the_identical_vector(
    data: st.DataObject, key: str
) -> None:
    low, high = {"Age": (0, 120), "Performance Status": (0, 4), "CenterID": (1, 9)}.get(key, (0, 1))
    number = data.draw(st.integers(low, high))
    ways = encodings(number)
    if key in BINARY:
        ways.append(bool(number))
    one, other = data.draw(st.sampled_from(ways)), data.draw(st.sampled_from(ways))
    assert vector({key: one}) == vector({key: other})
    position = 2 * CLINICAL_FEATURES.index(KEYS[key])
    assert vector({key: one})[position : position + 2] == [number, 0.0]


@pytest.mark.parametrize("key", ["Age", "age", " AGE ", "Age\xa0"])
def test_a_key_may_be_spelt_in_any_case(key: str) -> None:
    assert parse_clinical({key: 61}).age_years == 61.0
    assert feature_of(key) == "age_years"


def test_every_key_names_its_feature() -> None:
    assert {key: feature_of(key) for key in KEYS} == KEYS
    assert set(KEYS.values()) == set(CLINICAL_FEATURES)
    with pytest.raises(KeyError, match="shoe size"):
        feature_of("Shoe size")


@pytest.mark.parametrize(
    ("key", "ways", "expected"),
    [
        ("M-stage", ["M0", "m0", " M0 ", "M0\xa0", 0, "0", False], 0.0),
        ("M-stage", ["M1", "m1", 1, "1.0", True], 1.0),
        ("Gender", ["M", "m", "Male", 1, "1", True], 1.0),
        ("Gender", ["F", "female", 0, "0.0", False], 0.0),
        ("Tobacco Consumption", ["yes", "Yes", "TRUE", True, 1], 1.0),
        ("Treatment", ["no", "false", False, 0, "0"], 0.0),
    ],
)
def test_words_mean_their_numbers(key: str, ways: list[object], expected: float) -> None:
    assert {getattr(parse_clinical({key: way}), KEYS[key]) for way in ways} == {expected}


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize("key", sorted(KEYS))
def test_missing_is_value_0_indicator_1(
    key: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert vector({key: value}) == [0.0, 1.0] * len(CLINICAL_FEATURES)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_zero_is_a_value_and_not_missing() -> None:
    assert Clinical(tobacco=0.0).vector(("tobacco", "alcohol")).tolist() == [0.0, 0.0, 0.0, 1.0]


def test_vector_follows_the_order_that_is_asked_for() -> None:
    clinical = Clinical(age_years=61.0, performance_status=2.0)
    found = clinical.vector(("performance_status", "age_years"))
    assert found.dtype == np.float32
    assert found.tolist() == [2.0, 0.0, 61.0, 0.0]


@pytest.mark.parametrize(("key", "value"), NONSENSE)
def test_nonsense_is_missing_with_a_warning_that_names_it(
    key: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert getattr(parse_clinical({key: value}), KEYS[key]) is None
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert f"{key} expected" in warning
    assert repr(value)[:20] in warning


def test_unknown_keys_are_ignored_with_a_note(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert parse_clinical({"Shoe size": 43, "Age": 61}).age_years == 61.0
    assert "ignored key 'Shoe size'" in caplog.text


def write(folder: Path, content: bytes) -> Path:
    path = folder / "ehr.json"
    path.write_bytes(content)
    return path


def test_a_missing_file_is_a_record_without_values(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert parse_ehr(tmp_path / "ehr.json") == Clinical()
    assert "no such file" in caplog.text


@pytest.mark.parametrize("content", [b"{}", b"null", b" {\n} "])
def test_an_empty_record_is_all_missing(tmp_path: Path, content: bytes) -> None:
    assert parse_ehr(write(tmp_path, content)) == Clinical()


def test_a_byte_order_mark_and_the_nan_literal_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, b'\xef\xbb\xbf{"Age": NaN, "Gender": "1"}')
    assert parse_ehr(path) == Clinical(gender_male=1.0)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"Age: 61", b"\xff\xfe{\x00}\x00", b"[" * 100_000, b'{"Age": ' + b"9" * 5000],
)
def test_what_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"^EHR socket ehr\.json: expected JSON, found"):
        parse_ehr(write(tmp_path, content))


@pytest.mark.parametrize(("content", "kind"), [(b"[]", "list"), (b"61", "int"), (b'"x"', "str")])
def test_json_that_is_no_object_is_refused(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=f"expected a JSON object, found a {kind}"):
        parse_ehr(write(tmp_path, content))


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ehr.json").mkdir()
    with pytest.raises(InputError, match="expected JSON"):
        parse_ehr(tmp_path / "ehr.json")


@many
@given(record=st.dictionaries(st.sampled_from(sorted(KEYS)) | st.text(max_size=9), JSON))
def test_any_record_gives_a_finite_vector(record: dict[str, Any]) -> None:
    found = parse_clinical(record).vector(CLINICAL_FEATURES)
    assert found.shape == (2 * len(CLINICAL_FEATURES),)
    assert np.isfinite(found).all()
    assert set(found[1::2]) <= {0.0, 1.0}


@few
@given(content=JSON.map(json.dumps).map(str.encode) | st.binary(max_size=40))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("ehr"), content)
    try:
        found: Clinical | None = parse_ehr(path)
    except InputError:
        found = None
    assert found is None or np.isfinite(found.vector(CLINICAL_FEATURES)).all()
