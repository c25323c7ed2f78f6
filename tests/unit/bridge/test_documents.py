"""Documents: numbers of YAML 1.2, and keys that stand twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.data.documents import read_document
from omega.settings.load import load_config


def read(tmp_path: Path, name: str, text: str) -> Any:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_document(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1:30", "1:30"),
        ("1:30:00.5", "1:30:00.5"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1_1.002", "1_1.002"),
        ("1e3", 1000.0),
        ("-2E+05", -200000.0),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("true", True),
        ("~", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    found = read(tmp_path, "c.yaml", f"a: {text}\n")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "key", "line"),
    [
        ("c.yaml", "seed: 1\nsizing:\n  size: 1\n  size: 2\n", "size", 4),
        ("c.yml", "symbol: A\n\nsymbol: A\n", "symbol", 3),
        ("c.json", '{"a": {"x": 1},\n "b": {"x": "}:{", "y": [{"x": 1}]},\n "c": 1,\n "b": 2}', "b", 4),
        ("c.json", '{"a": 1, "\\u0061": 2}', "a", 1),
    ],
)
def test_a_key_given_twice_is_refused_with_its_line(tmp_path: Path, name: str, text: str, key: str, line: int) -> None:
    with pytest.raises(OmegaError, match=f"{name}, line {line}: the key '{key}' is given a second time") as caught:
        read(tmp_path, name, text)
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_FORMAT, key)


def test_a_key_given_twice_in_toml(tmp_path: Path) -> None:
    with pytest.raises(OmegaError, match="line 2") as caught:
        read(tmp_path, "c.toml", "a = 1\na = 2\n")
    assert caught.value.code is ErrorCode.INVALID_FORMAT


def test_merged_keys_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    text = "\ufeffx: &x {p: 1, q: 2}\ny:\n  <<: *x\n  p: 3\n"
    assert read(tmp_path, "c.yaml", text)["y"] == {"p": 3, "q": 2}


def test_a_configuration_takes_no_text_for_a_number(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("symbol: EURUSD\nmax_positions_per_symbol: 1:30\n")
    with pytest.raises(OmegaError) as caught:
        load_config(path)
    assert caught.value.column == "max_positions_per_symbol"


@pytest.mark.rule("T-1")
@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("c.yaml", "start: 2024-01-01T00:00:00.1234567Z", "start"),
        ("c.yaml", "start: '2024-01-01T00:00:00.1234567Z'", "start"),
        ("c.toml", "start = 2024-01-01T00:00:00.1234567Z", "document"),
        ("c.toml", 'symbol = "a # \\" b"\nend = 2024-01-01T00:00:00.1234567Z', "document"),
        ("c.toml", 'start = "2024-01-01T00:00:00.1234567Z"', "start"),
        ("c.json", '{"start": "2024-01-01T00:00:00.1234567Z"}', "start"),
    ],
)
def test_a_time_finer_than_microseconds_is_not_rounded(tmp_path: Path, name: str, text: str, column: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(OmegaError) as caught:
        load_config(path)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (1006, "T-1", column)


@pytest.mark.rule("T-1")
def test_a_fine_time_that_is_none_stands_in_the_way_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("# 00:00:00.1234567\nsymbol = '00:00:00.1234567'\nstart = 2024-01-01T00:00:00.1234560Z\n")
    assert load_config(path).start == datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
