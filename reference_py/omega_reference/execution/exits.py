"""Exits at the stop and the target (E-6 … E-10)."""

from __future__ import annotations

from typing import Final

from omega.contract.types import Direction, Position, Reason, StopKind
from omega_reference.execution.closing import close_position
from omega_reference.execution.fills import fill_limit, fill_stop
from omega_reference.execution.hits import find_hits
from omega_reference.execution.state import Account, Book, Buffers, Log, Rules
from omega_reference.execution.walk import walk_bar
from omega_reference.quotes import Quote, side_open

_MOVED_BY: Final = {
    StopKind.BREAK_EVEN: Reason.BREAK_EVEN_STOP_LOSS,
    StopKind.TRAILING: Reason.TRAILING_STOP,
    StopKind.MODIFIED: Reason.MODIFIED_STOP_LOSS,
}


def exit_if_hit(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    buffers: Buffers,
    is_trigger_bar: bool,
) -> None:
    """Close an open position whose stop or target the bar reaches; where it reaches both the stop goes first (v1)."""
    hits = find_hits(quote, position, buffers, is_trigger_bar)
    if hits is None:
        return
    # hit E-6 if hits.stop and quote.bid_low == position.stop_reach + buffers.stop
    # hit E-6 if hits.stop and quote.ask_high == position.stop_reach - buffers.stop
    # hit E-6 if hits.target and quote.bid_high == position.take_profit - buffers.target
    # hit E-6 if hits.target and quote.ask_low == position.take_profit + buffers.target
    # hit Q-E6 if hits.stop and position.stop_loss < quote.bid_low <= position.stop_reach + buffers.stop
    # hit Q-E6 if hits.stop and position.stop_loss > quote.ask_high >= position.stop_reach - buffers.stop
    if rules.variant.walks_bars:
        walked = walk_bar(account, rules, quote, position, rules.intrabar_open_position)
        close_hit(book, account, log, rules, quote, position, walked.has_target, walked.is_exit_at_open)
        return
    # hit Q-E7b if hits.is_ambiguous
    account.ambiguous_bars += hits.is_ambiguous
    close_hit(book, account, log, rules, quote, position, not hits.stop, False)


def close_hit(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    is_target: bool,
    is_at_open: bool,
) -> None:
    """Close a position by its target or its stop, at the open or at the level (E-9, E-10)."""
    level = position.take_profit if is_target else position.stop_loss
    assert level is not None, "an unset target is never hit"
    is_buy = position.direction is Direction.SHORT
    fill = level
    if is_at_open:
        fill = (fill_limit if is_target else fill_stop)(level, side_open(quote, is_buy), is_buy)
    # hit E-9 if fill != level
    # hit E-10 if is_target
    # hit E-10s if not is_target
    reason = Reason.TAKE_PROFIT if is_target else stop_reason(rules, quote, position)
    is_slipped = rules.variant.slips_targets or not is_target
    close_position(book, account, log, rules, quote, position, fill, reason, is_slipped, True, is_at_open)


def stop_reason(rules: Rules, quote: Quote, position: Position) -> Reason:
    """Return why a stop closes: what moved it last, as far as the variant tells (Q-E10)."""
    # hit E-17 if position.stop_kind is not StopKind.INITIAL and not rules.variant.tells_moved_stops
    if position.stop_kind is StopKind.INITIAL or not rules.variant.tells_moved_stops:
        return Reason.STOP_LOSS
    # hit Q-E10
    if rules.variant.names_moved_stops:
        return _MOVED_BY[position.stop_kind]
    is_trigger_bar = position.trigger_time == quote.timestamp
    return Reason.STOP_LOSS if is_trigger_bar else Reason.BREAK_EVEN_STOP_LOSS
