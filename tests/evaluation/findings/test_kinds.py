from evaluation.findings import WEIGHTS, Finding, Kind, summary


def finding(kind: Kind, volume_ml: float, detail: str) -> Finding:
    box = (slice(0, 1), slice(0, 1), slice(0, 1))
    return Finding(kind, 2, box, (0, 0, 0), volume_ml, detail)


def test_every_kind_has_a_weight_and_the_order_follows_it() -> None:
    assert list(WEIGHTS) == list(Kind)
    assert list(WEIGHTS.values()) == sorted(WEIGHTS.values(), reverse=True)


def test_severity_by_hand() -> None:
    assert finding(Kind.MISSED_NODE, 1.5, "").severity == 3.0
    assert finding(Kind.LOOSE_BORDER, 4.0, "").severity == 2.0


def test_summaries() -> None:
    told = [finding(Kind.MISSED_NODE, 1.0, detail) for detail in "abcde"]
    assert summary([]) == "agrees"
    assert summary(told[:1]) == "a"
    assert summary(told[:3]) == "a; b; c"
    assert summary(told) == "a; b; c; and 2 more"
    assert summary(told, most=1) == "a; and 4 more"
