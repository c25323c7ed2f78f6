"""Management of open positions: timeout, then the strategy's action, position by position (E-11, E-12)."""

from __future__ import annotations

from collections.abc import Callable

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import Direction, Position, Reason
from omega_reference.execution.closing import close_position, forget_closed
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.quotes import Quote, side_close
from omega_reference.strategy.base import Action, Hold

ManagePosition = Callable[[Position], Action]
"""The strategy's part of management (E-11)."""


def manage_positions(
    book: Book, account: Account, log: Log, rules: Rules, quote: Quote, manage_position: ManagePosition | None
) -> None:
    """Time out positions opened before this bar, or ask the strategy about them, one after the other (E-11).

    Raises
    ------
    OmegaError
        NOT_IMPLEMENTED for an action other than to hold.
    """
    for position in book.positions:
        trigger_time = position.trigger_time
        if trigger_time is None or trigger_time >= quote.timestamp:
            continue
        if is_timed_out(rules, quote, position):
            # hit E-12
            price = side_close(quote, position.direction is Direction.SHORT)
            is_full = not rules.variant.times_out_free
            close_position(book, account, log, rules, quote, position, price, Reason.TIMEOUT, is_full, is_full, False)
        elif manage_position is not None:
            refuse_action(manage_position(position))
    if book.has_closed:
        forget_closed(book)


def is_timed_out(rules: Rules, quote: Quote, position: Position) -> bool:
    """Whether an open position has reached its longest holding time at the bar (E-12)."""
    if position.max_holding is None:
        return False
    since = position.entry_time if rules.variant.ages_from_entry else position.trigger_time
    assert since is not None, "T-7: an open position knows its trigger time"
    return quote.timestamp - since >= position.max_holding


def refuse_action(action: Action) -> None:
    """Refuse all actions but to hold, which are typed and not built yet (A-1)."""
    if not isinstance(action, Hold):
        name = type(action).__name__
        raise omega_error(
            ErrorCode.NOT_IMPLEMENTED,
            f"a strategy's action {name} is not implemented yet; use Hold",
            rule="A-1",
            column="manage_position",
            value=name,
        )
