"""Where both sides and the third opinion part: the register. An entry that no longer differs is red, and is removed."""

from __future__ import annotations

import pytest

from .cases import Input
from .comparing import compare
from .small import STEP, flat, small_run


def parts(run: Input) -> set[str]:
    """What differs, the same on both sides."""
    opinion = run.opinion()
    compared = (compare(run.result(backend), opinion, is_whole=True) for backend in ("python", "rust"))
    python, rust = (set(comparison.differences) for comparison in compared)
    assert python == rust
    return python


@pytest.mark.rule("P-4", "Q-P4")
def test_a_drawdown_of_one_ulp_lasts_for_bars() -> None:
    """Three positions leave at the marked price, and nothing happens any more.

    Results: (1.10500 − 1.10008) · 0.05 lots = 24.60, (1.10500 − 1.10036) · 0.17 = 78.88, (1.10500 − 1.10048) · 0.08 =
    36.16, cash 10,139.64; marked open a bar before, 10,000 + 139.64. As doubles the mark is 10139.640000000001 and the
    cash 10139.64: a drawdown of 1.8e-12, as many bars long as the run goes on.
    """
    sizes, opens = (0.05, 0.17, 0.08), (1.10008, 1.10036, 1.10048)
    run = small_run(
        [*map(flat, opens), *[flat(1.105)] * 12],
        [
            {"bar": bar, "size": size, "stop_loss": 1.05, "max_holding": (5 - bar) * STEP}
            for bar, size in enumerate(sizes)
        ],
    )
    assert parts(run) == {"metric max_drawdown_bars: 10, third opinion 0"}


@pytest.mark.rule("E-1", "N-8", "Q-E1")
def test_a_typed_distance_of_half_a_tenth_is_rounded_by_its_double() -> None:
    """0.05 pips of 0.0001 with four digits are half of the smallest distance, which halves to even make 0.

    As doubles 0.05 · 0.0001 = 5.000000000000001e-06, which makes 0.00001: a stop at the fill is too near before it is
    on the wrong side.
    """
    run = small_run(
        [flat(1.1), flat(1.1)],
        [{"bar": 0, "size": 1.0, "stop_loss": 1.1}],
        instrument={"digits": 4, "min_stop_distance_pips": 0.05},
    )
    assert parts(run) == {"event 0 rejected reason: 'stop_distance', third opinion 'stop_side'"}


@pytest.mark.rule("E-14", "N-8", "Q-E14")
def test_a_trailing_stop_half_a_point_from_the_grid_is_rounded_by_its_double() -> None:
    """1.10050 − 0.001005 is exactly between 1.09949 and 1.09950.

    The double nearest to 1.099495 lies below it, the difference of the two doubles above. Break-even does the same.
    """
    run = small_run(
        [flat(1.1), flat(1.1005)],
        [{"bar": 0, "size": 1.0, "stop_loss": 1.05, "trailing_distance": 0.001005}],
    )
    assert parts(run) == {
        f"{place} stop_loss: 1.0995, third opinion 1.09949" for place in ("event 2 modified", "position_row 1")
    }
