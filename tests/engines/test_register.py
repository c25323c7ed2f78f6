"""The register explains what it says and nothing besides; looked at without the engines."""

from __future__ import annotations

from .cases import Case, Outcome
from .register import differing, read_register

CASE = Case(
    name="limit-0",
    bars=[(1.1, 1.1, 1.1, 1.1), (1.1, 1.101, 1.097, 1.0995), (1.0995, 1.1, 1.099, 1.0999)],
    order={
        "bar": 0,
        "direction": "long",
        "order_type": "limit",
        "price": 1.0998,
        "stop_loss": 1.098,
        "take_profit": 1.1005,
    },
)
OURS: Outcome = (1, 1.0998, 1, 1.098)


def explained(engine: str, theirs: Outcome) -> list[str]:
    return [one.id for one in read_register() if one.engine == engine and one.explains(CASE, OURS, theirs)]


def test_each_entry_explains_its_kind() -> None:
    assert explained("backtesting", (1, 1.0998, 2, 1.098)) == ["BT-1"]
    assert explained("backtesting", (1, 1.0998, 1, 1.1005)) == ["BT-2"]
    assert explained("nautilus", (1, 1.0998, None, None)) == ["NT-2"]
    assert explained("nautilus", (1, 1.0998, 1, 1.097)) == ["NT-3"]


def test_what_is_new_is_explained_by_none() -> None:
    for theirs in ((1, 1.0997, 1, 1.098), (2, 1.0998, 2, 1.098), (None,) * 4, (1, 1.0998, 1, 1.0985)):
        assert differing(OURS, theirs)
        assert explained("vectorbt", theirs) == []
    assert explained("nautilus", (1, 1.0997, 1, 1.098)) == []
    assert explained("nautilus", (1, 1.0998, 1, 1.0985)) == []
    assert explained("backtesting", (1, 1.0997, 2, 1.098)) == []
