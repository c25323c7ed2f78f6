"""Which orders and positions an exit or modify signal reaches (Q-E15), and the places that it frees (Q-L1b)."""

from __future__ import annotations

from omega.contract.types import Position, Signal, SignalType, Status
from omega_reference.execution.state import Book, Instruction


def is_match(instruction: Instruction, position: Position) -> bool:
    """Whether an instruction reaches an order or position; closing a part of a pending order means nothing (Q-E15)."""
    signal = instruction.signal
    if position.magic_number != signal.magic_number or position.order_id >= instruction.before_order_id:
        return False
    if signal.direction is not None and position.direction is not signal.direction:
        return False
    return position.status is Status.OPEN or not is_partial(signal)


def is_partial(signal: Signal) -> bool:
    """Whether a signal closes a part of what it matches (E-16)."""
    return signal.signal_type is SignalType.EXIT and signal.fraction is not None and signal.fraction < 1.0


def taken_places(book: Book) -> int:
    """Count orders and positions, but for those that a waiting exit closes whole (Q-L1b)."""
    exits = [
        instruction
        for instruction in book.waiting
        if instruction.signal.signal_type is SignalType.EXIT and not is_partial(instruction.signal)
    ]
    if not exits:
        return len(book.positions)
    return len([position for position in book.positions if not any(is_match(each, position) for each in exits)])
