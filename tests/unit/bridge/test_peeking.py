"""What `omega.lookahead` and `omega.warm_up` find: peeks on purpose of every kind, and nothing else (Q-G3c, Q-G4)."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

import omega
from omega import OmegaError, Strategy, orders
from omega.contract.errors import ErrorCode

from .own_strategies import CONFIG, M5, Centered, Crossover, flat_bars


@pytest.fixture(scope="module")
def bars() -> omega.Bars:
    return omega.sample_bars(n=1_000, seed=7)


class Tomorrow(Crossover):
    """Knows that the next bar will be higher."""

    def when(self, bars: Any) -> Any:
        return np.append(bars.bid_close[1:] > bars.bid_close[:-1], False)


class Whole(Strategy):
    """Reaches behind its view."""

    def evaluate(self, bars: Any, positions: Any, equity: float) -> list[orders.Order]:
        if len(bars) % 50 or len(bars) > 900:
            return []
        later, now = bars._columns["bid_close"][len(bars) + 9], bars.bid_close[-1]
        return [orders.market("long" if later > now else "short", stop_loss=1.0)]


class Last(Strategy):
    """Knows how many bars there are."""

    def evaluate(self, bars: Any, positions: Any, equity: float) -> list[orders.Order]:
        count = len(bars._columns["bid_close"])
        return [] if len(bars) != 200 else [orders.market("long", stop_loss=1.0, size=float(count) / 1000.0)]


PEEKS: dict[str, tuple[type[Strategy], int, str, int]] = {
    "a series": (Centered, 300, "indicator 'fast'", 299),
    "when": (Tomorrow, 302, "when", 302),
    "behind the view": (Whole, 400, "the run", 399),
    "an order": (Last, 400, "order", 199),
}


@pytest.mark.rule("Q-G3c", "Q-L3c")
@pytest.mark.parametrize("what", PEEKS)
def test_a_peek_is_found_with_its_bar(backend: str, bars: omega.Bars, what: str) -> None:
    strategy, cut, named, row = PEEKS[what]
    found = omega.lookahead(CONFIG, bars, strategy=strategy(), cuts=[cut], backend=backend).peek
    assert found is not None
    assert (found.cut, found.what, found.row) == (cut, named, row)
    assert found.whole != found.shorter


@pytest.mark.rule("Q-G3c")
@pytest.mark.parametrize("strategy", [Centered, Tomorrow, Whole, Last])
def test_cuts_of_its_own_choice_find_every_peek(bars: omega.Bars, strategy: type[Strategy]) -> None:
    assert not omega.lookahead(CONFIG, bars, strategy=strategy()).is_clean


@pytest.mark.rule("Q-G3c")
def test_what_looks_back_only_is_clean(backend: str, bars: omega.Bars) -> None:
    for config in (
        CONFIG,
        {**CONFIG, "signal_time": "decision", "close_at_end": True, "start": "2020-01-07T00:00:00Z"},
    ):
        found = omega.lookahead(config, bars, strategy=Crossover(), backend=backend)
        assert found.is_clean
        assert found.orders > 5
        assert len(found.cuts) >= 10


@pytest.mark.rule("Q-G3c", "G-3")
def test_given_higher_bars_are_no_peek(bars: omega.Bars) -> None:
    h1 = omega.resample(bars, "H1")
    section = {
        "parameters": {
            "enabled_scenarios": [2],
            "z_score_long": -0.5,
            "z_score_short": 0.5,
            "std_factor": 0.5,
            "kalman_q": 0.001,
            "htf_tf": "H1",
            "htf_ema": 3,
            "htf_filter": "above",
        }
    }
    found = omega.lookahead({**CONFIG, "strategy": section}, bars, higher={"H1": h1})
    assert found.is_clean
    assert found.orders > 5


@pytest.mark.rule("Q-G4")
def test_a_warm_up_is_what_the_longest_took_to_settle(backend: str) -> None:
    class Every(Strategy):
        """Buys in each bar that is a multiple of ten behind its first one, as a start that is kept would."""

        def evaluate(self, bars: Any, positions: Any, equity: float) -> list[orders.Order]:
            is_early = len(bars) <= 25 and len(bars) % 10 == 0
            is_late = int(bars.timestamp[-1]) // M5 % 50 == 0
            return [orders.market("long", stop_loss=1.0, size=0.01)] if is_early or is_late else []

    found = omega.warm_up(CONFIG, flat_bars([1.1] * 200), strategy=Every(), later=[3, 60], backend=backend)
    # Bars 9 and 19 of each run differ; 3 bars later those of the whole run are rows 6 and 16.
    assert [(one.left_out, one.differing, one.settled_after) for one in found.later] == [(3, 4, 20), (60, 2, 20)]
    assert found.sufficient == 20


def test_what_cannot_be_left_out_is_refused() -> None:
    few = flat_bars([1.1] * 50)
    refused: list[tuple[Any, ErrorCode]] = [
        (lambda: omega.warm_up(CONFIG, few, strategy=Crossover()), ErrorCode.INVALID_ARGUMENT),
        (lambda: omega.warm_up(CONFIG, few, strategy=Crossover(), later=[50]), ErrorCode.OUT_OF_BOUNDS),
        (lambda: omega.warm_up(CONFIG, few, strategy=Crossover(), later=cast("Any", [1.5])), ErrorCode.TYPE_MISMATCH),
        (lambda: omega.lookahead(CONFIG, few, strategy=Crossover(), cuts=[49]), ErrorCode.OUT_OF_BOUNDS),
        (lambda: omega.lookahead(CONFIG, few, strategy=Crossover(), cuts=0), ErrorCode.INVALID_ARGUMENT),
        (lambda: omega.lookahead(CONFIG, few), ErrorCode.INVALID_ARGUMENT),
        (lambda: omega.lookahead(CONFIG, few, strategy=Crossover(), cuts=[]), ErrorCode.INVALID_ARGUMENT),
        (lambda: omega.lookahead(CONFIG, few, strategy=Crossover(), cuts=cast("Any", 2.5)), ErrorCode.TYPE_MISMATCH),
        (lambda: omega.lookahead(CONFIG, few, strategy=Crossover(), cuts=cast("Any", "5")), ErrorCode.TYPE_MISMATCH),
        (lambda: omega.warm_up(CONFIG, few, strategy=Crossover(), later=[]), ErrorCode.INVALID_ARGUMENT),
        (lambda: omega.warm_up(CONFIG, few, strategy=Crossover(), later=cast("Any", 5)), ErrorCode.TYPE_MISMATCH),
    ]
    for call, code in refused:
        with pytest.raises(OmegaError) as caught:
            call()
        assert caught.value.code is code
        assert caught.value.rule != "X-4", "a foreign exception"


@pytest.mark.rule("Q-G3c", "Q-G4")
def test_where_nothing_is_asked_for_nothing_is_shown(backend: str) -> None:
    class Idle(Strategy):
        """Waits."""

        def evaluate(self, bars: Any, positions: Any, equity: float) -> list[orders.Order]:
            return []

    still = flat_bars([1.1] * 60)
    warm = omega.warm_up(CONFIG, still, strategy=Idle(), later=[20], backend=backend)
    assert warm.sufficient is None
    assert str(warm).endswith("no trade: nothing shows what warm-up suffices")
    seen = omega.lookahead(CONFIG, still, strategy=Idle(), cuts=3, backend=backend)
    assert str(seen) == "no look-ahead seen, but little is shown: nothing was asked for in 3 cuts of 60 bars"
