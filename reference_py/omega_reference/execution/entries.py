"""What a signal does in its bar: market orders, placing limit and stop orders, or waiting for its end (E-1, E-2)."""

from __future__ import annotations

from dataclasses import replace

from omega.contract.types import Direction, OrderType, Position, Reason, Signal, SignalType, Status
from omega_reference.costs.slippage import ENTRY_LEG
from omega_reference.execution.fills import fill_offset, slipped
from omega_reference.execution.hits import stop_reach
from omega_reference.execution.instructions import hand_over_instruction
from omega_reference.execution.opening import accept, open_position, reject, size_order
from omega_reference.execution.ordinals import next_ordinal
from omega_reference.execution.refusals import level_refusal, signal_refusal
from omega_reference.execution.state import Account, Book, Log, Rules
from omega_reference.grid import grid_price
from omega_reference.quotes import Quote, side_close
from omega_reference.worth import value_at


def process_signal(book: Book, account: Account, log: Log, rules: Rules, quote: Quote, signal: Signal) -> None:
    """Accept, put off or reject a signal handed over at one bar (E-1, E-2, E-15, L-1a)."""
    ordinal = next_ordinal(account, signal)
    # hit L-1a if signal.timestamp < quote.timestamp
    entry = signal_on_grid(rules, signal)
    reason = signal_refusal(book, account, rules, entry, entry_time(rules, quote, signal))
    if reason is None and signal.signal_type is not SignalType.ENTRY:
        hand_over_instruction(book, account, signal, entry)
    elif reason is None and signal.order_type is OrderType.MARKET:
        reason = enter_at_market(book, account, log, rules, quote, entry, ordinal, signal.price)
    elif reason is None:
        reason = place_order(book, account, log, rules, quote, entry, ordinal, signal.price)
    if reason is not None:
        reject(account, log, quote, signal, reason)


def signal_on_grid(rules: Rules, signal: Signal) -> Signal:
    """Return the signal with its prices on the symbol's grid (N-8)."""
    grid = rules.terms.grid
    price = None if signal.price is None else grid_price(grid, signal.price)
    stop_loss = None if signal.stop_loss is None else grid_price(grid, signal.stop_loss)
    take_profit = None if signal.take_profit is None else grid_price(grid, signal.take_profit)
    if price == signal.price and stop_loss == signal.stop_loss and take_profit == signal.take_profit:
        # A copy would cost more than all the rest, and hardly any signal needs one.
        return signal
    return replace(signal, price=price, stop_loss=stop_loss, take_profit=take_profit)


def entry_time(rules: Rules, quote: Quote, signal: Signal) -> int:
    """Return the entry time of the signal's order, µs (L-1a)."""
    return signal.timestamp if rules.variant.enters_at_signal_time else quote.timestamp


def enter_at_market(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    signal: Signal,
    ordinal: int,
    signal_price: float | None,
) -> Reason | None:
    """Accept a market order and open it, now or at the next open (E-1, Q-E1), or return why not.

    All checks come before the first change.
    """
    is_buy = signal.direction is Direction.LONG
    grid = rules.terms.grid
    price = market_price(rules, quote, signal, is_buy)
    order = new_order(rules, quote, signal, ordinal, price, signal_price)
    fill = price if rules.fills_at_next_open else slipped(grid, price, fill_offset(rules, order, ENTRY_LEG), is_buy)
    left_at = grid_price(grid, side_close(quote, not is_buy)) if rules.variant.checks_sides else fill
    reason = level_refusal(rules, order.direction, fill, left_at, order.stop_loss, order.take_profit)
    if reason is not None:
        return reason
    sized_at = price if rules.variant.sizes_at_acceptance else fill
    reason = size_order(book, account, rules, order, sized_at)
    if reason is not None:
        return reason
    position = accept(book, account, log, rules, quote, order)
    if not rules.fills_at_next_open:
        open_position(book, account, log, rules, quote, position, fill, False)
    return None


def market_price(rules: Rules, quote: Quote, signal: Signal, is_buy: bool) -> float:
    """Return the price by which a market order is sized and judged (E-1)."""
    if not rules.variant.enters_at_signal_price:
        # hit Q-E1 if signal.price is not None and signal.price != side_close(quote, is_buy)
        return grid_price(rules.terms.grid, side_close(quote, is_buy))
    assert signal.price is not None, "refused"
    return signal.price


def place_order(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    signal: Signal,
    ordinal: int,
    signal_price: float | None,
) -> Reason | None:
    """Accept a limit or stop order as pending (E-2, Q-E2), or return why not."""
    price = signal.price
    assert price is not None, "a limit or stop order without a price was refused"
    order = new_order(rules, quote, signal, ordinal, price, signal_price)
    if rules.variant.checks_pending:
        reason = level_refusal(rules, order.direction, price, price, order.stop_loss, order.take_profit)
        if reason is not None:
            return reason
    if rules.variant.sizes_at_acceptance:
        reason = size_order(book, account, rules, order, price)
        if reason is not None:
            return reason
    # hit E-2
    accept(book, account, log, rules, quote, order)
    return None


def new_order(
    rules: Rules, quote: Quote, signal: Signal, ordinal: int, price: float, signal_price: float | None
) -> Position:
    """Return the signal's order at ``price``, pending, without an id and not sized yet."""
    assert signal.direction is not None, "refused"
    assert signal.order_type is not None, "refused"
    assert signal.stop_loss is not None, "refused"
    return Position(
        order_id=0,
        symbol=signal.symbol,
        magic_number=signal.magic_number,
        direction=signal.direction,
        order_type=signal.order_type,
        status=Status.PENDING,
        entry_time=entry_time(rules, quote, signal),
        trigger_time=None,
        entry_price=price,
        order_price=price,
        signal_price=signal_price,
        initial_stop_loss=signal.stop_loss,
        initial_take_profit=signal.take_profit,
        stop_loss=signal.stop_loss,
        stop_reach=stop_reach(rules, signal.direction, signal.stop_loss),
        take_profit=signal.take_profit,
        size=0.0,
        risk_per_trade=None,
        expires_at=signal.expires_at,
        max_holding=signal.max_holding,
        trailing_distance=signal.trailing_distance,
        trailing_step=signal.trailing_step,
        break_even_at_r=signal.break_even_at_r,
        break_even_offset=signal.break_even_offset,
        requested_size=signal.size,
        lots=0.0,
        signal_timestamp=signal.timestamp,
        ordinal=ordinal,
        signal_row=signal.row,
        scenario=signal.scenario,
        value_at_entry=value_at(rules.terms.worth, price, quote.timestamp),
    )
