"""Both sides on what goes beyond bars and signals: detail bars, higher timeframes, kept series, several symbols."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import omega
from omega.contract.errors import OmegaError
from omega.data.bars import column_values
from omega.serve.control import OmegaAlarm
from omega_parity.selftest.probe import NativeProbe

from .conftest import CONFIG, SCENARIO_1
from .test_fallback import failing, standing_in
from .watching import again, all_to, kept, same_run

SIDES = [("shadow", "python"), ("verify", "rust")]


@pytest.fixture
def minutes() -> omega.Bars:
    """Bars of M1, for whose bars of M5 they are the detail; the probe has not kept what another module has."""
    sample = omega.sample_bars(3_000, backend="python").table
    times = pa.array(np.arange(3_000) * 60_000_000, pa.int64()).cast(sample.schema.field("timestamp").type)
    return omega.read_bars(
        sample.set_column(0, sample.schema.field(0), times), symbol="EURUSD", timeframe="M1", backend="python"
    )


@pytest.fixture
def coarse(minutes: omega.Bars) -> omega.Bars:
    return omega.read_bars(omega.resample(minutes, "M5").table, symbol="EURUSD", timeframe="M5", backend="python")


@pytest.fixture
def sample() -> omega.Bars:
    return omega.sample_bars(600, backend="python")


def crossing(bars: omega.Bars) -> list[dict[str, Any]]:
    """Entries every 40 bars, with both exits near: which of them is reached first only the detail bars say."""
    closes: list[float] = column_values(bars.table, "bid_close").tolist()
    return [
        {
            "timestamp": int(bars.times[row]),
            "symbol": "EURUSD",
            "signal_type": "entry",
            "direction": "long",
            "order_type": "market",
            "stop_loss": round(closes[row] - 0.0006, 5),
            "take_profit": round(closes[row] + 0.0006, 5),
        }
        for row in range(20, len(bars) - 1, 40)
    ]


@pytest.mark.rule("F-2", "Q-F2e", "E-22")
@pytest.mark.parametrize(("value", "side"), SIDES)
def test_detail_bars_on_both_sides(
    value: str, side: str, coarse: omega.Bars, minutes: omega.Bars, cases: Path, probe: NativeProbe
) -> None:
    orders = crossing(coarse)
    reference = omega.run_signals(coarse, orders, CONFIG, detail=minutes, backend="python")
    assert not same_run(reference, omega.run_signals(coarse, orders, CONFIG, backend="python"))
    with all_to(value):
        result = omega.run_signals(coarse, orders, CONFIG, detail=minutes)
        assert same_run(result, reference)
        assert (result.backend, result.divergences, result.detail) == (side, {}, reference.detail)
        assert kept(cases) == []
        with probe.sabotaged("detail_left_out"):
            faulty = omega.run_signals(coarse, orders, CONFIG, detail=minutes)
    assert same_run(faulty, reference)
    assert (faulty.backend, faulty.divergences) == ("python", {"event_engine": 1})
    (case,) = kept(cases)
    assert again(case).difference == ""
    with probe.sabotaged("detail_left_out"):
        assert "diverges at bar" in again(case, probe).difference


@pytest.mark.rule("F-5", "Q-F5", "E-22")
@pytest.mark.parametrize("bar", [0, 3, 299, 599])
def test_the_reference_goes_on_with_detail_bars(
    bar: int,
    coarse: omega.Bars,
    minutes: omega.Bars,
    cases: Path,
    probe: NativeProbe,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The first bars have none: that they cannot be run with any is not what fails.
    detail = omega.read_bars(minutes.table.slice(25), symbol="EURUSD", timeframe="M1", backend="python")
    keys = {**CONFIG, "close_at_end": True}
    reference = omega.run_signals(coarse, crossing(coarse), keys, detail=detail, backend="python")
    with caplog.at_level(logging.INFO, "omega.serve"), probe.failing("panic", bar):
        result = omega.run_signals(coarse, crossing(coarse), keys, detail=detail)
    assert same_run(result, reference)
    assert (result.backend, result.fallbacks, result.detail) == ("python", {"event_engine": 1}, reference.detail)
    assert f"fallback: component=event_engine code=5005 bar={bar}: " in caplog.text
    (case,) = kept(cases)
    assert again(case).difference == ""
    with probe.failing("panic", bar):
        assert "FfiError" in again(case, probe).difference


@pytest.mark.rule("Q-F2", "Q-E22c")
@pytest.mark.parametrize("value", ["false", "shadow", "verify", "auto"])
def test_detail_bars_that_both_refuse_are_the_callers(
    value: str, coarse: omega.Bars, minutes: omega.Bars, cases: Path
) -> None:
    later = omega.read_bars(minutes.table.slice(3), symbol="EURUSD", timeframe="M1", backend="python")
    named = omega.read_bars(minutes.table, symbol="GBPUSD", timeframe="M1")
    with all_to(value):
        for detail, rule in ((later, "E-22"), (named, "T-2"), (coarse, "E-22")):
            with pytest.raises(OmegaError) as caught:
                omega.run_signals(coarse, crossing(coarse), CONFIG, detail=detail)
            assert caught.value.rule == rule
    assert kept(cases) == []


@pytest.mark.rule("Q-F2e", "Q-G2", "Q-A10b")
@pytest.mark.parametrize(("value", "side"), SIDES)
def test_higher_timeframes_on_both_sides(
    value: str, side: str, sample: omega.Bars, cases: Path, probe: NativeProbe
) -> None:
    # Given bars that are others than those the run would make: what came first comes last.
    hours = omega.resample(sample, "H1").table
    turned = hours.take(list(range(hours.num_rows))[::-1]).set_column(0, hours.schema.field(0), hours.column(0))
    higher = {"H1": omega.read_bars(turned, symbol="EURUSD", timeframe="H1", backend="python")}
    band = {"b_b_length": 10, "std_factor": 0.5, "htf_tf": "H1", "htf_ema": 3, "htf_filter": "above"}
    parameters = {**SCENARIO_1, "enabled_scenarios": [2], "z_score_long": -0.5, "z_score_short": 0.5, **band}
    keys = {"symbol": "EURUSD", "timeframe": "M5", "strategy": {"parameters": parameters}}
    reference = omega.run_backtest(keys, sample, higher=higher, backend="python")
    assert reference.trades.num_rows > 0
    assert not same_run(reference, omega.run_backtest(keys, sample, backend="python"))
    with all_to(value):
        result = omega.run_backtest(keys, sample, higher=higher)
        assert same_run(result, reference)
        assert (result.backend, result.divergences) == (side, {})
        assert result.decisions is not None
        assert reference.decisions is not None
        assert result.decisions.equals(reference.decisions)
        assert kept(cases) == []
        with probe.sabotaged("given_bars_ignored"):
            faulty = omega.run_backtest(keys, sample, higher=higher)
    assert same_run(faulty, reference)
    assert (faulty.backend, faulty.divergences) == ("python", {"event_engine": 1})
    (case,) = kept(cases)
    assert again(case).difference == ""
    with probe.sabotaged("given_bars_ignored"):
        assert again(case, probe).difference != ""


@pytest.mark.rule("Q-F2e", "Q-I17b")
@pytest.mark.parametrize(("value", "side"), SIDES)
def test_a_kept_series_on_both_sides(
    value: str, side: str, sample: omega.Bars, cases: Path, probe: NativeProbe
) -> None:
    expected = omega.indicator("ema", sample, backend="python", period=20)
    before = omega.config.counters().get("indicator_cache", omega.config.Served())
    with all_to(value):
        cache, faulty = sample.indicators(), sample.indicators()
    # The flags were read when the cache was made.
    assert cache.backend == faulty.backend == side
    first = cache("ema", period=20)
    assert first.tobytes() == expected.tobytes()  # type: ignore[union-attr]
    assert not first.flags.writeable  # type: ignore[union-attr]
    assert kept(cases) == []
    with probe.sabotaged("ema_factor"):
        assert cache("ema", period=20) is first
        if value == "verify":
            with pytest.warns(OmegaAlarm, match="Rust is not served: indicator_cache differs"):
                found = faulty("ema", period=20)
        else:
            found = faulty("ema", period=20)
    assert found.tobytes() == expected.tobytes()  # type: ignore[union-attr]
    assert faulty("ema", period=20) is found
    served = omega.config.counters()["indicator_cache"]
    assert (served.compared - before.compared, served.divergences - before.divergences) == (2, 1)
    (case,) = kept(cases)
    assert again(case).difference == ""


@pytest.mark.rule("Q-F2e", "Q-I17b")
def test_a_kept_series_is_compared_once_in_any_number_of_threads(sample: omega.Bars, cases: Path) -> None:
    before = omega.config.counters().get("indicator_cache", omega.config.Served())
    with all_to("verify"):
        cache = sample.indicators()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache("sma", period=20), range(64)))
    assert all(one is found[0] for one in found)
    assert omega.config.counters()["indicator_cache"].compared == before.compared + 1


@pytest.mark.rule("F-5", "Q-F5", "Q-I17b")
def test_the_reference_computes_a_kept_series_where_rust_fails(
    sample: omega.Bars, cases: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = omega.indicator("sma", sample, backend="python", period=5)
    cache = sample.indicators()
    standing_in(monkeypatch, IndicatorCache=failing("get", KeyError("broken")))
    with caplog.at_level(logging.INFO, "omega.serve"):
        found = cache("sma", period=5)
        assert cache("sma", period=5) is found
    assert found.tobytes() == expected.tobytes()  # type: ignore[union-attr]
    assert caplog.text.count("fallback: component=indicator_cache code=4000") == 1
    assert (cache.hits, cache.misses, len(kept(cases))) == (1, 1, 1)


@pytest.mark.rule("Q-F2c", "Q-I17b")
def test_a_share_of_the_series_is_verified(sample: omega.Bars, cases: Path) -> None:
    omega.config.set_verify_share(0.5)
    try:
        cache, before = sample.indicators("rust"), omega.config.counters().get("indicator_cache", omega.config.Served())
        for period in range(2, 42):
            cache("sma", period=period)
    finally:
        omega.config.set_verify_share(None)
    assert 5 < omega.config.counters()["indicator_cache"].compared - before.compared < 35


def ragged() -> dict[str, omega.Bars]:
    """Two symbols that do not have all times in common."""
    one, other = omega.sample_bars(120, seed=1, backend="python"), omega.sample_bars(150, seed=2, backend="python")
    holes = pa.concat_tables([other.table.slice(0, 40), other.table.slice(55)])
    return {"EURUSD": one, "GBPUSD": omega.read_bars(holes.combine_chunks(), symbol="GBPUSD", timeframe="M5")}


def shown(data: omega.MultiSymbolDataIterator) -> list[object]:
    """All that the steps show."""
    return [
        (step.step, step.timestamp, one.symbol, one.row, one.last_seen, one.bid and one.bid.close, str(one.indicators))
        for step in data
        for one in step.symbols
    ]


@pytest.mark.rule("Q-F2e", "M-2")
@pytest.mark.parametrize("mode", ["union", "intersection"])
@pytest.mark.parametrize(("value", "side"), SIDES)
def test_several_symbols_on_both_sides(
    value: str, side: str, mode: str, cases: Path, probe: NativeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omega.serve.walks._ROWS", 50)  # so that there are several blocks
    asked = {"mean": {"name": "ema", "period": 5}}
    expected = omega.multi_symbol(ragged(), mode=mode, indicators=asked, backend="python")
    with omega.config.override_flags(multi_symbol=value):
        data = omega.multi_symbol(ragged(), mode=mode, indicators=asked)
        assert (data.backend, data.choice.value, kept(cases)) == (side, value, [])
        assert shown(data) == shown(expected)
        assert data.block().equals(expected.block())
        with probe.sabotaged("candle_of_the_other_side"):
            faulty = omega.multi_symbol(ragged(), mode=mode, indicators=asked)
    assert (type(faulty), faulty.backend) == (omega.MultiSymbolDataIterator, "python")
    assert shown(faulty) == shown(expected)
    (case,) = kept(cases)
    assert case.name.startswith("multi_symbol-")
    assert again(case).difference == ""
    assert again(case).comparisons > 1_000
    with probe.sabotaged("candle_of_the_other_side"):
        assert "block: differs" in again(case, probe).difference


@pytest.mark.rule("F-5", "Q-F2e", "Q-F5", "M-2")
def test_the_reference_walks_several_symbols_where_rust_cannot(
    cases: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    expected = omega.multi_symbol(ragged(), backend="python")
    standing_in(monkeypatch, MultiSymbol=fail)
    with caplog.at_level(logging.INFO, "omega.serve"):
        data = omega.multi_symbol(ragged())
    assert (data.choice.backend, type(data), data.backend) == ("rust", omega.MultiSymbolDataIterator, "python")
    assert shown(data) == shown(expected)
    assert "fallback: component=multi_symbol code=4000 bar=None: broken" in caplog.text
    assert again(kept(cases)[0]).difference == ""
    with pytest.raises(OmegaError):
        omega.multi_symbol(ragged(), backend="rust")


@pytest.mark.rule("Q-F2", "M-1")
@pytest.mark.parametrize("value", ["false", "shadow", "verify", "auto"])
def test_symbols_that_both_refuse_are_the_callers(value: str, cases: Path) -> None:
    pair = ragged()
    hours = omega.resample(pair["EURUSD"], "H1")
    with omega.config.override_flags(multi_symbol=value), pytest.raises(OmegaError) as caught:
        omega.multi_symbol({**pair, "USDJPY": hours})
    assert caught.value.rule == "M-1"
    assert kept(cases) == []
