"""Where the bars of the cases come from."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.config import load_config
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import Variant
from omega_parity.drive import sides
from omega_parity.gates.plan import make_plan
from omega_parity.generate import markets
from omega_reference.engine import Engine

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys


def _write(path: Path, bars: pa.Table, symbol: str | None) -> Path:
    if symbol is not None:
        bars = bars.append_column("symbol", pa.array([symbol] * len(bars)))
    pq.write_table(bars, path)
    return path


def test_a_file_becomes_a_market(tmp_path: Path, toys: Toys) -> None:
    market = markets.file_market(_write(tmp_path / "mine.parquet", toys.bars(), "EURUSD"))
    assert (market.name, market.symbol, market.timeframe, len(market.data_hash)) == ("mine", "EURUSD", 300_000_000, 32)
    assert market.variants == (Variant.CANONICAL, Variant.V1)
    assert market.parameters.max_holding == 60 * 300_000_000


@pytest.mark.rule("S-5")
def test_a_symbol_without_specification_runs_v1_only_and_says_so(tmp_path: Path, toys: Toys) -> None:
    path = _write(tmp_path / "odd.parquet", toys.bars(), "ODDUSD")
    plan = make_plan([path], is_quick=True)
    assert {case.config.variant for case in plan.cases if case.name.startswith("odd/")} == {Variant.V1}
    assert "ODDUSD" in plan.notes[0]


@pytest.mark.rule("S-5")
def test_a_configuration_brings_the_specification_and_both_variants_run(tmp_path: Path, toys: Toys) -> None:
    path = _write(tmp_path / "odd.parquet", toys.bars(), None)
    eurusd = markets.builtin_instrument("EURUSD")
    assert eurusd is not None
    instrument = {**asdict(eurusd), "symbol": "ODDUSD"}
    config = load_config({"symbol": "ODDUSD", "instruments": [instrument]})
    plan = make_plan([path], is_quick=True, config=config)
    assert {case.config.variant for case in plan.cases if case.name.startswith("odd/")} == set(Variant)
    assert not [note for note in plan.notes if "ODDUSD" in note]
    with pytest.raises(OmegaError) as caught:
        make_plan([path], is_quick=True, symbol="OTHER", config=config)
    assert (caught.value.code, caught.value.column) == (ErrorCode.CONSTRAINT_VIOLATION, "symbol")


def test_what_is_about_files_needs_one_and_the_rest_of_a_configuration_is_named(tmp_path: Path, toys: Toys) -> None:
    config = load_config({"symbol": "EURUSD", "close_at_end": True, "costs": {"fee": {"per_million": 30.0}}})
    about_files: list[tuple[str, Any]] = [("config", config), ("symbol", "EURUSD")]
    for argument, given in about_files:
        with pytest.raises(OmegaError, match=f"omega verify FILE --{argument}") as caught:
            make_plan([], is_quick=True, **{argument: given})
        assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, argument)
    path = _write(tmp_path / "mine.parquet", toys.bars(), "EURUSD")
    notes = make_plan([path], is_quick=True, config=config).notes
    assert notes[-1].endswith("is used, not close_at_end, costs")


def test_a_file_without_symbol_is_refused(tmp_path: Path, toys: Toys) -> None:
    path = _write(tmp_path / "mine.parquet", toys.bars(), None)
    with pytest.raises(OmegaError, match="--symbol"):
        markets.file_market(path)
    assert markets.file_market(path, "GBPUSD").symbol == "GBPUSD"


def test_real_sets_are_found_by_the_variable(tmp_path: Path, toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(markets.MARKET_DATA_VARIABLE, str(tmp_path))
    monkeypatch.setenv(markets.REQUIRE_VARIABLE, "1")
    assert markets.market_data_folder() == tmp_path
    assert markets.market_data_required()
    assert len(markets.market_set_names()) == 11
    hours = toys.bars().set_column(
        0,
        toys.bars().schema.field(0),
        pa.array(range(0, 60 * 3_600_000_000, 3_600_000_000), toys.bars().schema.types[0]),
    )
    _write(tmp_path / "fxcm_eurusd_h1_2007_2018.parquet", hours, "EURUSD")
    market = markets.real_market(tmp_path, "fxcm_eurusd_h1_2007_2018")
    assert market.parameters.max_holding == 20 * 3_600_000_000
    with pytest.raises(OmegaError):
        markets.real_market(tmp_path, "oanda_eurusd_h1_2007_2018")


def test_absent_data_are_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(markets.MARKET_DATA_VARIABLE, str(tmp_path / "nowhere"))
    assert markets.market_data_folder() is None


@pytest.mark.rule("F-6")
@pytest.mark.parametrize("is_alarming", [False, True])
def test_an_unusable_module_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch, is_alarming: bool) -> None:
    from omega.serve.planning import native_status

    status = replace(native_status(), is_usable=False, why="built last year", is_alarming=is_alarming)
    monkeypatch.setattr(sides, "native_status", lambda: status)
    with pytest.raises(sides.NativeMissingError, match="built last year") as caught:
        sides.both_sides()
    assert "maturin" in caught.value.fix
    assert int(caught.value.error.code) == (1007 if is_alarming else 3001)


def test_a_run_of_the_users_own_is_the_run_that_backtest_does(tmp_path: Path) -> None:
    parameters = {"enabled_scenarios": [1], "window_length": 20, "ema_length": 10}
    written = {"symbol": "EURUSD", "variant": "v1", "strategy": {"parameters": parameters}}
    bars = omega.sample_bars(600, backend="python")
    path = tmp_path / "bars.parquet"
    pq.write_table(bars.table, path)
    case = markets.own_case(load_config(written), None, path)
    result = omega.run_backtest(written, bars, backend="python")
    output = Engine().run(case.bars, case.signals, case.config)
    assert (case.name, output.trades.num_rows > 0) == ("own run/v1", True)
    assert output.chain.to_pylist()[-1] == result.state_chain[-1].tobytes()
