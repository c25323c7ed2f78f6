"""What the contract refuses before a bar is walked, by the third opinion and by both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

import omega

from .comparing import compare
from .inputs import quotes_of
from .rules import refused_fills
from .small import flat, small_run
from .terms import terms_of

BACKENDS = ("python", "rust")
SLIPS = {"slippage": {"fixed_pips": 4.0, "random_pips": 5.0}}


@pytest.mark.rule("C-1", "Q-C1b")
@pytest.mark.parametrize(
    ("lows", "row"),
    [
        ((0.0006, 0.0005, 0.0004), 2),  # each is low enough: the lowest is named
        ((0.0020, 0.0004, 0.0004), 1),
        ((0.0009, 0.0010), 0),
        ((0.00096, 0.0010), None),
    ],
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_slippage_down_to_nothing(lows: tuple[float, ...], row: int | None, backend: str) -> None:
    run = small_run([(0.002, 0.002, low, 0.002) for low in lows], [], costs=SLIPS)
    terms = terms_of(run.keys)
    found = refused_fills(terms, quotes_of(run.bars, terms))
    assert found == (None if row is None else ("costs.slippage", row))
    if row is None:
        run.result(backend)
        return
    with pytest.raises(omega.OmegaError) as refused:
        run.result(backend)
    assert (refused.value.code, refused.value.rule, refused.value.row) == (1006, "C-1", row)


@pytest.mark.rule("C-1", "Q-C1b")
@pytest.mark.parametrize("backend", BACKENDS)
def test_slippage_and_buffer_down_to_nothing(backend: str) -> None:
    """s + b = 0.0009 + 0.0003, the low is 0.00115: the stop 0.00088 would be reached there, and sold below 0."""
    run = small_run(
        [flat(0.003), (0.003, 0.003, 0.00115, 0.002)],
        [{"bar": 0, "size": 1.0, "stop_loss": 0.00088}],
        costs={"slippage": {"fixed_pips": 9.0}},
        pip_buffer_factor=3.0,
    )
    terms = terms_of(run.keys)
    assert refused_fills(terms, quotes_of(run.bars, terms)) == ("costs.slippage", 1)
    with pytest.raises(omega.OmegaError) as refused:
        run.result(backend)
    assert (refused.value.code, refused.value.rule, refused.value.row) == (1006, "C-1", 1)


@pytest.mark.rule("C-1", "Q-C1b")
@pytest.mark.parametrize("backend", BACKENDS)
def test_digits_that_leave_no_price(backend: str) -> None:
    """With two digits 0.004 is 0.00."""
    run = small_run([flat(0.02), flat(0.004)], [], instrument={"digits": 2, "tick_size": 0.01})
    terms = terms_of(run.keys)
    assert refused_fills(terms, quotes_of(run.bars, terms)) == ("instruments.digits", 1)
    with pytest.raises(omega.OmegaError) as refused:
        run.result(backend)
    assert (refused.value.code, refused.value.column, refused.value.row) == (1006, "instruments.digits", 1)


@pytest.mark.rule("S-1", "S-5")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("rule", "keys"),
    [("S-5", {"symbol": "XXXYYY"}), ("S-1", {"account_currency": "CHF"})],
)
def test_a_run_without_a_specification_or_a_rate(rule: str, keys: dict[str, object], backend: str) -> None:
    run = small_run([flat(1.1)] * 2, [])
    run = replace(run, keys={**run.keys, **keys})
    with pytest.raises(ValueError, match=r"no (specification of|rate from)"):
        terms_of(run.keys)
    with pytest.raises(omega.OmegaError) as refused:
        run.result(backend)
    assert (refused.value.code, refused.value.rule) == (1001, rule)


@pytest.mark.rule("T-6", "Q-T6b", "T-10")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("fraction", "code"),
    [(0.0, 1006), (-0.5, 1006), (9e-13, 1006), (1.0000000000000002, 1006), (float("nan"), 2004), (float("inf"), 2005)],
)
@pytest.mark.parametrize("signal_type", ["exit", "entry", "modify"])
def test_a_fraction_that_is_none(fraction: float, code: int, signal_type: str, backend: str) -> None:
    """What a type of signal does not read is ignored, but not before the table is checked."""
    signals = [{"bar": 0, "signal_type": "exit"}, {"bar": 0, "signal_type": signal_type, "fraction": fraction}]
    with pytest.raises(omega.OmegaError) as refused:
        small_run([flat(1.1)], signals).result(backend)
    found = refused.value
    assert (found.code, found.rule, found.column, found.row) == (code, "T-6", "fraction", 1)


@pytest.mark.rule("T-6", "T-10", "E-16")
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_least_fraction_there_is(backend: str) -> None:
    signals: list[dict[str, object]] = [
        {"bar": 0, "size": 1.0, "stop_loss": 1.0},
        {"bar": 0, "signal_type": "exit", "fraction": 1e-12},
    ]
    run = small_run([flat(1.1)], signals)
    result = run.result(backend)
    assert result.events.column("reason").to_pylist() == [None, None, "part_below_min"]
    assert not compare(result, run.opinion()).differences
