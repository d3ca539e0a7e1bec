"""The clinical record: every encoding of a value gives one vector, and missing means missing."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from shared.documents import read_document
from shared.errors import DocumentError, InputError

log = logging.getLogger(__name__)

ClinicalFeature = Literal[
    "age_years",
    "gender_male",
    "tobacco",
    "alcohol",
    "performance_status",
    "chemoradiotherapy",
    "metastasis",
    "centre_id",
]
CLINICAL_FEATURES: tuple[ClinicalFeature, ...] = get_args(ClinicalFeature)


@dataclass(frozen=True)
class Clinical:
    """One patient's clinical values; None is missing.

    Attributes
    ----------
    age_years : float or None
        Age, 0 to 120.
    gender_male : float or None
        1 male, 0 female.
    tobacco, alcohol : float or None
        Consumption: 1 yes, 0 no.
    performance_status : float or None
        ECOG, 0 to 4.
    chemoradiotherapy : float or None
        1 chemoradiotherapy, 0 radiotherapy alone.
    metastasis : float or None
        1 for M1, 0 for M0.
    centre_id : float or None
        Number of the acquiring centre (Task 2 only).
    """

    age_years: float | None = None
    gender_male: float | None = None
    tobacco: float | None = None
    alcohol: float | None = None
    performance_status: float | None = None
    chemoradiotherapy: float | None = None
    metastasis: float | None = None
    centre_id: float | None = None

    def vector(self, features: Sequence[ClinicalFeature]) -> NDArray[np.float32]:
        """Encode chosen features as (value, missing) pairs.

        Returns
        -------
        ndarray, shape (2 * len(features),), float32
            Value in the unit above and 0, or 0 and 1 where it is missing.
        """
        pairs: list[float] = []
        for feature in features:
            value: float | None = getattr(self, feature)
            pairs += [0.0, 1.0] if value is None else [value, 0.0]
        return np.array(pairs, dtype=np.float32)


MISSING_WORDS = frozenset({"", "nan", "null", "none", "na", "n/a", "unknown", "mx"})


class _NonsenseError(ValueError):
    """A value that is neither valid nor a way of saying "missing"."""


def _number(value: object) -> float | None:
    """Return the number that a JSON value stands for; None where it says "missing"."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.replace("\xa0", " ").strip()
        if text.lower() in MISSING_WORDS:
            return None
        value = text
    if not isinstance(value, (bool, int, float, str)):
        raise _NonsenseError
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _NonsenseError from None
    return None if math.isnan(number) or number == -1.0 else number


def _within(low: float, high: float) -> Callable[[object], float | None]:
    def parse(value: object) -> float | None:
        if isinstance(value, bool):
            raise _NonsenseError
        number = _number(value)
        if number is not None and not low <= number <= high:
            raise _NonsenseError
        return number

    return parse


def _one_of(words: Mapping[str, float], codes: Sequence[float]) -> Callable[[object], float | None]:
    def parse(value: object) -> float | None:
        if isinstance(value, str) and value.replace("\xa0", " ").strip().lower() in words:
            return words[value.replace("\xa0", " ").strip().lower()]
        number = _number(value)
        if number is not None and number not in codes:
            raise _NonsenseError
        return number

    return parse


_YES_NO = _one_of({"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}, (0.0, 1.0))
# Key of the record, in lower case -> field.
_KEYS: Mapping[str, ClinicalFeature] = {
    "age": "age_years",
    "gender": "gender_male",
    "tobacco consumption": "tobacco",
    "alcohol consumption": "alcohol",
    "performance status": "performance_status",
    "treatment": "chemoradiotherapy",
    "m-stage": "metastasis",
    "centerid": "centre_id",
}
# Field -> parser, what is expected.
_VALUES: Mapping[ClinicalFeature, tuple[Callable[[object], float | None], str]] = {
    "age_years": (_within(0.0, 120.0), "0 to 120 years"),
    "gender_male": (
        _one_of({"m": 1.0, "male": 1.0, "f": 0.0, "female": 0.0}, (0.0, 1.0)),
        "0 (female) or 1 (male)",
    ),
    "tobacco": (_YES_NO, "0 or 1"),
    "alcohol": (_YES_NO, "0 or 1"),
    "performance_status": (_one_of({}, (0.0, 1.0, 2.0, 3.0, 4.0)), "0 to 4 (ECOG)"),
    "chemoradiotherapy": (_YES_NO, "0 (RT) or 1 (chemoRT)"),
    "metastasis": (_one_of({"m0": 0.0, "m1": 1.0}, (0.0, 1.0)), "M0 or M1"),
    "centre_id": (_within(1.0, 1000.0), "a centre's number"),
}


def feature_of(key: str) -> ClinicalFeature:
    """Return the field of `Clinical` that a key of the data set names ("Age", ...), in any case.

    Raises
    ------
    KeyError
        The data set has no such key.
    """
    return _KEYS[key.replace("\xa0", " ").strip().lower()]


def _parsed(key: str, value: object, feature: ClinicalFeature) -> float | None:
    parse, expected = _VALUES[feature]
    try:
        return parse(value)
    except _NonsenseError:
        log.warning(
            "EHR socket ehr.json: %s expected %s, found %.40r; treated as missing",
            key,
            expected,
            value,
        )
        return None


def parse_clinical(record: Mapping[str, Any]) -> Clinical:
    """Read the data set's clinical keys from a record.

    Unknown keys are ignored with a note; a value that makes no sense is missing, with a warning.

    Parameters
    ----------
    record : mapping
        Keys as in the data set ("Age", "Tobacco Consumption", ...), in any case.
    """
    values: dict[str, float | None] = {}
    for key, value in record.items():
        try:
            feature = feature_of(key)
        except KeyError:
            log.info("EHR socket ehr.json: ignored key %.80r", key)
            continue
        found = _parsed(key, value, feature)
        if feature in values and values[feature] != found:
            log.warning("EHR socket ehr.json: %.80r is there twice and differs; missing", key)
            found = None
        values[feature] = found
    # Only Task 2's record names the centre.
    expected_names = (f.name for f in fields(Clinical) if f.name != "centre_id")
    missing = [name for name in expected_names if values.get(name) is None]
    if missing:
        log.info("clinical values missing: %s", ", ".join(missing))
    return Clinical(**values)


def parse_ehr(path: Path) -> Clinical:
    """Read `ehr.json`; a missing file is a record without values.

    Raises
    ------
    InputError
        If the file is there but is not a JSON object.
    """
    where = "EHR socket ehr.json"
    if not os.path.lexists(path):
        log.warning("%s: no such file; every clinical value is missing", where)
        return Clinical()
    try:
        record = read_document(path)
    except DocumentError as error:
        raise InputError(f"{where}: expected JSON, found {str(error)!r}") from error
    if record is None:
        return Clinical()
    if not isinstance(record, dict):
        raise InputError(f"{where}: expected a JSON object, found a {type(record).__name__}")
    return parse_clinical(record)
