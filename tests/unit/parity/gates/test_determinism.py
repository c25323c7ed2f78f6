"""Each banned construct has a fixture that the lint must find, on each side (N-1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.gates.determinism import MARKER, check_clippy, check_python, check_rust, check_tree, load_rules

ROOT = Path(__file__).parents[4]
RULES = load_rules()

PYTHON_FIXTURES = {
    "sum": ["x = sum(values)"],
    "power": ["y = x ** 2", "x **= 2", "y = pow(x, 2)"],
    "remainder": ["y = x % 3.0", "x %= 2", "divmod(x, y)"],
    "round": ["y = round(x, 2)"],
    "extremum": ["y = min(a, b)"],
    "maximum": ["y = max(a, b)"],
    "fused multiply-add": ["y = math.fma(a, b, c)"],
    "libm": ["y = math.exp(x)", "y = math.fsum(xs)", "from math import log"],
    "unordered iteration": ["for x in {1, 2}: pass", "s = set(xs)", "s = {x for x in xs}"],
    "clock and chance": ["import time", "import random", "from datetime import datetime", "import numpy as np"],
}
RUST_FIXTURES = {
    "sum": ["let s: f64 = v.iter().sum();", "v.iter().sum::<f64>()", "v.iter().product()", "v.iter().fold(0.0, f)"],
    "remainder": ["let r = x % 2.0;", "x %= 2.0;"],
    "unordered iteration": ["let m = HashMap::new();", "use std::collections::HashSet;"],
    "narrow float": ["let x = y as f32;"],
    "clock and chance": ["let t = Instant::now();", "SystemTime::now()"],
}


@pytest.mark.rule("N-1")
@pytest.mark.parametrize(("ban", "source"), [(ban, s) for ban, sources in PYTHON_FIXTURES.items() for s in sources])
def test_python_fixture_is_found(ban: str, source: str) -> None:
    assert ban in {finding.ban for finding in check_python("fixture.py", source, RULES)}


@pytest.mark.rule("N-1")
@pytest.mark.parametrize(("ban", "source"), [(ban, s) for ban, sources in RUST_FIXTURES.items() for s in sources])
def test_rust_fixture_is_found(ban: str, source: str) -> None:
    assert ban in {finding.ban for finding in check_rust("fixture.rs", source, RULES)}


@pytest.mark.rule("N-1")
def test_every_ban_has_a_fixture_or_is_a_clippy_method() -> None:
    for ban in RULES.bans:
        assert bool(ban.patterns) == (ban.name in RUST_FIXTURES)
        assert ban.name in PYTHON_FIXTURES or not (ban.calls or ban.operators or ban.imports or ban.is_math)


def test_marker_with_a_reason_is_an_exception() -> None:
    assert check_python("fixture.py", f"r = i % w  # {MARKER} integers", RULES) == []
    assert check_rust("fixture.rs", f"let r = i % w; // {MARKER} integers", RULES) == []


def test_comments_strings_and_test_modules_are_not_code() -> None:
    source = '// a % b\nlet s = "x % y";\n#[cfg(test)]\nmod tests {\n    fn t() { let a = 5.0 % 2.0; }\n}\n'
    assert check_rust("fixture.rs", source, RULES) == []
    assert check_rust("fixture.rs", source + "let r = a % b;\n", RULES)[0].line == 7


def test_clippy_list_must_equal_the_one_list() -> None:
    text = (ROOT / "clippy.toml").read_text("utf-8")
    assert check_clippy("clippy.toml", text, RULES) == []
    without = text.replace('    { path = "f64::mul_add"', '    # { path = "f64::mul_add"')
    assert [finding.ban for finding in check_clippy("clippy.toml", without, RULES)] == ["f64::mul_add"]
    extra = text.replace("disallowed-methods = [", 'disallowed-methods = [\n    { path = "f64::sinh" },')
    assert [finding.ban for finding in check_clippy("clippy.toml", extra, RULES)] == ["f64::sinh"]


def test_the_tree_is_clean_and_was_read() -> None:
    count, findings = check_tree(ROOT)
    assert [str(finding) for finding in findings] == []
    assert count > 20
