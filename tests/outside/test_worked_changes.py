"""Small runs worked out by hand: moved stops, exit and modify signals, parts (E-11…E-16)."""

from __future__ import annotations

from typing import Any

import pytest

from .by_hand import Example, Row, hold, marked, order
from .small import Prices, flat

FEES = {"costs": {"fee": {"per_million": 30.0}}}
LONG: list[Row] = [("accepted", 1.1, 1.0, None, 1), ("opened", 1.1, 1.0, None, 1)]
"""Bought at 1.1000 with its stop at 1.0990: one lot."""


def bought(**more: Any) -> dict[str, Any]:
    return order("market", None, 1.0990, **more)


def exit_at(bar: int, **more: Any) -> dict[str, Any]:
    return {"bar": bar, "signal_type": "exit", "direction": None, "order_type": None, **more}


def modify_at(bar: int, stop: float | None, target: float | None = None, **more: Any) -> dict[str, Any]:
    levels = {"stop_loss": stop, "take_profit": target}
    return {"bar": bar, "signal_type": "modify", "direction": None, "order_type": None, **levels, **more}


def moved(reason: str, bar: int) -> Row:
    return "modified", 0.0, None, reason, bar


def closed(price: float, reason: str, bar: int, size: float = 1.0) -> Row:
    return "closed", price, size, reason, bar


def rejected(reason: str, bar: int) -> Row:
    return "rejected", 0.0, None, reason, bar


PULLBACK: list[Prices] = [flat(1.1), (1.1, 1.1010, 1.1, 1.1008), (1.1005, 1.1006, 1.0985, 1.0985)]
"""Up by the distance of the stop, then down through it."""

MOVED = {
    # 0.2 lots. 1.1100 − 0.0020 = 1.1080 over the close: the next bar leaves at its open, 72 pips of 2 USD.
    "a trailing stop over the close": Example(
        rules=("E-14", "Q-E14", "E-10", "P-1"),
        bars=[flat(1.1), (1.1062, 1.1100, 1.1060, 1.1070), flat(1.1072)],
        signals=[order("market", None, 1.0950, trailing_distance=0.0020)],
        rows=[
            ("accepted", 1.1, 0.2, None, 1),
            ("opened", 1.1, 0.2, None, 1),
            moved("trailing", 2),
            closed(1.1072, "trailing_stop", 2, 0.2),
        ],
        results=[144.0],
        levels=[(1.1080, None)],
        trades={"stop_loss": [1.1080], "initial_stop_loss": [1.0950], "r_multiple": [1.44], "stop_kind": ["trailing"]},
    ),
    # In steps of 5 pips: 3 are too few, 5 enough, while still in loss; 4 more are too few.
    "a trailing stop in steps": Example(
        rules=("E-14", "Q-E14"),
        bars=[flat(price) for price in (1.1, 1.1003, 1.1005, 1.1009, 1.0995)],
        signals=[bought(trailing_distance=0.0010, trailing_step=0.0005)],
        rows=[*LONG, moved("trailing", 3), closed(1.0995, "trailing_stop", 4)],
        results=[-50.0],
        levels=[(1.0995, None)],
    ),
    # Sold at 1.1000. 1.0980 + 0.0010 = 1.0990, bought back there: 10 pips. Candidates of later bars lie above it.
    "a trailing stop of a short": Example(
        rules=("E-14", "Q-E14"),
        bars=[flat(1.1), flat(1.0980), flat(1.0985), (1.0985, 1.0995, 1.0985, 1.0995)],
        signals=[order("market", None, 1.1010, direction="short", trailing_distance=0.0010)],
        rows=[*LONG, moved("trailing", 2), closed(1.0990, "trailing_stop", 4)],
        results=[100.0],
        levels=[(1.0990, None)],
    ),
    # 1.1030 would make the stop 1.1020 in the bar of the fill; 1.1015 makes it 1.1005 in the next.
    "management begins a bar after the fill": Example(
        rules=("E-11",),
        bars=[flat(1.1005), (1.1005, 1.1030, 1.0999, 1.1020), flat(1.1015)],
        signals=[order("limit", 1.1, 1.0990, trailing_distance=0.0010, max_holding=0)],
        rows=[LONG[0], ("opened", 1.1, 1.0, None, 2), closed(1.1015, "timeout", 3)],
        results=[150.0],
    ),
    # 10 of 10 pips: the stop goes to 1.1001, where the next bar sells: 1 pip.
    "break-even": Example(
        rules=("E-13", "Q-E13", "E-10"),
        bars=PULLBACK,
        signals=[bought(break_even_at_r=1.0, break_even_offset=0.0001)],
        rows=[*LONG, moved("break_even", 2), closed(1.1001, "break_even_stop_loss", 3)],
        results=[10.0],
        levels=[(1.1001, None)],
        trades={"stop_kind": ["break_even"], "r_multiple": [0.1]},
    ),
    "break-even a tenth further away": Example(
        rules=("E-13", "Q-E13"),
        bars=PULLBACK,
        signals=[bought(break_even_at_r=1.1)],
        rows=[*LONG, closed(1.0990, "stop_loss", 3)],
        results=[-100.0],
    ),
    # The modify signal acts first: 1.1000 is not beyond 1.1005. That was the once: 1.0990 stays after 1.1012.
    "break-even is used up where it moves nothing": Example(
        rules=("E-13", "E-11", "E-15", "E-10"),
        bars=[flat(1.1), (1.1, 1.1010, 1.1, 1.1008), flat(1.1012), (1.1, 1.1, 1.0985, 1.0985)],
        signals=[bought(break_even_at_r=1.0), modify_at(1, 1.1005), modify_at(2, 1.0985), modify_at(2, 1.0990)],
        rows=[*LONG, *(moved("modify_signal", bar) for bar in (2, 3, 3)), closed(1.0990, "modified_stop_loss", 4)],
        results=[-100.0],
        levels=[(1.1005, None), (1.0985, None), (1.0990, None)],
        trades={"stop_kind": ["modified"], "initial_stop_loss": [1.0990]},
    ),
    # Break-even to 1.1002, then trailing from there to 1.1005: two rows of one bar, the later gives the reason.
    "break-even, then trailing": Example(
        rules=("E-11", "E-13", "E-14", "E-10"),
        bars=PULLBACK,
        signals=[bought(break_even_at_r=0.5, break_even_offset=0.0002, trailing_distance=0.0005)],
        rows=[*LONG, moved("break_even", 2), moved("trailing", 2), closed(1.1005, "trailing_stop", 2)],
        results=[50.0],
        levels=[(1.1002, None), (1.1005, None)],
    ),
}

MODIFIED = {
    # Bid 1.1000, ask 1.1010. The position leaves on the bid; the order is judged by its own 1.1030.
    "sides of a modify signal": Example(
        rules=("E-15", "Q-E15b", "T-8"),
        bars=[flat(1.1)] * 2,
        signals=[
            order("market", None, 1.0990),
            order("stop", 1.1030, 1.1010),
            modify_at(1, 1.1, 1.1020),
            modify_at(1, 1.0995, 1.1),
            modify_at(1, 1.1015, 1.1040),
        ],
        rows=[
            ("accepted", 1.1010, 0.5, None, 1),
            ("opened", 1.1010, 0.5, None, 1),
            ("accepted", 1.1030, 0.5, None, 1),
            *(rejected(reason, 2) for reason in ("stop_side", "target_side", "target_side", "target_side")),
            rejected("stop_side", 2),
            moved("modify_signal", 2),
        ],
        levels=[(1.1015, 1.1040)],
        refused=[1, 2, 1, 2, 1],
        keys={"spread": 0.0010},
    ),
    # Its lots and its R are those of 10 pips; 1.1005 is sold with a gain that the stop locked in.
    "a stop that a modify signal moved": Example(
        rules=("E-15", "Q-E11", "P-1", "E-10"),
        bars=PULLBACK,
        signals=[bought(), modify_at(1, 1.1005, 1.1050)],
        rows=[*LONG, moved("modify_signal", 2), closed(1.1005, "modified_stop_loss", 2)],
        results=[50.0],
        levels=[(1.1005, 1.1050)],
        trades={"r_multiple": [0.5], "take_profit": [1.1050], "initial_take_profit": [None]},
    ),
    "only the target": Example(
        rules=("E-15", "Q-E11", "E-10"),
        bars=PULLBACK,
        signals=[bought(), modify_at(1, None, 1.1050)],
        rows=[*LONG, moved("modify_signal", 2), closed(1.0990, "stop_loss", 3)],
        results=[-100.0],
        levels=[(1.0990, 1.1050)],
        trades={"stop_kind": ["initial"]},
    ),
    # It is asked for and done: a row each. The stop has its first value, until it has another and again the first.
    "what is set already": Example(
        rules=("E-15", "Q-E11", "E-10"),
        bars=[flat(1.1), flat(1.1), (1.1, 1.1, 1.0985, 1.0985)],
        signals=[bought(), modify_at(0, 1.0990), modify_at(1, 1.0980), modify_at(1, 1.0990)],
        rows=[*LONG, *(moved("modify_signal", bar) for bar in (1, 2, 2)), closed(1.0990, "modified_stop_loss", 3)],
        results=[-100.0],
        levels=[(1.0990, None), (1.0980, None), (1.0990, None)],
    ),
    "what is set already, and nothing else": Example(
        rules=("E-15", "Q-E11", "E-10"),
        bars=[flat(1.1), flat(1.1), (1.1, 1.1, 1.0985, 1.0985)],
        signals=[bought(), modify_at(1, 1.0990)],
        rows=[*LONG, moved("modify_signal", 2), closed(1.0990, "stop_loss", 3)],
        results=[-100.0],
        levels=[(1.0990, None)],
        trades={"stop_kind": ["initial"]},
    ),
    # Sized by 10 pips, stopped after 20.
    "the stop of an order that waits": Example(
        rules=("E-15", "Q-E15b", "P-1"),
        bars=[flat(1.1005), flat(1.1005), (1.1005, 1.1005, 1.0999, 1.1), (1.1, 1.1, 1.0979, 1.0979)],
        signals=[order("limit", 1.1, 1.0990), modify_at(1, 1.0980)],
        rows=[
            LONG[0],
            moved("modify_signal", 2),
            ("opened", 1.1, 1.0, None, 3),
            closed(1.0980, "modified_stop_loss", 4),
        ],
        results=[-200.0],
        trades={"r_multiple": [-2.0]},
    ),
    "what is no change": Example(
        rules=("E-15", "Q-E15"),
        bars=[flat(1.1)],
        signals=[
            bought(),
            modify_at(0, None),
            modify_at(0, 0.000001),
            modify_at(0, 1.0980, magic_number=1),
            modify_at(0, 1.0980, direction="short"),
        ],
        rows=[*LONG, *(rejected(reason, 1) for reason in ("change_missing", "not_positive", "no_match", "no_match"))],
        refused=[None] * 4,
    ),
}

SOLD = order("market", None, 1.1014, direction="short", bar=1)
SHORT: list[Row] = [(kind, 1.1004, 1.0, None, 2) for kind in ("accepted", "opened")]
EXITS = {
    "a reversal at one time": Example(
        rules=("E-15", "Q-E15"),
        bars=[flat(1.1), flat(1.1004)],
        signals=[bought(), exit_at(1), SOLD],
        rows=[*LONG, *SHORT, closed(1.1004, "signal_exit", 2)],
        results=[40.0],
    ),
    # The limit does not count what is about to leave, and the long leaves after the short has come.
    "a reversal at the limit of positions": Example(
        rules=("E-15", "Q-L1b"),
        bars=[flat(1.1), flat(1.1004)],
        signals=[bought(), exit_at(1), SOLD],
        rows=[*LONG, *SHORT, closed(1.1004, "signal_exit", 2)],
        results=[40.0],
        keys={"max_positions_per_symbol": 1},
    ),
    "a part that leaves frees no place": Example(
        rules=("E-16", "Q-L1b"),
        bars=[flat(1.1), flat(1.1004)],
        signals=[bought(), exit_at(1, fraction=0.5), SOLD],
        rows=[*LONG, rejected("max_positions", 2), ("partially_closed", 1.1004, 0.5, "signal_exit", 2)],
        results=[20.0],
        refused=[None],
        keys={"max_positions_per_symbol": 1},
    ),
    "only those of its direction and number": Example(
        rules=("E-15",),
        bars=[flat(1.1)],
        signals=[
            bought(),
            order("market", None, 1.1010, direction="short"),
            bought(magic_number=7),
            exit_at(0, direction="short"),
            exit_at(0, magic_number=7),
        ],
        rows=[*LONG * 3, *(closed(1.1, "signal_exit", 1) for _ in range(2))],
        results=[0.0, 0.0],
        trades={"order_id": [2, 3]},
    ),
    "orders that wait": Example(
        rules=("E-15", "E-16"),
        bars=[flat(1.1)],
        signals=[order("stop", 1.1010, 1.1), exit_at(0, fraction=0.5), exit_at(0, fraction=1.0), exit_at(0)],
        rows=[
            ("accepted", 1.1010, 1.0, None, 1),
            rejected("no_match", 1),
            ("cancelled", 1.1010, None, "signal_exit", 1),
            rejected("no_match", 1),
        ],
        refused=[None, None],
    ),
    "a market order that waits for the next open": Example(
        rules=("E-15", "Q-E15"),
        bars=[flat(1.1), flat(1.1)],
        signals=[bought(), exit_at(0)],
        rows=[LONG[0], ("cancelled", 1.1, None, "signal_exit", 1)],
        keys={"market_fill": "next_open"},
    ),
    "a stop hit inside the bar": Example(
        rules=("E-15",),
        bars=[flat(1.1), (1.1, 1.1020, 1.0985, 1.1015)],
        signals=[bought(), exit_at(1)],
        rows=[*LONG, closed(1.0990, "stop_loss", 2), rejected("no_match", 2)],
        results=[-100.0],
    ),
    "the end of a bar": Example(
        rules=("E-15", "L-1a"),
        bars=[flat(1.1), flat(1.1020)],
        signals=[bought(bar=1), exit_at(1, fraction=0.5), exit_at(2)],
        rows=[
            *LONG,
            ("partially_closed", 1.1, 0.5, "signal_exit", 1),
            closed(1.1020, "signal_exit", 2, 0.5),
        ],
        results=[0.0, 100.0],
        keys={"signal_time": "decision"},
    ),
}

PARTS = {
    # 0.5 · 0.07 = 0.035: 0.03 leave, 3/7 of the entry fee 0.231 with them.
    "half leaves, the rest reaches its target": Example(
        rules=("E-16", "Q-E16", "P-1", "P-2", "P-5"),
        bars=[flat(1.1), (1.1, 1.1010, 1.1, 1.1010), (1.1010, 1.1020, 1.1010, 1.1020)],
        signals=[order("market", None, 1.0950, 1.1020, size=0.07), exit_at(1, fraction=0.5)],
        rows=[
            ("accepted", 1.1, 0.07, None, 1),
            ("opened", 1.1, 0.07, None, 1),
            ("partially_closed", 1.1010, 0.03, "signal_exit", 2),
            closed(1.1020, "take_profit", 3, 0.04),
        ],
        results=[3.0, 8.0],
        metrics={"trades": 2, "wins": 2, "fees": 0.46233, "final_cash": 10_010.53767, "avg_r": 0.3},
        trades={
            "order_id": [1, 1],
            "size": [0.03, 0.04],
            "entry_fee": [0.099, 0.132],
            "exit_fee": [0.09909, 0.13224],
            "net_result": [2.80191, 7.73576],
            "risk_per_trade": [100.0 * 3 / 7, 100.0 * 4 / 7],
            "r_multiple": [0.2, 0.4],
        },
        keys=FEES,
    ),
    # 0.02 lots are the least. Of 0.03 half is 0.01, two thirds and more leave less than that: all leaves.
    "a part and a rest too small": Example(
        rules=("E-16", "Q-E16"),
        bars=[flat(1.1)],
        signals=[bought(size=0.03), exit_at(0, fraction=0.5), exit_at(0, fraction=0.9)],
        rows=[
            *((kind, 1.1, 0.03, None, 1) for kind in ("accepted", "opened")),
            rejected("part_below_min", 1),
            closed(1.1, "signal_exit", 1, 0.03),
        ],
        results=[0.0],
        refused=[1],
        keys={"instrument": {"volume_min": 0.02}},
    ),
    # Both are too small: the rest is looked at first.
    "a rest and a part too small": Example(
        rules=("E-16", "Q-E16"),
        bars=[flat(1.1)],
        signals=[bought(size=0.03), exit_at(0, fraction=0.4)],
        rows=[*((kind, 1.1, 0.03, None, 1) for kind in ("accepted", "opened")), closed(1.1, "signal_exit", 1, 0.03)],
        results=[0.0],
        keys={"instrument": {"volume_min": 0.03}},
    ),
    # Of 1.00, 0.50, 0.25 and 0.13: 0.5 · 0.25 = 0.125.
    "half of what is left": Example(
        rules=("E-16", "Q-E16"),
        bars=[flat(1.1)],
        signals=[bought(), *[exit_at(0, fraction=0.5)] * 3],
        rows=[*LONG, *(("partially_closed", 1.1, size, "signal_exit", 1) for size in (0.5, 0.25, 0.12))],
        results=[0.0] * 3,
        keys={},
    ),
    # 2 lots hold 2 · 110,000 / 30 = 7,333.33 of 10,000: another needs 3,666.67. A half gives them free, a bar later.
    "margin of a part": Example(
        rules=("E-16", "E-21"),
        bars=[flat(1.1)] * 2,
        signals=[
            bought(size=2.0),
            exit_at(0, fraction=0.5),
            bought(size=1.0, magic_number=1),
            bought(size=1.0, magic_number=1, bar=1),
        ],
        rows=[
            *((kind, 1.1, 2.0, None, 1) for kind in ("accepted", "opened")),
            ("rejected", 0.0, 1.0, "free_margin", 1),
            ("partially_closed", 1.1, 1.0, "signal_exit", 1),
            *((kind, 1.1, 1.0, None, 2) for kind in ("accepted", "opened")),
        ],
        results=[0.0],
        keys={"margin": {"leverage": 30.0}},
    ),
    # 10,000 are gone at 1.0000, and with them what the signal was about; the next one comes to a ruined account.
    "an exit after the account": Example(
        rules=("E-15", "Q-E15", "E-21"),
        bars=[flat(1.1), (1.1, 1.1, 0.99, 1.05), flat(1.05)],
        signals=[order("market", None, 0.98, size=1.0), exit_at(1, fraction=0.5), exit_at(2)],
        rows=[*LONG, closed(1.0, "stop_out", 2), rejected("no_match", 2), rejected("stopped_out", 3)],
        results=[-10_000.0],
        refused=[None, None],
    ),
    "a part in the last bar": Example(
        rules=("E-16", "E-18"),
        bars=[flat(1.1), flat(1.1010)],
        signals=[bought(), exit_at(1, fraction=0.3)],
        rows=[*LONG, ("partially_closed", 1.1010, 0.3, "signal_exit", 2), closed(1.1010, "end_of_data", 2, 0.7)],
        results=[30.0, 70.0],
        metrics={"trades": 2, "final_cash": 10_100.0},
        keys={"close_at_end": True},
    ),
}

EXAMPLES = {**MOVED, **MODIFIED, **EXITS, **PARTS}


@pytest.mark.parametrize("backend", ["python", "rust"])
@pytest.mark.parametrize("example", marked(EXAMPLES))
def test_by_hand(example: Example, backend: str) -> None:
    hold(example, backend)
