"""What runs reached: counted by what they drew, red for what they did not, and for a fault that nothing notices."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from omega.compare.compare import Comparison, compare_tables
from omega.contract.protocols import RunOutput
from omega.contract.types import Variant
from omega_parity.generate import wide
from omega_parity.generate.cases import Case
from omega_parity.generate.dimensions import NOT_SET, WHOLE_RUN, ZERO, dimensions, drawn
from omega_parity.generate.sequences import sample_cases
from omega_parity.judge import reach
from omega_parity.judge.reach import OUTPUTS, Reach, narrow, nudged
from omega_reference.engine import Engine


@pytest.fixture(scope="module")
def case() -> Case:
    """A run of signals in which something fills, with a fee."""
    return next(case for case in sample_cases(50) if case.signals is not None and _run(case).metrics["fees"] != 0.0)


def _run(case: Case) -> RunOutput:
    return Engine().run(case.bars, case.signals, case.config)


def _reached(case: Case) -> Reach:
    found = Reach()
    found.add(case, _run(case), _run(case))
    return found


def test_a_run_is_counted_by_what_it_drew(case: Case) -> None:
    config = replace(case.config, seed=0, fee_min=0.0, risk_fraction=None, variant=Variant.V1, account_currency="Kč")
    buckets = drawn(replace(case, config=config))
    expected = {("EngineConfig.seed", ZERO), ("EngineConfig.fee_min", ZERO), ("EngineConfig.risk_fraction", NOT_SET)}
    expected |= {("EngineConfig.variant", "v1"), ("EngineConfig.account_currency", "beyond ASCII")}
    assert expected <= set(buckets)
    assert {buckets[bucket] for bucket in expected} == {WHOLE_RUN}
    assert all(bucket in dimensions()[name].buckets for name, bucket in buckets)


def test_a_value_of_a_row_holds_from_that_row_on(case: Case) -> None:
    times = case.bars["timestamp"].cast(pa.int64()).to_pylist()
    volumes = [0.0] * case.bars.num_rows
    volumes[3] = volumes[5] = 1e300
    place = case.bars.schema.get_field_index("volume")
    bars = case.bars.set_column(place, case.bars.schema.field("volume"), pa.array(volumes))
    buckets = drawn(replace(case, bars=bars))
    assert buckets["BARS.volume", ZERO] == times[0]
    assert buckets["BARS.volume", dimensions()["BARS.volume"].buckets[-1]] == times[3]


def test_what_no_run_drew_is_red(case: Case) -> None:
    found = _reached(case)
    other = "v1" if case.config.variant is Variant.CANONICAL else "canonical"
    assert ("EngineConfig.variant", other) in found.empty()
    assert f"no run drew EngineConfig.variant {other}" in found.against
    assert "no run has bars from 65,537 on" in found.against
    assert any("survives" in why for why in found.against)


def test_a_fault_where_something_fills_is_noticed(case: Case) -> None:
    found = _reached(case)
    drew = ("EngineConfig.variant", case.config.variant.text)
    assert {output for output in OUTPUTS if (*drew, output) in found.noticed} == set(OUTPUTS)


def test_a_fault_that_acts_after_the_last_fill_survives(case: Case) -> None:
    """A value that comes with the last bar only changes nothing any more."""
    last = case.bars.num_rows
    volumes = [0.0] * (last - 1) + [1e300]
    place = case.bars.schema.get_field_index("volume")
    bars = case.bars.set_column(place, case.bars.schema.field("volume"), pa.array(volumes))
    quiet = replace(case, bars=bars, config=replace(case.config, close_at_end=False))
    fills = _run(quiet).events.filter(pa.compute.is_valid(_run(quiet).events["fee"]))["timestamp"]
    assert fills[-1].as_py() < bars["timestamp"][-1].as_py()
    bucket = ("BARS.volume", dimensions()["BARS.volume"].buckets[-1])
    assert {(*bucket, output) for output in OUTPUTS} <= set(_reached(quiet).survivors())


def test_a_comparison_that_is_blind_lets_faults_survive(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(name: str, *tables: pa.Table) -> Comparison:
        return compare_tables(name, *(table.drop_columns(["fee"]) for table in tables))

    monkeypatch.setattr(reach, "compare_tables", blind)
    found = _reached(case)
    assert {output for _, _, output in found.noticed} == {"size", "price"}


def test_a_nudge_is_one_ulp_of_one_number(case: Case) -> None:
    events = _run(case).events
    fees: list[Any] = events["fee"].to_pylist()
    row = next(row for row, fee in enumerate(fees) if fee)
    changed = nudged(events, "fee", row)["fee"].to_pylist()
    assert changed[row] == math.nextafter(fees[row], math.inf)
    assert [*changed[:row], *changed[row + 1 :]] == [*fees[:row], *fees[row + 1 :]]


def test_a_refused_run_counts_for_nothing(case: Case) -> None:
    found = Reach()
    found.add(case, ValueError("refused"), _run(case))
    assert (found.refused, found.runs, found.noticed) == (1, Counter(), {})


def test_a_narrowed_generator_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """With lists instead of ranges a random sample draws few deciles of almost everything."""

    def counted() -> Counter[tuple[str, str]]:
        return Counter(bucket for case in sample_cases(300) for bucket in drawn(case))

    assert narrow(counted()) == []
    monkeypatch.setattr(wide, "_KEPT_POINTS", 256)
    names = {name for name, _ in narrow(counted())}
    assert {"EngineConfig.seed", "EngineConfig.fee_per_million", "Instrument.volume_step"} <= names
    assert len(names) > 15
