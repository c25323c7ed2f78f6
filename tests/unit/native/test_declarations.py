"""The contract's Python is held to what the core declares, field by field and in both directions.

Each test lists the differences by their place (``TRADES.fee: only in the core``): one fact is declared once on each
side, and what one side lacks, has in excess, calls or numbers otherwise is named here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

import pyarrow as pa
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from omega.contract import ranges, schemas, types
from omega.contract.indicators import INDICATORS, Indicator
from omega.contract.types import Timeframe
from omega.settings.keys import known_keys
from omega.settings.model import Config
from omega.settings.rollovers import WEEKDAYS
from omega_reference.engine import Engine

TYPES: Final = {
    "timestamp": schemas.TIMESTAMP,
    "duration": pa.duration("us"),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "bool": pa.bool_(),
    "utf8": pa.string(),
    "list of utf8": pa.list_(pa.string()),
    "map of utf8 to utf8": pa.map_(pa.string(), pa.string()),
}
"""What the core calls the types of Arrow."""

VALUES: Final = {
    "timestamp": "int",
    "duration": "int",
    "float64": "float",
    "int64": "int",
    "int32": "int",
    "utf8": "str",
}
"""The Python type of one value of a column."""

NOT_DECLARED: Final = {
    "TICKS_WITH_SYMBOL": "TICKS and the symbol beside them",
    "BARS_WITH_SYMBOL": "BARS and the symbol beside them, which the schema of the output lacks",
}

ROWS: Final = {
    "Bar": ["BARS"],
    "Tick": ["TICKS"],
    "Signal": ["SIGNALS"],
    "Event": ["EVENTS"],
    "Decision": ["DECISIONS"],
    "Position": ["POSITIONS", "TRADES"],
    "Portfolio": ["STATE_MONEY"],
}
"""The record of one row and its tables; what the first table lacks is not known of every row."""

ONLY_COLUMNS: Final = {"Signal": {"reason", "tags", "metadata"}}
"""Texts that stay in the caller's table (T-9)."""

ONLY_FIELDS: Final = {
    "Signal": {"row"},
    "Position": {
        "requested_size",
        "lots",
        "signal_timestamp",
        "ordinal",
        "stop_reach",
        "value_at_entry",
        "margin",
        "is_opened_at_open",
        "parts",
        "is_break_even_done",
    },
}
"""What the reference keeps of a row beside its columns."""

KEYS_OF_THE_BRIDGE: Final = {
    "end": "cut off before the run",
    "warmup_bars": "cut off before the run",
    "costs.swap.zone": "neither side knows zones (Q-C4)",
    "data": "read before the run",
    "feature_flags": "who runs, not how",
    "strategy.rust_enabled": "who runs, not how",
    "strategy.module": "loaded before the run",
    "strategy.class": "loaded before the run",
    "strategy.parameters.use_position_manager": "false is a max_holding of None",
}
"""Keys that a user writes and the core never sees, with the reason."""

FLOATS_OF_THE_USER: Final = {"rates", "rates_max_age"}
"""Keys whose value is a float, or holds floats, and a record or a number of µs in the core."""

BOUNDS: Final = ("gt", "ge", "lt", "le", "min_length")


@pytest.fixture(scope="module")
def declared(module: Any) -> Any:
    return module.declarations()


def differences(core: Any, contract: Any, place: str = "") -> list[str]:
    """List where two nested mappings differ, by the dotted place of each difference; order counts."""
    if not (isinstance(core, Mapping) and isinstance(contract, Mapping)):
        return [] if core == contract else [f"{place}: {core!r} in the core, {contract!r} in the contract"]
    found = [f"{place}.{name}: only in the core" for name in core if name not in contract]
    found += [f"{place}.{name}: only in the contract" for name in contract if name not in core]
    if not found and list(core) != list(contract):
        found.append(f"{place}: the order is {list(core)} in the core, {list(contract)} in the contract")
    for name in core:
        if name in contract:
            found += differences(core[name], contract[name], f"{place}.{name}")
    return [line.removeprefix(".") for line in found]


def hold(core: Any, contract: Any, place: str = "") -> None:
    """Fail with every difference, one a line."""
    found = differences(core, contract, place)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_a_difference_is_named_by_its_place() -> None:
    assert differences({"A": {"x": 1}}, {"A": {"x": 2}}) == ["A.x: 1 in the core, 2 in the contract"]
    assert differences({"A": {"x": 1}}, {"A": {}}) == ["A.x: only in the core"]
    assert differences({}, {"A": {}}) == ["A: only in the contract"]
    assert differences({"A": 1, "B": 2}, {"B": 2, "A": 1}) == [
        ": the order is ['A', 'B'] in the core, ['B', 'A'] in the contract"
    ]


@pytest.mark.rule("X-1")
def test_closed_sets(declared: Any) -> None:
    contract = {
        closed.__name__: {member.text: member.value for member in closed} for closed in types.Closed.__subclasses__()
    }
    hold(declared["closed_sets"], contract)


@pytest.mark.rule("T-4")
def test_timeframes(declared: Any) -> None:
    hold(declared["timeframes"], {timeframe.name: timeframe.value for timeframe in Timeframe})


@pytest.mark.rule("T-10")
def test_ranges_of_what_enters_money(declared: Any) -> None:
    contract = {name: tuple(value) for name, value in vars(ranges).items() if isinstance(value, ranges.Range)}
    hold(declared["ranges"], contract)


@pytest.mark.rule("P-5")
def test_metrics(declared: Any, inputs: Any) -> None:
    contract = {
        name: kind.__name__ if isinstance(kind, type) else str(kind)
        for name, kind in get_type_hints(types.Metrics).items()
    }
    hold(declared["metrics"], contract)
    metrics = Engine().run(inputs.bars(), inputs.signals({}), inputs.config()).metrics
    found = {name: type(value).__name__ for name, value in metrics.items()}
    assert list(found) == list(contract)
    kinds = {name: kind.replace("None", "NoneType").split(" | ") for name, kind in contract.items()}
    assert [name for name, kind in found.items() if kind not in kinds[name]] == []


@pytest.mark.rule("T-8")
def test_tables(declared: Any) -> None:
    core = {
        name: {column: {"type": TYPES[of["type"]], "nullable": of["nullable"]} for column, of in columns.items()}
        for name, columns in declared["tables"].items()
    }
    contract = {
        name: {field.name: {"type": field.type, "nullable": field.nullable} for field in schema}
        for name, schema in sorted(vars(schemas).items())
        if isinstance(schema, pa.Schema) and name not in NOT_DECLARED
    }
    hold(dict(sorted(core.items())), contract)


@pytest.mark.rule("T-6")
def test_only_a_magic_number_may_be_left_out_without_being_nullable(declared: Any) -> None:
    left_out = {
        f"{name}.{column}"
        for name, columns in declared["tables"].items()
        for column, of in columns.items()
        if of["optional"] != of["nullable"]
    }
    assert left_out == {"SIGNALS.magic_number"}


def fields_of(record: type) -> dict[str, dict[str, object]]:
    """Type and optionality of each field of a dataclass."""
    found = {}
    for name, hint in get_type_hints(record).items():
        (kind,) = set(get_args(hint) or (hint,)) - {NoneType, ...}
        several = "tuple of " if get_origin(hint) is tuple else ""
        found[name] = {"type": several + kind.__name__, "optional": NoneType in get_args(hint)}
    return found


@pytest.mark.rule("T-9")
def test_records_of_the_configuration(declared: Any) -> None:
    core = {
        record: {name: {"type": of["type"], "optional": of["optional"]} for name, of in fields.items()}
        for record, fields in declared["records"].items()
    }
    contract = {record: fields_of(getattr(types, record)) for record in core if hasattr(types, record)}
    hold(core, contract)


def test_every_dataclass_of_the_contract_is_a_record_or_a_row(declared: Any) -> None:
    known = {*declared["records"], *ROWS, *NOT_DECLARED}
    assert [name for name, value in vars(types).items() if dataclasses.is_dataclass(value) and name not in known] == []


@pytest.mark.rule("T-7")
@pytest.mark.parametrize("record", ROWS)
def test_rows_of_the_tables(declared: Any, record: str) -> None:
    first = declared["tables"][ROWS[record][0]]
    core = {
        name: {"type": of["closed_set"] or VALUES[of["type"]], "optional": name not in first or of["nullable"]}
        for table in reversed(ROWS[record])
        for name, of in declared["tables"][table].items()
        if name not in ONLY_COLUMNS.get(record, ())
    }
    contract = fields_of(getattr(types, record))
    fields = {name: of for name, of in contract.items() if name not in ONLY_FIELDS.get(record, ())}
    hold(dict(sorted(core.items())), dict(sorted(fields.items())), record)
    assert ONLY_FIELDS.get(record, set()) <= set(contract)


def keys_of(declared: Any, record: str = "EngineConfig", prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of the configuration that the core declares, with its field; sections are walked into."""
    for field in declared["records"][record].values():
        key = f"{prefix}{field['key']}"
        if field["type"] in declared["records"]:
            yield from keys_of(declared, field["type"], f"{key}.")
        else:
            yield key, field


def known_fields(declared: Any) -> Iterator[tuple[str, Any, FieldInfo]]:
    """Every key that both sides have, with the core's field and the model's."""
    for key, field in keys_of(declared):
        if key in known_keys(Config):
            yield key, field, model_field(key)


def model_field(dotted: str) -> FieldInfo:
    """Find the field of the models behind a dotted key."""
    model: type[BaseModel] = Config
    *sections, last = dotted.split(".")
    for section in sections:
        model = next(found for found in _parts(model.model_fields[section].annotation) if _is_model(found))
    return model.model_fields[last]


def _parts(annotation: object) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _is_model(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)


def constraints_of(field: FieldInfo) -> dict[str, Any]:
    """Bounds of a field, also of one that may be None."""
    parts = [part for part in _parts(field.annotation) if isinstance(part, FieldInfo)]
    metadata = [*field.metadata, *(entry for part in parts for entry in part.metadata)]
    names = (*BOUNDS, "allow_inf_nan")
    return {name: getattr(entry, name) for entry in metadata for name in names if hasattr(entry, name)}


@pytest.mark.rule("T-9")
def test_every_key_is_of_the_core_or_of_the_bridge(declared: Any) -> None:
    keys = known_keys(Config)
    leaves = {key for key in keys if not any(other.startswith(f"{key}.") for other in keys)}
    # A section of its own kinds of tables is one key to the core.
    tables = ("data", "rates", "strategy.parameters.scenario6_params")
    leaves = {next((one for one in tables if key.startswith(f"{one}.")), key) for key in leaves}
    core = {key for key, _ in keys_of(declared)}
    hold(dict.fromkeys(sorted({*core, *KEYS_OF_THE_BRIDGE}), True), dict.fromkeys(sorted(leaves), True))
    assert core.isdisjoint(KEYS_OF_THE_BRIDGE)


@pytest.mark.rule("T-9")
def test_ranges_of_the_keys(declared: Any) -> None:
    core, contract = {}, {}
    for key, field, model in known_fields(declared):
        # A float is finite (T-9); what else is said of a value are its bounds.
        finite = {"allow_inf_nan": False} if field["type"] == "float" or key in FLOATS_OF_THE_USER else {}
        core[key] = dict(sorted({**field["range"], **finite}.items()))
        contract[key] = dict(sorted(constraints_of(model).items()))
    hold(core, contract)


@pytest.mark.rule("T-9")
def test_choices_of_the_keys(declared: Any) -> None:
    # Weekdays stand for the nights of rollovers, which the bridge works out.
    names = list(declared["timeframes"])
    core, contract = {"timeframe": names, "costs.swap.triple": [*WEEKDAYS, "none"], **chosen_by_name(names)}, {}
    for key, field, model in known_fields(declared):
        if field["type"] in declared["closed_sets"]:
            core[key] = list(declared["closed_sets"][field["type"]])
        choices = [part for part in _parts(model.annotation) if isinstance(part, str)]
        if choices:
            contract[key] = choices
    hold(dict(sorted(core.items())), dict(sorted(contract.items())))


def chosen_by_name(timeframes: list[str]) -> dict[str, list[str]]:
    """Choices of the keys whose value is a number in the core."""
    strategy = {
        "enabled_labels": [f"{direction}_{number}" for direction in ("long", "short") for number in range(1, 7)],
        "htf_tf": [*timeframes, "NONE"],
        "extra_htf_tf": [*timeframes, "AUTO", "NONE"],
        "intraday_vol_allowed": ["low", "mid", "high", "very_high", "extreme"],
        "scenario6_timeframes": timeframes,
        "scenario6_params": timeframes,
    }
    return {"higher_timeframes": timeframes, **{f"strategy.parameters.{key}": of for key, of in strategy.items()}}


@pytest.mark.rule("Q-I17")
def test_indicators(declared: Any) -> None:
    contract = {indicator.name: described(indicator) for indicator in INDICATORS}
    assert list(declared["indicators"]) == list(contract), "an unknown name is told them in this order"
    hold(declared["indicators"], contract)


def described(indicator: Indicator) -> dict[str, Any]:
    """Describe an indicator as the core does its own."""
    parameters = {
        parameter.name: {
            "kind": parameter.kind,
            "range": (parameter.least, parameter.most) if parameter.kind == "length" else None,
            "choices": list(parameter.choices),
            "default": parameter.default,
            "optional": parameter.is_optional,
            "only_with": parameter.only_with,
        }
        for parameter in indicator.parameters
    }
    return {"parameters": parameters, "outputs": list(indicator.outputs)}
