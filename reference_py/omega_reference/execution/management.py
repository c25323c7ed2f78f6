"""Management of open positions: timeout, break-even, trailing, the strategy's action, position by position (E-11)."""

from __future__ import annotations

from collections.abc import Callable

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.ranges import FRACTION, PRICE, Range
from omega.contract.types import Direction, Event, EventKind, Position, Reason, Status, StopKind
from omega_reference.execution.break_even import break_even_stop, is_break_even_due
from omega_reference.execution.closing import close_fraction, close_position, forget_closed
from omega_reference.execution.hits import stop_reach
from omega_reference.execution.ledger import emit
from omega_reference.execution.opening import refuse_change
from omega_reference.execution.ordinals import next_seq
from omega_reference.execution.refusals import change_refusal
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.execution.stop_out import is_older
from omega_reference.execution.trailing import trailing_stop
from omega_reference.grid import grid_price
from omega_reference.quotes import Quote, side_close
from omega_reference.strategy.base import Action, Close, Hold, ModifyStop, ModifyTarget, PartialClose

ManagePosition = Callable[[Position], Action]
"""The strategy's part of management (E-11)."""


def manage_positions(
    book: Book, account: Account, log: Log, rules: Rules, quote: Quote, manage_position: ManagePosition | None
) -> None:
    """Manage what was open before this bar, one position after the other (E-11).

    Raises
    ------
    OmegaError
        As :func:`act`.
    """
    for position in book.positions:
        if position.status is not Status.OPEN:
            continue
        opened = position.trigger_time
        if (position.entry_time if opened is None else opened) >= quote.timestamp:
            continue
        if is_timed_out(rules, quote, position):
            # hit E-12
            price = side_close(quote, position.direction is Direction.SHORT)
            is_full = not rules.variant.times_out_free
            close_position(book, account, log, rules, quote, position, price, Reason.TIMEOUT, is_full, is_full, False)
            continue
        if position.break_even_at_r is not None or position.trailing_distance is not None:
            move_stops(book, account, log, rules, quote, position)
        if manage_position is not None:
            act(book, account, log, rules, quote, position, manage_position(position))
    if book.has_closed:
        forget_closed(book)


def follow_prices(book: Book, account: Account, log: Log, rules: Rules, quote: Quote) -> None:
    """Break-even and trailing at a detail bar that is not the last of its bar (Q-E22)."""
    for position in book.positions:
        if position.status is Status.OPEN and is_older(quote, position):
            move_stops(book, account, log, rules, quote, position)


def is_timed_out(rules: Rules, quote: Quote, position: Position) -> bool:
    """Whether an open position has reached its longest holding time at the bar (E-12)."""
    if position.max_holding is None:
        return False
    since = position.entry_time if rules.variant.ages_from_entry else position.trigger_time
    assert since is not None, "T-7: an open position knows its trigger time"
    return quote.timestamp - since >= position.max_holding


def move_stops(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, position: Position) -> None:
    """Break-even, then trailing, which sees the stop that break-even set (E-11)."""
    if is_break_even_due(rules, quote, position):
        # hit E-13
        position.is_break_even_done = True
        stop = break_even_stop(rules, position)
        move_stop(book, account, log, rules, quote, position, stop, StopKind.BREAK_EVEN, Reason.BREAK_EVEN)
    stop = trailing_stop(rules, quote, position)
    move_stop(book, account, log, rules, quote, position, stop, StopKind.TRAILING, Reason.TRAILING)


def move_stop(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    stop: float | None,
    kind: StopKind,
    reason: Reason,
) -> None:
    """Move a stop where a rule of management wants it, if it does and nothing could fill at 0 there (Q-E11)."""
    if stop is None or not stop > rules.largest_slippage:
        # hit Q-E11 if stop is not None
        return
    # hit E-13 if kind is StopKind.BREAK_EVEN
    # hit E-14 if kind is StopKind.TRAILING
    change_levels(book, account, log, rules, quote, position, stop, position.take_profit, kind, reason)


def modify_position(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    stop_loss: float | None,
    take_profit: float | None,
    reason: Reason,
) -> None:
    """Set stop and target of an order or position, None leaves one as it is; both or neither (Q-E15b)."""
    left_at = position.order_price
    if position.status is Status.OPEN:
        left_at = grid_price(rules.terms.grid, side_close(quote, position.direction is Direction.SHORT))
    refused = change_refusal(position.direction, left_at, stop_loss, take_profit)
    if refused is not None:
        # hit Q-E15b
        refuse_change(account, log, quote, position, stop_loss, take_profit, refused)
        return
    stop_loss = position.stop_loss if stop_loss is None else stop_loss
    take_profit = position.take_profit if take_profit is None else take_profit
    change_levels(book, account, log, rules, quote, position, stop_loss, take_profit, StopKind.MODIFIED, reason)


def change_levels(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    stop_loss: float,
    take_profit: float | None,
    kind: StopKind,
    reason: Reason,
) -> None:
    """Give a position its levels from the next bar on, and write that down (Q-E11)."""
    if stop_loss != position.stop_loss:
        position.stop_kind = kind
        position.stop_reach = stop_reach(rules, position.direction, stop_loss)
    position.stop_loss = stop_loss
    position.take_profit = take_profit
    book.records = None
    emit(
        log,
        Event(
            seq=next_seq(account),
            timestamp=quote.timestamp,
            known_at=quote.end,
            kind=EventKind.MODIFIED,
            order_id=position.order_id,
            symbol=position.symbol,
            direction=position.direction,
            order_type=position.order_type,
            stop_loss=stop_loss,
            take_profit=take_profit,
            reason=reason,
        ),
    )


def act(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, position: Position, action: Action) -> None:
    """Do what a strategy wants done with a position (Q-E11b).

    Raises
    ------
    OmegaError
        NAN_VALUE, INFINITE_VALUE or CONSTRAINT_VIOLATION for a number that is none, or beyond its range.
    """
    grid = rules.terms.grid
    match action:
        case Hold():
            pass
        case Close():
            close_fraction(book, account, log, rules, quote, position, 1.0, Reason.STRATEGY_EXIT)
        case PartialClose(fraction):
            check_action(fraction, FRACTION)
            close_fraction(book, account, log, rules, quote, position, fraction, Reason.STRATEGY_EXIT)
        case ModifyStop(stop_loss):
            check_action(stop_loss, PRICE)
            change_by_strategy(book, account, log, rules, quote, position, grid_price(grid, stop_loss), None)
        case ModifyTarget(take_profit):
            check_action(take_profit, PRICE)
            change_by_strategy(book, account, log, rules, quote, position, None, grid_price(grid, take_profit))


def check_action(number: float, span: Range) -> None:
    """Refuse a strategy's number that is none or beyond its range: the strategy is wrong, not the market."""
    if span.least <= number <= span.most:
        return
    if number != number:
        raise _bad_action(ErrorCode.NAN_VALUE, "a number, not NaN", number)
    if number - number != 0.0:
        raise _bad_action(ErrorCode.INFINITE_VALUE, "finite", number)
    raise _bad_action(ErrorCode.CONSTRAINT_VIOLATION, f"in {span}", number)


def change_by_strategy(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    stop_loss: float | None,
    take_profit: float | None,
) -> None:
    """Set a level that a strategy asks for, unless the grid makes nothing of it (Q-E11b, N-8)."""
    if stop_loss == 0.0 or take_profit == 0.0:
        refuse_change(account, log, quote, position, stop_loss, take_profit, Reason.NOT_POSITIVE)
        return
    reason = Reason.STRATEGY_MODIFY
    modify_position(book, account, log, rules, quote, position, stop_loss, take_profit, reason)


def _bad_action(code: ErrorCode, wanted: str, number: float) -> OmegaError:
    return omega_error(
        code,
        f"the number of a strategy's action must be {wanted}: here {number!r}",
        rule="A-1",
        column="manage_position",
        value=number,
    )
