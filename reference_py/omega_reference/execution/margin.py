"""What orders take of an account's equity as long as they are pending or open (E-21, Q-E21)."""

from __future__ import annotations

from omega.contract.types import Position, Status
from omega_reference.execution.state import Account, Book, Rules


def order_margin(rules: Rules, order: Position) -> float:
    """Return the margin of an order by the lots and the value of its acceptance; 0.0 in a run without margin."""
    if rules.margin_leverage is None:
        return 0.0
    return ((order.lots * order.order_price) * order.value_at_entry) / rules.margin_leverage


def lacks_margin(book: Book, account: Account, rules: Rules, order: Position) -> bool:
    """Whether an order's margin is beyond what the last equity leaves free."""
    if rules.margin_leverage is None:
        return False
    taken = account.margin_elsewhere
    for position in book.positions:
        taken = taken + position.margin
    # hit E-21
    free = account.portfolio.equity - taken
    return order.margin > free


def margin_in_use(book: Book, rules: Rules) -> float:
    """Return the margin of the open positions; 0.0 in a run without margin."""
    if rules.margin_leverage is None:
        return 0.0
    used = 0.0
    for position in book.positions:
        if position.status is Status.OPEN:
            used = used + position.margin
    return used
