"""Ranges: from a share to a number and back to its decile, without the platform's logarithm."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.cases import OLDEST_RATE
from omega_parity.generate.ranges import LEAST, LONGEST_WINDOW, MOST, TIMES, record_scales, table_scales
from omega_parity.generate.scales import DECILES, Scale

RECORDS = ("EngineConfig", "Instrument", "StrategyConfig", "MeanReversionParameters")
SCALES = {
    **{f"{record}.{name}": scale for record in RECORDS for name, scale in record_scales(record).items()},
    **{f"{table}.{name}": scale for table in ("BARS", "SIGNALS") for name, scale in table_scales(table).items()},
}


@pytest.mark.parametrize("name", SCALES)
def test_each_decile_of_a_range_is_drawn_by_its_share(name: str) -> None:
    scale = SCALES[name]
    drawn = [scale.at((2 * decile + 1) / (2 * DECILES)) for decile in range(DECILES)]
    assert scale.deciles(drawn).tolist() == list(range(DECILES))
    assert scale.deciles([scale.at(0.0), scale.at(1.0)]).tolist() == [0, DECILES - 1]


@pytest.mark.parametrize("name", SCALES)
def test_numbers_of_a_range_have_its_type(name: str) -> None:
    scale = SCALES[name]
    kind = int if scale.is_whole else float
    assert {type(scale.at(share)) for share in (0.0, 0.3, 1.0)} == {kind}
    assert {*map(type, scale.edges)} <= {kind}


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(block=st.binary(min_size=WIDE_BYTES, max_size=WIDE_BYTES), name=st.sampled_from(sorted(SCALES)))
def test_wide_numbers_lie_in_their_range(block: bytes, name: str) -> None:
    scale = SCALES[name]
    number = Decisions(block).wide(scale)
    assert number in scale.edges or scale.deciles([number])[0] >= 0


def test_a_logarithmic_range_is_even_between_powers_of_two() -> None:
    scale = Scale(low=1.0, high=1024.0)
    assert [scale.at(share) for share in (0.0, 0.1, 0.15, 1.0)] == [1.0, 2.0, 3.0, 1024.0]
    assert scale.deciles([0.0, 0.5, 1.0, 1.999, 2.0, 1024.0, 1025.0, -2.0]).tolist() == [-1, -1, 0, 0, 1, 9, -1, -1]
    assert scale.label(1) == "2 … 4"


def test_a_signed_range_falls_and_rises() -> None:
    scale = Scale(low=1.0, high=1024.0, spacing="signed log")
    assert [scale.at(share) for share in (0.0, 0.25, 0.5, 1.0)] == [-1024.0, -32.0, 1.0, 1024.0]
    assert scale.deciles([-1024.0, -1.5, 0.0, 1.5, 1024.0]).tolist() == [0, 4, 5, 5, 9]


def test_ranges_follow_the_declarations() -> None:
    config, lengths = record_scales("EngineConfig"), record_scales("MeanReversionParameters")
    assert (config["seed"].high, config["max_positions"].low) == (2**64 - 1, 1)
    assert (config["risk_fraction"].high, 0.0 in config["fee_min"].edges) == (1.0, True)
    assert (lengths["window_length"].low, lengths["window_length"].high) == (2, LONGEST_WINDOW)
    assert lengths["max_holding"].low == 60_000_000
    assert (config["rates_max_age"].low, config["rates_max_age"].high) == (1, OLDEST_RATE)
    assert table_scales("SIGNALS")["timestamp"] is TIMES
    assert table_scales("BARS")["volume"].edges[-1] == sys.float_info.max


def test_money_stays_finite_at_the_ends_of_the_ranges() -> None:
    """Size, contract, price, fee and the conversion of the fee, all at their largest; and the sums of a long run."""
    assert (LEAST, MOST) == (1e-12, 1e12)
    conversion = (MOST / LEAST) / LEAST
    assert MOST * MOST * MOST * MOST * conversion * 1e6 < 1e290
