"""No twin: the whole state of a simulator as Arrow tables and back (R-1, Q-R1); in Rust the binding makes them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from enum import IntEnum
from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import (
    EQUITY,
    PRICE_COLUMNS,
    STATE_ACCOUNT,
    STATE_BAR,
    STATE_MONEY,
    STATE_ORDINALS,
    STATE_POSITIONS,
    STATE_WAITING,
    STATE_WORDS,
)
from omega.contract.types import (
    Direction,
    Event,
    OrderType,
    Portfolio,
    Position,
    Reason,
    Signal,
    SignalType,
    Status,
    StopKind,
)
from omega_reference.columns import integers_of, listed, numbers_of
from omega_reference.execution.state import (
    Account,
    Book,
    Instruction,
    Log,
    Ordinals,
    Progress,
    Rules,
    UnmarkedBar,
)
from omega_reference.quotes import Quote
from omega_reference.state_chain import EVENT_BYTES, pack_event, unpack_event
from omega_reference.tables import equity_table, trades_table

Parts = Mapping[str, pa.Table]
_CLOSED_SETS: Final[Mapping[str, type[IntEnum]]] = {
    "direction": Direction,
    "order_type": OrderType,
    "status": Status,
    "stop_kind": StopKind,
    "reason": Reason,
    "signal_type": SignalType,
}
_DIGEST: Final = struct.Struct("<2q")


def state_parts(book: Book, account: Account, log: Log, rules: Rules, progress: Progress) -> dict[str, pa.Table]:
    """Return the whole state as the tables of Q-R1."""
    last = progress.last_bar
    covered = () if last is None else last.events
    return {
        "account": account_part(book, account, rules.symbol, progress),
        "money": money_part(account, progress),
        "ordinals": ordinals_part(account.ordinals, rules.symbol),
        "positions": _table(book.positions, STATE_POSITIONS),
        "waiting": waiting_part(book),
        "trades": trades_table(log.trades),
        "equity": equity_table(log),
        "bar": _table([] if last is None else [last.quote], STATE_BAR),
        "digests": words_part(account.digest + (b"" if last is None else last.digest)),
        "events": words_part(b"".join(pack_event(event, rules.numbers) for event in log.bar_events)),
        "bar_events": words_part(b"".join(pack_event(event, rules.numbers) for event in covered)),
    }


def account_part(book: Book, account: Account, symbol: str, progress: Progress) -> pa.Table:
    """Return the counters as one row."""
    has_ordinals = any(key[0] == symbol for key in account.ordinals.counts)
    row = {
        "next_order_id": account.next_order_id,
        "next_seq": account.next_seq,
        "first_time": account.first_time,
        "ordinal_time": account.ordinals.timestamp if has_ordinals else None,
        "ambiguous_bars": account.ambiguous_bars,
        "is_stopped_out": account.is_stopped_out,
        "stop_outs": account.stop_outs,
        "rollovers_passed": book.rollovers_passed,
        "adjusted_sizes": account.adjusted_sizes,
        "signals_taken": progress.signals_taken,
        "last_signal_bar": progress.last_signal_bar,
        "last_signal_time": progress.last_signal_time,
    }
    return pa.table([pa.array([row[field.name]], field.type) for field in STATE_ACCOUNT], schema=STATE_ACCOUNT)


def money_part(account: Account, progress: Progress) -> pa.Table:
    """Return the portfolio, and after a bar what it was before that bar's end."""
    last = progress.last_bar
    return _table([account.portfolio] if last is None else [account.portfolio, last.portfolio], STATE_MONEY)


def ordinals_part(ordinals: Ordinals, symbol: str) -> pa.Table:
    """Return the counts of the run's symbol; of no other one an order is ever drawn for."""
    counts = {key[1:]: count for key, count in ordinals.counts.items() if key[0] == symbol}
    keys = sorted(counts, key=lambda key: tuple(256 if part is None else int(part) for part in key))
    columns = [[key[0] for key in keys], [_text(key[1]) for key in keys], [_text(key[2]) for key in keys]]
    return pa.table([*columns, [counts[key] for key in keys]], schema=STATE_ORDINALS)


def waiting_part(book: Book) -> pa.Table:
    """Return what exit and modify signals ask for, in the order given."""
    rows = [
        {
            **{name: getattr(waiting.signal, name, None) for name in STATE_WAITING.names},
            "new_stop_loss": waiting.stop_loss,
            "new_take_profit": waiting.take_profit,
            "before_order_id": waiting.before_order_id,
        }
        for waiting in book.waiting
    ]
    columns = [pa.array([_text(row[field.name]) for row in rows], field.type) for field in STATE_WAITING]
    return pa.table(columns, schema=STATE_WAITING)


def words_part(packed: bytes) -> pa.Table:
    """Return bytes of the state chain as words."""
    return pa.table([pa.array(struct.unpack(f"<{len(packed) // 8}q", packed), pa.int64())], schema=STATE_WORDS)


def state_of(parts: Parts, rules: Rules) -> tuple[Book, Account, Log, Progress]:
    """Return the state that :func:`state_parts` made tables of; their shapes were checked."""
    account_row, money = _rows(parts["account"])[0], [Portfolio(**row) for row in _rows(parts["money"])]
    digests = packed_words(parts["digests"])
    bars = _rows(parts["bar"])
    last = None
    if bars:
        events = events_of(packed_words(parts["bar_events"]), rules.symbol)
        quote = quote_of_row(bars[0])
        last = UnmarkedBar(quote=quote, portfolio=money[1], digest=digests[_DIGEST.size :], events=events)
    progress = Progress(
        last_bar=last,
        last_signal_bar=account_row.pop("last_signal_bar"),
        last_signal_time=account_row.pop("last_signal_time"),
        signals_taken=account_row.pop("signals_taken"),
    )
    ordinals = ordinals_of(parts["ordinals"], account_row.pop("ordinal_time"), rules.symbol)
    book = book_of(parts, rules.symbol)
    book.rollovers_passed = account_row.pop("rollovers_passed")
    account = Account(portfolio=money[0], ordinals=ordinals, digest=digests[: _DIGEST.size], **account_row)
    return book, account, log_of(parts, rules.symbol), progress


def book_of(parts: Parts, symbol: str) -> Book:
    """Return orders, positions and what waits."""
    positions = [Position(symbol=symbol, scenario=None, **row) for row in _rows(parts["positions"])]
    waiting = [waiting_of(row, symbol) for row in _rows(parts["waiting"])]
    return Book(positions=positions, waiting=waiting, records=None)


def waiting_of(row: dict[str, Any], symbol: str) -> Instruction:
    """Return what waits; of its signal what is read from then on."""
    return Instruction(
        stop_loss=row.pop("new_stop_loss"),
        take_profit=row.pop("new_take_profit"),
        before_order_id=row.pop("before_order_id"),
        signal=Signal(symbol=symbol, **row),
    )


def log_of(parts: Parts, symbol: str) -> Log:
    """Return what is written down and not yet handed out."""
    equity = parts["equity"]
    times, known_at = (integers_of(equity.column(name).cast(pa.int64())) for name in EQUITY.names[:2])
    return Log(
        bar_events=events_of(packed_words(parts["events"]), symbol),
        trades=[trade_of(row, symbol) for row in _rows(parts["trades"])],
        timestamps=times,
        known_at=known_at,
        cash_curve=numbers_of(equity.column("cash")),
        equity_curve=numbers_of(equity.column("equity")),
    )


def trade_of(row: dict[str, Any], symbol: str) -> Position:
    """Return a closed position; what nobody reads of one any more is not set."""
    unread = {field.name: None for field in fields(Position) if field.default is MISSING}
    return Position(**{**unread, **row, "symbol": symbol, "status": Status.CLOSED})


def ordinals_of(part: pa.Table, timestamp: int | None, symbol: str) -> Ordinals:
    """Return the counts of the run's symbol at ``timestamp``."""
    counts = {(symbol, row["magic_number"], row["direction"], row["order_type"]): row["count"] for row in _rows(part)}
    return Ordinals(timestamp=timestamp, counts=counts)


def quote_of_row(row: dict[str, Any]) -> Quote:
    """Return a bar as a quote."""
    quote = Quote()
    quote.timestamp = row["timestamp"]
    quote.end = row["end"]
    for name in PRICE_COLUMNS:
        setattr(quote, name, row[name])
    return quote


def packed_words(part: pa.Table) -> bytes:
    """Return words as the state chain has them."""
    words = integers_of(part.column("word"))
    return struct.pack(f"<{len(words)}q", *words)


def events_of(packed: bytes, symbol: str) -> list[Event]:
    """Return event rows from what the state chain covers of them (Q-H1); another symbol's name is not told there."""
    return [unpack_event(packed[first : first + EVENT_BYTES], symbol) for first in range(0, len(packed), EVENT_BYTES)]


def _table(records: Sequence[Any], schema: pa.Schema) -> pa.Table:
    cells = [[_text(getattr(record, field.name)) for record in records] for field in schema]
    return pa.table([pa.array(cells[place], field.type) for place, field in enumerate(schema)], schema=schema)


def _text(value: Any) -> Any:
    return value.name.lower() if isinstance(value, IntEnum) else value


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows as the rules have them: times and durations in µs, members of closed sets."""
    columns = {}
    for field in table.schema:
        column = table.column(field.name)
        is_time = pa.types.is_temporal(field.type)
        values = listed(column.cast(pa.int64()) if is_time else column)
        members = _CLOSED_SETS.get(field.name)
        if members is not None:
            known = {text: None if text is None else members[text.upper()] for text in dict.fromkeys(values)}
            values = [known[text] for text in values]
        columns[field.name] = values
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
