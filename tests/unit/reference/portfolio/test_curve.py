"""In how many bars something was open (Q-P5c)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.reference.portfolio.conftest import position

from omega.contract.types import Status
from omega_reference.execution.state import Book, Log, new_account
from omega_reference.portfolio.curve import exposed_bars

Span = tuple[int, int]


def exposed(
    config: Any, closed: Sequence[Span], still_open: Sequence[int] = (), *, first: int = 0, pending: bool = False
) -> int:
    """Count over the bars 0, 10 … 90."""
    account = new_account(config)
    account.first_time = first
    trades = [replace(position(), trigger_time=begin, exit_time=end) for begin, end in closed]
    positions = [replace(position(), trigger_time=begin) for begin in still_open]
    if pending:
        positions.append(replace(position(), status=Status.PENDING, trigger_time=None))
    times = list(range(0, 100, 10))
    return exposed_bars(Book(positions), account, Log(trades=trades, timestamps=times, known_at=times))


@pytest.mark.rule("P-5", "Q-P5c")
@pytest.mark.parametrize(
    ("closed", "still_open", "expected"),
    [
        ([], [], 0),
        ([(20, 20)], [], 1),
        ([(20, 40)], [], 3),
        ([(20, 40), (50, 60)], [], 5),
        ([(20, 40), (40, 60)], [], 5),
        ([(20, 60), (30, 60)], [], 5),
        ([(30, 50), (20, 60)], [], 5),
        ([(40, 40), (30, 50), (80, 80), (10, 90)], [], 9),
        ([(15, 20)], [], 1),  # v1: the signal's own time, between two bars
        ([], [70], 3),
        ([(20, 40)], [70, 80], 6),
        ([(20, 80)], [70], 8),
        ([], [100], 0),  # step by step: its bar is not evaluated yet
    ],
)
def test_a_bar_counts_once(make_config: Any, closed: list[Span], still_open: list[int], expected: int) -> None:
    assert exposed(make_config(), closed, still_open) == expected


@pytest.mark.rule("Q-P5c")
def test_the_point_before_the_first_bar_and_pending_orders_count_nothing(make_config: Any) -> None:
    assert exposed(make_config(), [(-5, 20)], first=10) == 2
    assert exposed(make_config(), [], pending=True) == 0


@pytest.mark.rule("Q-P5c")
def test_without_a_bar_nothing_is_exposed(make_config: Any) -> None:
    assert exposed_bars(Book([position()]), new_account(make_config()), Log()) == 0
