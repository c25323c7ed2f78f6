"""Exit and modify signals: they wait for the end of their bar's pass, then act on what they match (E-15)."""

from __future__ import annotations

from omega.contract.types import EventKind, Position, Reason, Signal, SignalType, Status
from omega_reference.execution.closing import close_fraction, drop_order, forget_closed
from omega_reference.execution.management import modify_position
from omega_reference.execution.matching import is_match
from omega_reference.execution.opening import reject
from omega_reference.execution.state import Account, Book, Instruction, Log, Rules
from omega_reference.quotes import Quote


def hand_over_instruction(book: Book, account: Account, signal: Signal, on_grid: Signal) -> None:
    """Let an exit or modify signal wait; it reaches the orders that there are by now (Q-E15)."""
    book.waiting.append(
        Instruction(
            signal=signal,
            stop_loss=on_grid.stop_loss,
            take_profit=on_grid.take_profit,
            before_order_id=account.next_order_id,
        )
    )


def act_on_instructions(book: Book, account: Account, log: Log, rules: Rules, quote: Quote) -> None:
    """Let what waits act, in the order given, each position by position in order_id order (Q-E15)."""
    for instruction in book.waiting:
        matching = [position for position in book.positions if is_match(instruction, position)]
        if not matching:
            # hit E-15
            reject(account, log, quote, instruction.signal, Reason.NO_MATCH)
        for position in matching:
            # hit E-15
            act_on_instruction(book, account, log, rules, quote, position, instruction)
        if book.has_closed:
            forget_closed(book)
    book.waiting = []


def act_on_instruction(
    book: Book,
    account: Account,
    log: Log,
    rules: Rules,
    quote: Quote,
    position: Position,
    instruction: Instruction,
) -> None:
    """Close, cancel or change what an instruction matches."""
    signal = instruction.signal
    if signal.signal_type is SignalType.MODIFY:
        stop_loss, take_profit = instruction.stop_loss, instruction.take_profit
        reason = Reason.MODIFY_SIGNAL
        modify_position(book, account, log, rules, quote, position, stop_loss, take_profit, reason)
    elif position.status is Status.OPEN:
        fraction = 1.0 if signal.fraction is None else signal.fraction
        close_fraction(book, account, log, rules, quote, position, fraction, Reason.SIGNAL_EXIT)
    else:
        drop_order(book, account, log, quote, position, EventKind.CANCELLED, Reason.SIGNAL_EXIT)
