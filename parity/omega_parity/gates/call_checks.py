"""Each component that can be called on its own, compared call by call: results and refusals alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Final

from omega.compare.compare import Comparison, Difference, merge
from omega.contract.types import Variant
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import compare_calls, factories, native_factory, reference_factory
from omega_parity.drive.lockstep import drive
from omega_parity.generate.calls import one_side, sample_calls
from omega_parity.generate.cases import Market, base_config
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_cases
from omega_parity.selftest.probe.examples import bad_inputs

BARS: Final = 4_000
QUICK_BARS: Final = 800
DRIVEN: Final = 12
QUICK_DRIVEN: Final = 3
GENERATED: Final = 60
QUICK_GENERATED: Final = 15
"""Generated cases of calls."""

_SERIES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("sma", {"period": 20}),
    ("ema", {"period": 30}),
    ("true_range", {}),
    ("atr", {"period": 14}),
    ("bollinger", {"period": 20, "std_factor": 2.0}),
    ("zscore", {"window": 100, "mean": "rolling"}),
    ("zscore", {"window": 100, "mean": "ema", "ema_period": 30}),
    ("sma", {"period": 0}),
    ("ema", {"window": 3}),
    ("median", {}),
)
"""The last three are refused."""

_Calls = Iterator[Comparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCheck:
    """One component compared call by call.

    Attributes
    ----------
    rules : tuple of str
        Rules that the calls apply.
    """

    component: str
    rules: tuple[str, ...]
    comparison: Comparison

    @property
    def first(self) -> Difference | None:
        """The first difference."""
        return self.comparison.differences[0] if self.comparison.differences else None


def check_calls(component: str, *, is_quick: bool) -> CallCheck | None:
    """Compare the calls of a component; None for one that is seen in whole runs only."""
    if component not in _CHECKS:
        return None
    rules, calls = _CHECKS[component]
    return CallCheck(component=component, rules=rules, comparison=merge(calls(is_quick)))


def _both(makers: tuple[Any, ...], method: str, *arguments: object, **named: object) -> Comparison:
    reference, candidate = (partial(getattr(one, method), *arguments, **named) for one in makers)
    return compare_calls(reference, candidate)


def _market(is_quick: bool) -> Market:
    return sample_market(n=QUICK_BARS if is_quick else BARS)


def _costs(is_quick: bool) -> _Calls:
    market = _market(is_quick)
    keys = list(product((0, -1, 2**63 - 1), (0, -7), (0, 1, 2**32 - 1, -1), (0, 1, 9), (0, 1), (0, 1, 2, 3)))
    amounts = list(product((0.01, 3.7, 1e-300), (1.1, 150.123, float("nan"))))
    for variant in Variant:
        models = tuple(make(base_config(market, variant)) for make in factories("slippage_fee"))
        yield from (_both(models, "slippage", *key) for key in keys)
        yield _both(models, "slippage_batch", *map(list, zip(*keys, strict=True)))
        yield from (_both(models, "fee", *amount) for amount in amounts)


def _indicators(is_quick: bool) -> _Calls:
    caches = tuple(make(_market(is_quick).bars) for make in factories("indicator_cache"))
    for (name, parameters), side in product(_SERIES, ("bid", "ask")):
        yield _both(caches, "get", name, side, **parameters)
    yield from _generated("indicator_cache", is_quick)


def _execution(is_quick: bool) -> _Calls:
    for case in sample_cases(QUICK_DRIVEN if is_quick else DRIVEN):
        if case.signals is None:
            continue
        driven = drive(case)
        differences = () if driven.divergence is None else driven.divergence.differences
        yield Comparison(comparisons=driven.comparisons, differences=differences)


def _data(is_quick: bool) -> _Calls:
    market = _market(is_quick)
    handlers = tuple(make() for make in factories("data_handler"))
    yield _both(handlers, "sample_bars", market.bars.num_rows, 11)
    yield _both(handlers, "sample_bars", 0, 11)
    yield _both(handlers, "check_bars", market.bars, market.timeframe)
    for case in bad_inputs():
        yield _both(handlers, "check_bars", case.bars, market.timeframe)
    bid, ask = (one_side(market.bars, side) for side in ("bid", "ask"))
    yield _both(handlers, "join_sides", bid, ask.slice(3), 0.1)
    yield _both(handlers, "join_sides", bid, ask.slice(3), 0.0)
    yield from _generated("data_handler", is_quick)


def _generated(component: str, is_quick: bool) -> _Calls:
    """Compare generated calls of one component."""
    for case in sample_calls(QUICK_GENERATED if is_quick else GENERATED):
        calls = tuple(call for call in case.calls if call.component == component)
        yield compare_answers(answers(calls, reference_factory), answers(calls, native_factory))


_CHECKS: Final[dict[str, tuple[tuple[str, ...], Callable[[bool], _Calls]]]] = {
    "slippage_fee": (("C-1", "C-2"), _costs),
    "indicator_cache": (("I-1", "I-2", "I-6", "I-8", "I-11", "I-17"), _indicators),
    "execution_simulator": (("E-19",), _execution),
    "data_handler": (("T-2", "T-4", "G-1", "Q-D1"), _data),
}
