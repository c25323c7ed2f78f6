"""Changes of orders and positions by their id: levels, and parts to close (B-4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from omega.contract.errors import ErrorCode
from omega.contract.ranges import FRACTION, PRICE
from omega.contract.types import Event, EventKind, Position, Reason, Status
from omega_reference.breaches import breach
from omega_reference.execution.batches import check_length, check_numbers
from omega_reference.execution.closing import close_fraction, drop_order, forget_closed
from omega_reference.execution.ledger import emit
from omega_reference.execution.management import modify_position
from omega_reference.execution.opening import refuse_change
from omega_reference.execution.ordinals import next_seq
from omega_reference.execution.refusals import code_of_reason
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.grid import grid_price
from omega_reference.quotes import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one row wants of one order; None leaves as it is."""

    order_id: int
    stop_loss: float | None
    take_profit: float | None
    close_fraction: float | None


def updates_of(
    account: Account,
    order_ids: Sequence[int],
    stop_losses: Sequence[float | None],
    take_profits: Sequence[float | None],
    close_fractions: Sequence[float | None],
) -> list[Update]:
    """Return the rows of four columns, or refuse the first breach in (column order, row) (Q-B4).

    Raises
    ------
    OmegaError
        SIZE_MISMATCH for columns of unequal lengths, OUT_OF_BOUNDS for an id that was never given, NAN_VALUE,
        INFINITE_VALUE or CONSTRAINT_VIOLATION for a number that is none or beyond its range, MISSING_REQUIRED_FIELD
        for a row that wants nothing.
    """
    rows = len(order_ids)
    check_length("B-4", "stop_loss", len(stop_losses), rows)
    check_length("B-4", "take_profit", len(take_profits), rows)
    check_length("B-4", "close_fraction", len(close_fractions), rows)
    for row, order_id in enumerate(order_ids):
        if not 1 <= order_id < account.next_order_id:
            message = f"no order has this id: {account.next_order_id - 1} were accepted so far"
            raise breach(ErrorCode.OUT_OF_BOUNDS, "B-4", "order_id", message, row, order_id)
    check_numbers("B-4", "stop_loss", stop_losses, PRICE)
    check_numbers("B-4", "take_profit", take_profits, PRICE)
    check_numbers("B-4", "close_fraction", close_fractions, FRACTION)
    updates = []
    for row, order_id in enumerate(order_ids):
        stop_loss, take_profit, fraction = stop_losses[row], take_profits[row], close_fractions[row]
        if stop_loss is None and take_profit is None and fraction is None:
            message = "set a stop_loss, a take_profit or a close_fraction"
            raise breach(ErrorCode.MISSING_REQUIRED_FIELD, "B-4", "stop_loss", message, row)
        update = Update(order_id=order_id, stop_loss=stop_loss, take_profit=take_profit, close_fraction=fraction)
        updates.append(update)
    return updates


def act_on_updates(
    book: Book, account: Account, log: Log, rules: Rules, quote: Quote, updates: Sequence[Update]
) -> None:
    """Let updates act in the order given (B-4)."""
    for update in updates:
        act_on_update(book, account, log, rules, quote, update)
    if book.has_closed:
        forget_closed(book)


def act_on_update(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, update: Update) -> None:
    """Change the levels of one order, then close or cancel what is wanted of it (Q-B4)."""
    grid = rules.terms.grid
    stop_loss = None if update.stop_loss is None else grid_price(grid, update.stop_loss)
    take_profit = None if update.take_profit is None else grid_price(grid, update.take_profit)
    position = find_position(book, update.order_id)
    if position is None:
        refuse_unmatched(account, log, rules, quote, update.order_id, stop_loss, take_profit)
        return
    if stop_loss == 0.0 or take_profit == 0.0:
        refuse_change(account, log, quote, position, stop_loss, take_profit, Reason.NOT_POSITIVE)
    elif stop_loss is not None or take_profit is not None:
        reason = Reason.MODIFY_SIGNAL
        modify_position(book, account, log, rules, quote, position, stop_loss, take_profit, reason)
    fraction = update.close_fraction
    if fraction is None:
        return
    if position.status is Status.OPEN:
        close_fraction(book, account, log, rules, quote, position, fraction, Reason.SIGNAL_EXIT)
    elif fraction < 1.0:
        refuse_change(account, log, quote, position, None, None, Reason.NO_MATCH)
    else:
        drop_order(book, account, log, quote, position, EventKind.CANCELLED, Reason.SIGNAL_EXIT)


def find_position(book: Book, order_id: int) -> Position | None:
    """Return what is pending or open under an id; None where it has ended."""
    positions = book.positions
    row = bisect_left(positions, order_id, key=lambda position: position.order_id)
    if row == len(positions) or positions[row].order_id != order_id:
        return None
    return None if positions[row].status is Status.CLOSED else positions[row]


def refuse_unmatched(
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    order_id: int,
    stop_loss: float | None,
    take_profit: float | None,
) -> None:
    """Write down that an order to be changed has ended already (Q-B4)."""
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.end,
            kind=EventKind.REJECTED,
            order_id=order_id,
            symbol=rules.symbol,
            direction=None,
            order_type=None,
            stop_loss=stop_loss,
            take_profit=take_profit,
            reason=Reason.NO_MATCH,
            error_code=int(code_of_reason(Reason.NO_MATCH)),
        ),
    )
