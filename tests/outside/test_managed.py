"""The generated cases of what comes after the pass say much: each of its rows is written often."""

from __future__ import annotations

from .managed import managed, seen

OFTEN = {
    ("modified", "break_even", True): 400,
    ("modified", "trailing", True): 1_200,
    ("modified", "modify_signal", True): 1_000,
    ("closed", "break_even_stop_loss", True): 300,
    ("closed", "trailing_stop", True): 600,
    ("closed", "modified_stop_loss", True): 300,
    ("closed", "signal_exit", True): 400,
    ("closed", "timeout", True): 200,
    ("closed", "end_of_data", True): 50,
    ("closed", "stop_out", True): 10,
    ("cancelled", "signal_exit", True): 200,
    ("partially_closed", "signal_exit", True): 400,
    ("rejected", "part_below_min", True): 250,
    ("rejected", "stop_side", True): 600,
    ("rejected", "target_side", True): 250,
    ("rejected", "change_missing", False): 400,
    ("rejected", "not_positive", False): 80,
    ("rejected", "no_match", False): 2_500,
    ("rejected", "max_positions", False): 400,
    ("rejected", "free_margin", False): 400,
    ("rejected", "stopped_out", False): 1_000,
    ("rejected", "before_start", False): 300,
    ("rejected", "after_end", False): 40,
    ("rejected", "unknown_symbol", False): 100,
}
"""Rows of the log by kind, reason and whether an order is named, and how many there are at least."""


def test_every_rule_fires_often() -> None:
    runs = list(managed(150))
    opinions = [run.opinion() for run in runs]
    counts = seen(opinions)
    assert {row: counts[row] for row, least in OFTEN.items() if counts[row] < least} == {}
    assert max(order.parts for opinion in opinions for order in opinion.outcome.trades) >= 3
    for key, values in (("market_fill", {"close", "next_open"}), ("signal_time", {"bar", "decision"})):
        assert {run.keys[key] for run in runs} == values
