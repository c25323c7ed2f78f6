"""Someone who knows one side finds their way on the other: modules and public names correspond."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "reference_py" / "omega_reference"
CORE = ROOT / "rust_impl" / "core" / "src"
BINDING = ROOT / "rust_impl" / "python" / "src"

TWINS = {
    "strategy/base.py": CORE / "strategy" / "mod.rs",
    # Arrow never enters the core: what reads and writes tables has its twin in the binding.
    "columns.py": BINDING / "table.rs",
    "data.py": BINDING / "bars.rs",
    "simulator.py": BINDING / "components.rs",
    "tables.py": BINDING / "output.rs",
}
"""Modules whose twin has another path."""

ELSEWHERE: dict[str, dict[str, str]] = {
    "columns.py": {
        "as_table": "`Table::read`",
        "check_shape": "`Table::check`",
        "null_breach": "`Column::first_null` and `Shape::null_value`",
        "numbers_of": "`Table::required`",
        "integers_of": "`Table::required`",
        "optional_integers_of": "`Table::primitive`",
    },
    "data.py": {
        "DataHandler": "functions of the binding: check_bars, join_sides, sample_bars, and the class Bars",
        "CheckedBars": "checked.rs of the binding",
        "bars_from_table": "`BarInput::read`",
        "read_bars": "`BarInput::read`",
        "signals_from_table": "signals.rs of the binding",
    },
    "bars/columns.py": dict.fromkeys(("BarColumns", "SideColumns"), "declared with the other tables, in types/bars.rs"),
    "engine.py": {
        "Engine": "the function `run`, without injected parts",
        "SignalSource": "the trait `EntrySource`",
        "SignalFeed": "`SignalRows`",
        "StrategyFeed": "`Asked`",
    },
    "hits.py": {"Buffers": "one f64; the target's buffer follows from the variant", "bar_buffers": "`bar_buffer`"},
    "indicators/cache.py": {"check_parameters": "`indicator_parameters` of the binding and `IndicatorCache::get`"},
    "indicators/windows.py": {
        "window_sum": "inside `WindowMean`, which divides",
        "check_window": "the constructors of `WindowMean` and `WindowDeviation`",
    },
    "numbers.py": {
        "floor": "f64::floor",
        "maximum": "written out where it is needed",
        "minimum": "written out where it is needed",
        "remainder": "the integer operator",
    },
    "portfolio.py": {"open_profit": "inside `Portfolio::mark`"},
    "rng.py": {"unit": "inside `uniform`"},
    "signals/columns.py": {"Signals": "types, with the other tables"},
    "sizing.py": {
        "symbol_terms": "`SymbolTerms::new`",
        "risk_amount": "a method of the simulator",
        "is_refused": "`lots_from_raw` answers None",
    },
    "state_chain.py": {"pack_positions": "`set_positions`", "pack_event": "`push_event`"},
    "strategy/base.py": {
        "BarSlice": "`Bars` and an index",
        **{name: f"`Action::{name}`" for name in ("Hold", "ModifyStop", "ModifyTarget", "PartialClose", "Close")},
    },
    "strategy/registry.py": {"strategy_names": "`STRATEGIES`", "create_strategy": "`find`"},
    "tables.py": {
        "bars_table": "`bars` in output.rs",
        "events_table": "`events` in output.rs",
        "trades_table": "`trades` in output.rs",
        "positions_table": "`positions` in output.rs",
        "equity_table": "`equity` in output.rs",
        "chain_array": "`chain` in output.rs",
    },
}
"""Public names of the reference that a reader finds under another name or in another place."""

MODULES = sorted(path for path in REFERENCE.rglob("*.py") if path.name != "__init__.py")


def _relative(module: Path) -> str:
    return module.relative_to(REFERENCE).as_posix()


def _public_names(module: Path) -> set[str]:
    body = ast.parse(module.read_text("utf-8")).body
    return {n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")}


def _rust_names(path: Path) -> set[str]:
    return set(re.findall(r"\b(?:fn|struct|enum|trait|type) (\w+)", path.read_text("utf-8")))


@pytest.mark.parametrize("module", MODULES, ids=_relative)
def test_every_public_name_is_found_on_the_other_side(module: Path) -> None:
    name = _relative(module)
    twin = TWINS.get(name, CORE / Path(name).with_suffix(".rs"))
    assert twin.is_file(), f"{name} has no twin"
    missing = _public_names(module) - _rust_names(twin)
    explained = set(ELSEWHERE.get(name, {}))
    assert missing == explained, f"{name} against {twin.relative_to(ROOT)}"


def test_every_module_of_the_core_has_a_twin() -> None:
    # Types and errors are the contract's; columns of orders, marks and probe exist only in Rust.
    alone = {
        "error",
        *(path.stem for path in (CORE / "types").glob("*.rs")),
        "lib",
        "orders",
        "marks",
        "probe",
        "test_support",
        "mod",
    }
    twins = {Path(_relative(module)).stem for module in MODULES}
    modules = {path.stem for path in CORE.rglob("*.rs") if path.parent.name != "tests"}
    assert modules - alone <= twins


def test_the_list_of_exceptions_has_no_dead_entry() -> None:
    assert set(ELSEWHERE) <= {_relative(module) for module in MODULES}
