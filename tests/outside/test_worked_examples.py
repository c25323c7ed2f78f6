"""Small runs worked out by hand: both sides and the third opinion say the same, row by row."""

from __future__ import annotations

import pytest

from .by_hand import Example, hold, marked, order
from .small import START_US, STEP, Prices, flat

TIE_UP: Prices = (1.1000, 1.1010, 1.0990, 1.1001)
TIE_DOWN: Prices = (1.1000, 1.1010, 1.0990, 1.0999)
BELOW = flat(1.0990)

# Risk 100 over 10 pips of 10 USD is 1.00 lot, whatever gap opens it; to the stop it loses 2, 0.2 and 60 pips.
SIZES = {
    "a buy limit at a gap": Example(
        rules=("S-2", "E-3"),
        bars=[flat(1.1005), (1.0992, 1.0992, 1.0990, 1.0990)],
        signals=[order("limit", 1.1000, 1.0990)],
        rows=[
            ("accepted", 1.1000, 1.0, None, 1),
            ("opened", 1.0992, 1.0, None, 1),
            ("closed", 1.0990, 1.0, "stop_loss", 2),
        ],
        results=[-20.0],
        metrics={"avg_r": -0.2},
    ),
    "a buy limit 0.2 pips over its stop": Example(
        rules=("S-2", "E-3"),
        bars=[flat(1.1005), (1.09902, 1.09902, 1.0990, 1.0990)],
        signals=[order("limit", 1.1000, 1.0990)],
        rows=[
            ("accepted", 1.1000, 1.0, None, 1),
            ("opened", 1.09902, 1.0, None, 1),
            ("closed", 1.0990, 1.0, "stop_loss", 2),
        ],
        results=[-2.0],
    ),
    "a buy stop at a gap": Example(
        rules=("S-2", "E-3"),
        bars=[flat(1.1005), (1.1060, 1.1060, 1.1000, 1.1000)],
        signals=[order("stop", 1.1010, 1.1000)],
        rows=[
            ("accepted", 1.1010, 1.0, None, 1),
            ("opened", 1.1060, 1.0, None, 1),
            ("closed", 1.1000, 1.0, "stop_loss", 2),
        ],
        results=[-600.0],
        metrics={"avg_r": -6.0},
    ),
    # Bought at 1.0980 and sold there at once.
    "a gap beyond its own stop": Example(
        rules=("E-3", "E-9"),
        bars=[flat(1.1005), (1.0980, 1.1000, 1.0980, 1.1000)],
        signals=[order("limit", 1.1000, 1.0990)],
        rows=[
            ("accepted", 1.1000, 1.0, None, 1),
            ("opened", 1.0980, 1.0, None, 1),
            ("closed", 1.0980, 1.0, "stop_loss", 1),
        ],
        results=[0.0],
    ),
    # BabyPips, "Position Sizes": 5,000 USD, 1 %, 200 pips of EURUSD: 50 / 200 = 0.25 a pip, 2,500 units, 0.025 lots.
    "the example of a school, by thousandths": Example(
        rules=("S-2", "S-4"),
        bars=[flat(1.1)],
        signals=[order("market", None, 1.0800)],
        rows=[("accepted", 1.1, 0.025, None, 1), ("opened", 1.1, 0.025, None, 1)],
        keys={"initial_balance": 5_000.0, "risk_fraction": 0.01, "instrument": {"volume_step": 0.001}},
    ),
    # "2,500 units or less": whole micro lots are 2.
    "the example of a school, by micro lots": Example(
        rules=("S-2", "S-4"),
        bars=[flat(1.1)],
        signals=[order("market", None, 1.0800)],
        rows=[("accepted", 1.1, 0.02, None, 1), ("opened", 1.1, 0.02, None, 1)],
        keys={"initial_balance": 5_000.0, "risk_fraction": 0.01},
    ),
    "more than the most, and between two steps": Example(
        rules=("S-4", "Q-T8"),
        bars=[flat(1.1)],
        signals=[order("stop", 1.1010, 1.0990, size=size) for size in (250.0, 0.123456, 0.12)],
        rows=[
            ("accepted", 1.1010, 100.0, "size_adjusted", 1),
            ("accepted", 1.1010, 0.12, "size_adjusted", 1),
            ("accepted", 1.1010, 0.12, None, 1),
        ],
        metrics={"adjusted_sizes": 2},
    ),
    # 100 / (1.09 · 100,000) = 0.0009 lots.
    "too little to be placed": Example(
        rules=("S-4", "Q-T8b"),
        bars=[flat(1.1)],
        signals=[order("limit", 1.1000, 0.0100)],
        rows=[("rejected", 1.1000, None, "below_min", 1)],
    ),
}

BREAKOUT = [BELOW, (1.0990, 1.1012, 1.0989, 1.1011), (1.1011, 1.1040, 1.1010, 1.1035)]
IN = [("accepted", 1.1010, 1.0, None, 1), ("opened", 1.1010, 1.0, None, 2)]
STOPPED = [("accepted", 1.1, 1.0, None, 1), ("opened", 1.1, 1.0, None, 1), ("closed", 1.0990, 1.0, "stop_loss", 2)]
REACHED = [*STOPPED[:2], ("closed", 1.1010, 1.0, "take_profit", 2)]

INSIDE = {
    # 1 pip down, 22 up: the low came first, the entry after it, its target in the next bar: 20 pips. TradingView's
    # example of a stop entry without its bar magnifier goes the same way: open, low, high (the entry), close.
    "a low before a stop entry": Example(
        rules=("E-7", "Q-E7"),
        bars=BREAKOUT,
        signals=[order("stop", 1.1010, 1.1000, 1.1030)],
        rows=[*IN, ("closed", 1.1030, 1.0, "take_profit", 3)],
        results=[200.0],
        metrics={"ambiguous_bars": 1},
    ),
    "the same bar at its worst": Example(
        rules=("E-7", "Q-E7"),
        bars=BREAKOUT,
        signals=[order("stop", 1.1010, 1.1000, 1.1030)],
        rows=[*IN, ("closed", 1.1000, 1.0, "stop_loss", 2)],
        results=[-100.0],
        metrics={"ambiguous_bars": 1},
        keys={"intrabar": {"stop_entry": "adverse"}},
    ),
    # 10 pips either way: the low first where the close is not below the open.
    "a tie that closes higher": Example(
        rules=("E-7", "Q-E7"),
        bars=[flat(1.1), TIE_UP],
        signals=[order("market", None, 1.0990, 1.1010)],
        rows=STOPPED,
        results=[-100.0],
        metrics={"ambiguous_bars": 1},
    ),
    "a tie that closes lower": Example(
        rules=("E-7", "Q-E7"),
        bars=[flat(1.1), TIE_DOWN],
        signals=[order("market", None, 1.0990, 1.1010)],
        rows=REACHED,
        results=[100.0],
        metrics={"ambiguous_bars": 1},
    ),
    # The order of the prices is the bar's, not the position's: what stops the long above is this one's target.
    "a tie that closes higher, short": Example(
        rules=("E-7", "Q-E7"),
        bars=[flat(1.1), TIE_UP],
        signals=[order("market", None, 1.1010, 1.0990, direction="short")],
        rows=[*STOPPED[:2], ("closed", 1.0990, 1.0, "take_profit", 2)],
        results=[100.0],
    ),
    # Risk 100 over 30 pips is 0.33 lots; from the open, 1.0990, to the target are 20 pips of 3.30.
    "a limit filled at the open": Example(
        rules=("E-8", "E-9", "Q-T8d"),
        bars=[flat(1.1010), (1.0990, 1.1015, 1.0985, 1.0995)],
        signals=[order("limit", 1.1000, 1.0970, 1.1010)],
        rows=[
            ("accepted", 1.1000, 0.33, None, 1),
            ("opened", 1.0990, 0.33, None, 1),
            ("closed", 1.1010, 0.33, "take_profit", 2),
        ],
        results=[66.0],
        metrics={"ambiguous_bars": 0},
    ),
    # Opened beyond its target: sold at the better open.
    "a target at a gap": Example(
        rules=("E-9",),
        bars=[flat(1.1), flat(1.1025)],
        signals=[order("market", None, 1.0990, 1.1010)],
        rows=[*STOPPED[:2], ("closed", 1.1025, 1.0, "take_profit", 1)],
        results=[250.0],
    ),
    # 1.09903 is over 1.0990 and under 1.09905.
    "a stop not quite reached": Example(
        rules=("E-6", "Q-E6"),
        bars=[flat(1.1), (1.1, 1.1, 1.09903, 1.1)],
        signals=[order("market", None, 1.0990)],
        rows=STOPPED[:2],
    ),
    "a stop reached by half a pip": Example(
        rules=("E-6", "Q-E6"),
        bars=[flat(1.1), (1.1, 1.1, 1.09903, 1.1)],
        signals=[order("market", None, 1.0990)],
        rows=STOPPED,
        results=[-100.0],
        keys={"pip_buffer_factor": 0.5},
    ),
}

FILLS = {
    # The price in the signal moves nothing: bought at the close.
    "a market order": Example(
        rules=("E-1", "Q-E1"),
        bars=[(1.0995, 1.1015, 1.0985, 1.1)],
        signals=[order("market", price, 1.0990) for price in (1.0985, 7.0, None)],
        rows=[row for _ in range(3) for row in STOPPED[:2]],
    ),
    # Sized at the close, 10 pips; bought at the open, 14 over its stop, which the same bar reaches.
    "a market order at the next open": Example(
        rules=("E-1", "Q-E1b", "Q-T8d"),
        bars=[flat(1.1), (1.1004, 1.1005, 1.0985, 1.1)],
        signals=[order("market", None, 1.0990)],
        rows=[
            ("accepted", 1.1, 1.0, None, 1),
            ("opened", 1.1004, 1.0, None, 1),
            ("closed", 1.0990, 1.0, "stop_loss", 2),
        ],
        results=[-140.0],
        keys={"market_fill": "next_open"},
    ),
    "a market order at no next open": Example(
        rules=("E-1", "E-18"),
        bars=[flat(1.1)],
        signals=[order("market", None, 1.0990)],
        rows=[("accepted", 1.1, 1.0, None, 1), ("cancelled", 1.1, None, "end_of_data", 1)],
        keys={"market_fill": "next_open", "close_at_end": True},
    ),
    # Stamped with the end of bar 0: the price at that time is its close.
    "decided at the end of a bar": Example(
        rules=("L-1a", "T-8"),
        bars=[flat(1.1), flat(1.1020)],
        signals=[order("market", None, 1.0990, bar=1)],
        rows=STOPPED[:2],
        keys={"signal_time": "decision"},
    ),
    "the same by the bar's time": Example(
        rules=("L-1a", "T-8"),
        bars=[flat(1.0990), flat(1.1)],
        signals=[order("market", None, 1.0990, bar=1)],
        rows=[(*row[:4], 2) for row in STOPPED[:2]],
    ),
    # Bid 1.1000, ask 1.1010: a stop between them is passed already. From the ask to 1.0990 are 20 pips.
    "a stop between bid and ask": Example(
        rules=("E-1", "Q-E1"),
        bars=[flat(1.1)],
        signals=[order("market", None, 1.1005), order("market", None, 1.0990), order("stop", 1.1020, 1.1005)],
        rows=[
            ("rejected", 0.0, None, "stop_side", 1),
            ("accepted", 1.1010, 0.5, None, 1),
            ("opened", 1.1010, 0.5, None, 1),
            ("accepted", 1.1020, 0.66, None, 1),
        ],
        keys={"spread": 0.0010},
    ),
    "orders that expire": Example(
        rules=("E-4",),
        bars=[flat(1.1), flat(1.1)],
        signals=[
            order("stop", 1.1010, 1.1000, expires_at=START_US + STEP),
            order("limit", 1.0990, 1.0980, expires_at=START_US + STEP),
        ],
        rows=[
            ("accepted", 1.1010, 1.0, None, 1),
            ("accepted", 1.0990, 1.0, None, 1),
            ("expired", 1.1010, None, "expired", 2),
            ("expired", 1.0990, None, "limit_expired", 2),
        ],
    ),
}

MONEY = {
    # Half a pip of one lot is 5.00, two fees of 3.30 make it a loss of 1.60.
    "a gain less than its fees": Example(
        rules=("P-1", "P-5", "Q-P5"),
        bars=[flat(1.1), (1.1, 1.10005, 1.1, 1.1)],
        signals=[order("market", None, 1.0990, 1.10005)],
        rows=[*STOPPED[:2], ("closed", 1.10005, 1.0, "take_profit", 2)],
        results=[5.0],
        metrics={
            "wins": 0,
            "losses": 1,
            "win_rate": 0.0,
            "expectancy": -1.6,
            "largest_loss": -1.6,
            "avg_r": 0.05,
            "profit_factor": 0.0,
            "profit_factor_gross": None,
            "avg_win": None,
            "net_profit": -1.6,
        },
        keys={"costs": {"fee": {"min_fee": 3.30}}},
    ),
    # Bought at 1.0990, left at 1.0996 a bar later: 6 pips of half a lot are 30.00, as doubles a little less; two fees
    # of 15.00 leave nothing, and nothing is no loss.
    "a gain of exactly its fees": Example(
        rules=("P-5", "Q-P5"),
        bars=[flat(1.0990), flat(1.0996)],
        signals=[order("market", None, 1.0950, size=0.5, max_holding=STEP)],
        rows=[
            ("accepted", 1.0990, 0.5, None, 1),
            ("opened", 1.0990, 0.5, None, 1),
            ("closed", 1.0996, 0.5, "timeout", 2),
        ],
        results=[30.0],
        metrics={"wins": 0, "losses": 0, "breakeven": 1, "profit_factor": None, "expectancy": 0.0},
        keys={"costs": {"fee": {"min_fee": 15.0}}},
    ),
    # Bought at 1.1000, marked at 1.1007: 70 that no trade has.
    "a profit still open": Example(
        rules=("P-5", "Q-P5"),
        bars=[flat(1.1), flat(1.1007)],
        signals=[order("market", None, 1.0990)],
        rows=STOPPED[:2],
        metrics={"trades": 0, "win_rate": None, "net_profit": 0.0, "open_profit": 70.0, "final_equity": 10_070.0},
    ),
}

EXAMPLES = {**SIZES, **INSIDE, **FILLS, **MONEY}


@pytest.mark.parametrize("backend", ["python", "rust"])
@pytest.mark.parametrize("example", marked(EXAMPLES))
def test_by_hand(example: Example, backend: str) -> None:
    hold(example, backend)
