"""Writes time_dependent_auc.json beside itself with scikit-survival 0.28.0, an outside reference.

That library is under the GPL: it is no requirement of this project. Install it into an
environment of its own, and run this file there.
"""

import json
from pathlib import Path

import numpy as np
from sksurv.metrics import cumulative_dynamic_auc
from sksurv.util import Surv

AT_DAYS = (300.0, 365.0, 730.0, 1095.0)
SIZES = (30, 60, 200)


def case(seed: int, patients: int, *, ties: bool) -> dict[str, list[float]]:
    """Draw one cohort and score it."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=patients)
    recurs = rng.exponential(1500.0 * np.exp(-risk / 2.0))
    leaves = rng.uniform(100.0, 2500.0, patients)
    time, event = np.minimum(recurs, leaves).round(3), recurs <= leaves
    risk = (risk + rng.normal(size=patients)).round(6)
    if ties:
        # Recurrences and censorings on the same days, on days looked at, and equal risks.
        time, risk = np.ceil(time / 365.0) * 365.0, risk.round()
    event[time == time.max()] = False
    outcome = Surv.from_arrays(event, time)
    auc, _ = cumulative_dynamic_auc(outcome, outcome, risk, AT_DAYS[1:] if ties else AT_DAYS)
    return {
        "risk": risk.tolist(),
        "time_days": time.tolist(),
        "event": event.tolist(),
        "at_days": list(AT_DAYS[1:] if ties else AT_DAYS),
        "auc": auc.tolist(),
    }


if __name__ == "__main__":
    cases = [
        case(seed, patients, ties=ties)
        for seed, patients in enumerate(SIZES)
        for ties in (False, True)
    ]
    Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n", encoding="utf-8")
