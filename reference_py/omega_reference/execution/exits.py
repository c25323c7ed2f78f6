"""Exits at the stop and the target (E-6 … E-10)."""

from __future__ import annotations

from omega.contract.types import Direction, Position, Reason
from omega_reference.execution.closing import close_position
from omega_reference.execution.fills import fill_limit, fill_stop
from omega_reference.execution.hits import find_hits
from omega_reference.execution.state import Account, Book, Buffers, Log, Rules
from omega_reference.quotes import Quote, side_open


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
    """Close a position whose stop or target the bar reaches.

    In the trigger bar the open came before the entry: both fill at their level and the stop goes first (E-8, E-9).
    """
    hits = find_hits(quote, position, buffers, is_trigger_bar)
    if hits is None:
        return
    # hit Q-E7 if hits.is_ambiguous
    account.ambiguous_bars += hits.is_ambiguous
    may_prefer_target = rules.variant.prefers_target_at_open and not is_trigger_bar
    is_target = hits.target and (not hits.stop or (may_prefer_target and hits.is_target_first))
    level = position.take_profit if is_target else position.stop_loss
    assert level is not None, "an unset target is never hit"
    is_buy = position.direction is Direction.SHORT
    # hit E-6 if is_buy and is_target and quote.ask_low == level + buffers.target
    # hit E-6 if is_buy and not is_target and quote.ask_high == position.stop_reach - buffers.stop
    # hit E-6 if not is_buy and is_target and quote.bid_high == level - buffers.target
    # hit E-6 if not is_buy and not is_target and quote.bid_low == position.stop_reach + buffers.stop
    # hit Q-E6 if is_buy and hits.stop and quote.ask_high < position.stop_loss
    # hit Q-E6 if not is_buy and hits.stop and quote.bid_low > position.stop_loss
    fill = level
    if not is_trigger_bar:
        fill = (fill_limit if is_target else fill_stop)(rules, level, side_open(quote, is_buy), is_buy)
    # hit E-9 if fill != level
    # hit E-10 if is_target
    # hit E-10s if not is_target
    reason = Reason.TAKE_PROFIT if is_target else Reason.STOP_LOSS
    is_slipped = rules.variant.slips_targets or not is_target
    close_position(book, account, log, rules, quote, position, fill, reason, is_slipped, True)
