"""One call at a time (L-6): what two threads do to one object at once would hang on their timing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from omega.contract.errors import ErrorCode, omega_error

P = ParamSpec("P")
R = TypeVar("R")


class TakesTurns(Protocol):
    """Whoever has a lock for its calls, which one thread may nest."""

    turn: RLock


T = TypeVar("T", bound=TakesTurns)


def one_at_a_time(method: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Refuse a call while another thread is in one of the same object.

    Raises
    ------
    OmegaError
        1007, rule Q-L6.
    """

    @wraps(method)
    def call(self: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not self.turn.acquire(blocking=False):
            message = (
                "another thread is in a call of this simulator: give each thread a simulator of its own, or let them "
                "call one after the other"
            )
            raise omega_error(ErrorCode.INVALID_STATE, message, rule="Q-L6", column="simulator")
        try:
            return method(self, *args, **kwargs)
        finally:
            self.turn.release()

    return call
