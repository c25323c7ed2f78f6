"""Arrow schemas at the boundary (T-8a)."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")

PRICES: Final = ("open", "high", "low", "close")
PRICE_COLUMNS: Final = tuple(f"{side}_{price}" for side in ("bid", "ask") for price in PRICES)


def _required(name: str, data_type: pa.DataType) -> pa.Field[Any]:
    return pa.field(name, data_type, nullable=False)


BARS: Final = pa.schema(
    [_required("timestamp", TIMESTAMP)] + [_required(name, pa.float64()) for name in (*PRICE_COLUMNS, "volume")]
)

BARS_WITH_SYMBOL: Final = BARS.append(pa.field("symbol", pa.string()))
"""What is read of a table of bars: the symbol, where there is one, must be the same in every row."""

SIDE_BARS: Final = pa.schema(
    [_required("timestamp", TIMESTAMP)] + [_required(name, pa.float64()) for name in (*PRICES, "volume")]
)
"""One side of bars, to be joined with the other (G-1)."""

TICKS: Final = pa.schema(
    [
        _required("timestamp", TIMESTAMP),
        _required("bid", pa.float64()),
        _required("ask", pa.float64()),
    ]
)

TICKS_WITH_SYMBOL: Final = TICKS.append(pa.field("symbol", pa.string()))
"""What is read of a table of ticks, as of bars."""

SIGNALS: Final = pa.schema(
    [
        _required("timestamp", TIMESTAMP),
        _required("symbol", pa.string()),
        _required("signal_type", pa.string()),
        pa.field("direction", pa.string()),
        pa.field("order_type", pa.string()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
        pa.field("stop_loss", pa.float64()),
        pa.field("take_profit", pa.float64()),
        _required("magic_number", pa.int64()),
        pa.field("expires_at", TIMESTAMP),
        pa.field("trailing_distance", pa.float64()),
        pa.field("trailing_step", pa.float64()),
        pa.field("break_even_at_r", pa.float64()),
        pa.field("break_even_offset", pa.float64()),
        pa.field("max_holding", pa.duration("us")),
        pa.field("fraction", pa.float64()),
        pa.field("scenario", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("metadata", pa.map_(pa.string(), pa.string())),
    ]
)

EVENTS: Final = pa.schema(
    [
        _required("seq", pa.int64()),
        _required("timestamp", TIMESTAMP),
        _required("known_at", TIMESTAMP),
        _required("kind", pa.string()),
        pa.field("order_id", pa.int64()),
        _required("symbol", pa.string()),
        pa.field("direction", pa.string()),
        pa.field("order_type", pa.string()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
        pa.field("stop_loss", pa.float64()),
        pa.field("take_profit", pa.float64()),
        pa.field("result", pa.float64()),
        pa.field("fee", pa.float64()),
        pa.field("reason", pa.string()),
        pa.field("error_code", pa.int32()),
    ]
)

_ORDER = [
    _required("order_id", pa.int64()),
    _required("symbol", pa.string()),
    _required("magic_number", pa.int64()),
    _required("direction", pa.string()),
    _required("order_type", pa.string()),
]

TRADES: Final = pa.schema(
    [
        *_ORDER,
        _required("entry_time", TIMESTAMP),
        pa.field("trigger_time", TIMESTAMP),
        _required("entry_price", pa.float64()),
        _required("order_price", pa.float64()),
        pa.field("signal_price", pa.float64()),
        _required("initial_stop_loss", pa.float64()),
        pa.field("initial_take_profit", pa.float64()),
        _required("stop_loss", pa.float64()),
        pa.field("take_profit", pa.float64()),
        _required("size", pa.float64()),
        _required("risk_per_trade", pa.float64()),
        _required("exit_time", TIMESTAMP),
        _required("known_at", TIMESTAMP),
        _required("exit_price", pa.float64()),
        _required("result", pa.float64()),
        _required("net_result", pa.float64()),
        _required("r_multiple", pa.float64()),
        _required("entry_fee", pa.float64()),
        _required("exit_fee", pa.float64()),
        _required("swap", pa.float64()),
        _required("stop_kind", pa.string()),
        _required("reason", pa.string()),
        pa.field("scenario", pa.string()),
        pa.field("signal_row", pa.int64()),
    ]
)
"""Closed positions in the order of closing. ``trigger_time`` is null of market orders of v1 at ticks (E-17).
``scenario`` is set by a strategy; for a signal table the bridge
fills it, ``tags`` and ``metadata`` through ``signal_row``, which in a strategy run is a row of ``DECISIONS``."""

POSITIONS: Final = pa.schema(
    [
        *_ORDER,
        _required("status", pa.string()),
        _required("entry_time", TIMESTAMP),
        pa.field("trigger_time", TIMESTAMP),
        _required("entry_price", pa.float64()),
        _required("order_price", pa.float64()),
        pa.field("signal_price", pa.float64()),
        _required("initial_stop_loss", pa.float64()),
        pa.field("initial_take_profit", pa.float64()),
        _required("stop_loss", pa.float64()),
        pa.field("take_profit", pa.float64()),
        _required("size", pa.float64()),
        pa.field("risk_per_trade", pa.float64()),
        pa.field("entry_fee", pa.float64()),
        _required("swap", pa.float64()),
        pa.field("expires_at", TIMESTAMP),
        pa.field("max_holding", pa.duration("us")),
        pa.field("trailing_distance", pa.float64()),
        pa.field("trailing_step", pa.float64()),
        pa.field("break_even_at_r", pa.float64()),
        pa.field("break_even_offset", pa.float64()),
        _required("stop_kind", pa.string()),
        pa.field("scenario", pa.string()),
        pa.field("signal_row", pa.int64()),
    ]
)
"""Pending and open positions, in order_id order. Pending: size 0.0, trigger_time and entry_fee null,
risk_per_trade null as long as it is not sized (v1)."""

DECISIONS: Final = pa.schema(
    [
        _required("timestamp", TIMESTAMP),
        _required("scenario", pa.int64()),
        _required("direction", pa.string()),
        *(_required(name, pa.float64()) for name in ("z", "atr", "spread")),
        *(pa.field(name, pa.float64()) for name in ("upper", "mid", "lower", "ema", "htf_bias", "extra_htf_bias")),
        *(pa.field(name, pa.int64()) for name in ("cluster", "overlays")),
    ]
)
"""Why a strategy gave each of its signals (Q-A10b)."""

EQUITY: Final = pa.schema(
    [
        _required("timestamp", TIMESTAMP),
        _required("known_at", TIMESTAMP),
        _required("cash", pa.float64()),
        _required("equity", pa.float64()),
    ]
)

SLICES: Final = pa.schema(
    [
        _required("step", pa.int64()),
        _required("timestamp", TIMESTAMP),
        _required("symbol", pa.string()),
        pa.field("last_seen", pa.int64()),
        *(pa.field(name, pa.float64()) for name in (*PRICE_COLUMNS, "volume")),
    ]
)
"""A block of steps over several symbols, a row per step and symbol (Q-M3c); prices and volume null where missing."""

CHAIN: Final = pa.binary(16)
"""One XXH3-128 digest per bar (H-1)."""

# What a snapshot holds (Q-R1); flags and counts of one run, its orders whole.

STATE_ACCOUNT: Final = pa.schema(
    [
        _required("next_order_id", pa.int64()),
        _required("next_seq", pa.int64()),
        pa.field("first_time", TIMESTAMP),
        pa.field("ordinal_time", TIMESTAMP),
        _required("ambiguous_bars", pa.int64()),
        _required("is_stopped_out", pa.bool_()),
        _required("stop_outs", pa.int64()),
        _required("rollovers_passed", pa.int64()),
        _required("adjusted_sizes", pa.int64()),
        _required("signals_taken", pa.int64()),
        pa.field("last_signal_bar", TIMESTAMP),
        pa.field("last_signal_time", TIMESTAMP),
    ]
)
"""One row: counters, and how far signals and bars have come."""

STATE_MONEY: Final = pa.schema(
    [
        *(_required(name, pa.float64()) for name in ("initial_balance", "cash", "cash_before", "equity")),
        *(_required(name, pa.float64()) for name in ("open_profit", "fees", "swap", "peak")),
        _required("drawdown_bars", pa.int64()),
        _required("max_drawdown_bars", pa.int64()),
        *(_required(f"max_drawdown_{name}", pa.float64()) for name in ("abs", "ratio", "initial", "intrabar")),
    ]
)
"""The portfolio; after a bar a second row, as it was before that bar's end (Q-E18b)."""

STATE_ORDINALS: Final = pa.schema(
    [
        _required("magic_number", pa.int64()),
        pa.field("direction", pa.string()),
        pa.field("order_type", pa.string()),
        _required("count", pa.int64()),
    ]
)
"""How many equal signals of ``ordinal_time`` there were (N-6), sorted by the numbers of the first three."""

STATE_POSITIONS: Final = pa.schema(
    [
        *(field for field in _ORDER if field.name != "symbol"),
        _required("status", pa.string()),
        _required("entry_time", TIMESTAMP),
        pa.field("trigger_time", TIMESTAMP),
        _required("entry_price", pa.float64()),
        _required("order_price", pa.float64()),
        pa.field("signal_price", pa.float64()),
        _required("initial_stop_loss", pa.float64()),
        pa.field("initial_take_profit", pa.float64()),
        _required("stop_loss", pa.float64()),
        _required("stop_reach", pa.float64()),
        pa.field("take_profit", pa.float64()),
        _required("size", pa.float64()),
        pa.field("risk_per_trade", pa.float64()),
        pa.field("entry_fee", pa.float64()),
        _required("swap", pa.float64()),
        pa.field("expires_at", TIMESTAMP),
        pa.field("max_holding", pa.duration("us")),
        pa.field("trailing_distance", pa.float64()),
        pa.field("trailing_step", pa.float64()),
        pa.field("break_even_at_r", pa.float64()),
        pa.field("break_even_offset", pa.float64()),
        pa.field("requested_size", pa.float64()),
        _required("lots", pa.float64()),
        _required("signal_timestamp", TIMESTAMP),
        _required("ordinal", pa.int64()),
        _required("stop_kind", pa.string()),
        pa.field("signal_row", pa.int64()),
        _required("value_at_entry", pa.float64()),
        _required("margin", pa.float64()),
        _required("is_opened_at_open", pa.bool_()),
        _required("parts", pa.int64()),
        _required("is_break_even_done", pa.bool_()),
    ]
)
"""Pending and open positions in order_id order, with all that decides what becomes of them."""

STATE_WAITING: Final = pa.schema(
    [
        _required("timestamp", TIMESTAMP),
        _required("signal_type", pa.string()),
        pa.field("direction", pa.string()),
        pa.field("order_type", pa.string()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
        pa.field("stop_loss", pa.float64()),
        pa.field("take_profit", pa.float64()),
        _required("magic_number", pa.int64()),
        pa.field("fraction", pa.float64()),
        pa.field("new_stop_loss", pa.float64()),
        pa.field("new_take_profit", pa.float64()),
        _required("before_order_id", pa.int64()),
    ]
)
"""Exit and modify signals that wait for the end of their bar's pass (Q-E15); the new levels are on the grid."""

STATE_BAR: Final = pa.schema(
    [_required(name, TIMESTAMP) for name in ("timestamp", "end")]
    + [_required(name, pa.float64()) for name in PRICE_COLUMNS]
)
"""The last bar or tick evaluated, which has no length; no row before the first."""

STATE_WORDS: Final = pa.schema([_required("word", pa.int64())])
"""64 bits each of what the state chain covers (Q-H1)."""

STATE_PARTS: Final = {
    "account": STATE_ACCOUNT,
    "money": STATE_MONEY,
    "ordinals": STATE_ORDINALS,
    "positions": STATE_POSITIONS,
    "waiting": STATE_WAITING,
    "trades": TRADES,
    "equity": EQUITY,
    "bar": STATE_BAR,
    "digests": STATE_WORDS,
    "events": STATE_WORDS,
    "bar_events": STATE_WORDS,
}
"""The tables of a snapshot. ``digests`` has the last digest and, after a bar, the one before it, two words each;
``events`` those that no digest covers yet, ``bar_events`` those that the last one covers."""
