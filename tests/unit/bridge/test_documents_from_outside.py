"""Documents and the keys of a configuration, held to values written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omega
from omega.config import load_config
from omega.contract.errors import ErrorCode
from omega.data.documents import read_document
from omega.settings.keys import later_feature, rule_of
from omega.settings.load import flags_of

from .refusals import refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1:30", {"a": "1:30"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 010", {"a": 10}),
        ("a: 0b11", {"a": "0b11"}),
        ("a: 0x1F", {"a": 31}),
        ("a: 0o17", {"a": 15}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 1.5_0", {"a": "1.5_0"}),
        ("a: yes", {"a": "yes"}),
        ("a: [1, -2.5, null, true]", {"a": [1, -2.5, None, True]}),
        ("x: &x {k: 1}\ny: *x", {"x": {"k": 1}, "y": {"k": 1}}),
    ],
)
def test_scalars_of_yaml(tmp_path: Path, text: str, value: object) -> None:
    for name in ("c.yaml", "c.yml", "C.YAML"):
        (tmp_path / name).write_text(text)
        assert read_document(tmp_path / name) == value
    (tmp_path / "c.json").write_text("\ufeff" + json.dumps(value))
    assert read_document(tmp_path / "c.json") == value


@pytest.mark.parametrize(
    ("name", "text", "key", "line"),
    [
        ("c.json", '{"a": 1,\n "b": {"c": 1, "d": [{"c": 2}],\n\n "c": 3}}', "c", 4),
        ("c.json", '{"a": {"b": 1},\n "b": 2, "a": "a: b"}', "a", 2),
        ("c.json", '[{"x": 1},\n {"x": "{[", "y\\"": 1,\n  "y\\"": 2}]', 'y"', 3),
        ("c.yaml", "a: 1\nb:\n  c: 1\n  c: 2\n", "c", 4),
        ("c.yaml", "a: 1\na: 2\n", "a", 2),
    ],
)
def test_a_key_given_twice(tmp_path: Path, name: str, text: str, key: str, line: int) -> None:
    (tmp_path / name).write_text(text)
    error = refused(lambda: read_document(tmp_path / name))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "X-1", key)
    assert error.value == str(tmp_path / name)
    assert error.message == f"{name}, line {line}: the key {key!r} is given a second time; keep one of them"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.json", b"{", "c.json is not readable: "),
        ("c.toml", b"a =", "c.toml is not readable: "),
        ("c.yaml", b"a: [", "c.yaml is not readable: "),
        ("c.yaml", b"\xff\xff", "c.yaml is not readable: "),
        ("c.ini", b"a=1", "c.ini must end in .yaml, .yml, .json or .toml"),
    ],
)
def test_documents_that_are_none(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    error = refused(lambda: read_document(tmp_path / name))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "X-1", "path")
    assert error.message.startswith(said)


@pytest.mark.rule("X-5")
def test_the_size_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("[1, 2]")
    with omega.config.override_limits(document_bytes=5):
        error = refused(lambda: read_document(tmp_path / "c.json"))
    assert (error.code, error.column, error.value) == (ErrorCode.LIMIT_EXCEEDED, "path", 6)
    assert error.message.startswith("bytes of c.json: 6 where the limit `document_bytes` allows 5; ")
    with omega.config.override_limits(values=2):
        assert refused(lambda: read_document(tmp_path / "c.json")).column == "c.json"
    with omega.config.override_limits(document_bytes=6, values=3):
        assert read_document(tmp_path / "c.json") == [1, 2]


def test_paths_of_a_configuration_file(tmp_path: Path) -> None:
    data = {"bid": "b.csv", "ask": "/abs/a.csv", "spread_pips": "spread"}
    (tmp_path / "c.json").write_text(json.dumps({"instruments": "i.yaml", "data": data}))
    config = load_config(tmp_path / "c.json").model_dump()
    assert config["instruments"] == str(tmp_path / "i.yaml")
    assert (config["data"]["bid"], config["data"]["ask"]) == (str(tmp_path / "b.csv"), "/abs/a.csv")
    assert (config["data"]["spread_pips"], config["data"]["path"]) == ("spread", None)
    (tmp_path / "c.json").write_text(json.dumps({"data": {"path": "d.csv"}, "symbol": "x"}))
    assert load_config(str(tmp_path / "c.json")).model_dump()["data"]["path"] == str(tmp_path / "d.csv")
    (tmp_path / "c.json").write_text("[1]")
    error = refused(lambda: load_config(tmp_path / "c.json"))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "config", "c.json")
    assert error.message == "c.json must hold a mapping of keys, not list"
    (tmp_path / "c.yaml").write_text("1: 2")
    error = refused(lambda: load_config(tmp_path / "c.yaml"))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "config", "1")
    parameters = {"parameters": {"enabled_scenarios": [1]}}
    config_of = {"strategy": {**parameters, "rust_enabled": False}, "feature_flags": {"portfolio": "on"}}
    assert flags_of(load_config(config_of)) == [("portfolio", "on"), ("strategy", False)]
    assert flags_of(load_config({"strategy": parameters})) == []


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        *(("variant", "config"), ("timeframe", "T-4"), ("start", "T-1"), ("end", "T-1"), ("warmup_bars", "G-4")),
        *(("initial_balance", "P-4"), ("risk_per_trade", "S-2"), ("risk_fraction", "S-2"), ("seed", "N-6")),
        *(("max_positions_per_symbol", "Q-L1b"), ("pip_buffer_factor", "E-6"), ("close_at_end", "E-18")),
        *(("sizing", "S-4"), ("sizing.below_min", "S-4"), ("costs.slippage", "C-1"), ("costs.fee.min_fee", "C-2")),
        *(("costs.slippage.fixed_pips", "C-1"), ("instruments[0].digits", "T-5"), ("strategy.parameters.x", "A-2")),
        *(("on_ruin", "E-21"), ("margin.leverage", "E-21"), ("rates.EURUSD", "C-6"), ("rates_max_age", "C-6")),
        *(("sizing.mode", "S-3"), ("sizing.lots", "S-3"), ("costs.commission.rate", "C-3"), ("costs.swap.zone", "C-4")),
        *(("strategy", "A-1"), ("strategy.name", "A-1"), ("feature_flags.x", "F-2"), ("data.path", "T-2")),
        *(("higher_timeframes.D1", "G-2"), ("alignment.entry", "G-3"), ("alignment", "G-3")),
        *(("costs", "config"), ("symbol", "config"), ("nonsense", "config")),
    ],
)
def test_the_rule_behind_a_key(key: str, rule: str) -> None:
    assert rule_of(key) == rule


def test_features_that_come_later() -> None:
    later = {
        "report": "the run report",
        **dict.fromkeys(("sessions", "news", "cooldown"), "entry gates (G-5)"),
    }
    for key, feature in later.items():
        assert later_feature(key) == feature
    for key in (
        "symbol",
        "strategy.module",
        "strategy.class",
        "higher_timeframes",
        "strategy.parameters.scenario6_M5_long_x",
        "lots",
    ):
        assert later_feature(key) is None
