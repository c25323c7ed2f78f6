"""The twin checker can fail: each way in which two sides drift apart is told, with both places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from house.exceptions import read_excuses, unexcused
from house.newcomer import candidates, look_for, table
from house.twins import Report, judge_twins, read_house

PYTHON = '''
class CostModel:
    """Costs."""

    def __init__(self, config): ...

    def fee(self, lots, price): ...


def slipped(rules, price, *, is_buy): ...


def _draw(seed, _leg): ...
'''
RUST = """
//! Costs.

pub struct CostModel { seed: u64 }

impl CostModel {
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> { todo!() }
    #[inline]
    pub(crate) fn fee(&self, lots: f64, price: f64) -> f64 { lots * price }
}

impl std::fmt::Display for CostModel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result { Ok(()) }
}

pub fn slipped<'a, T: Into<f64>>(rules: &'a Rules, mut price: T, is_buy: bool) -> f64 { price.into() }

const fn draw(seed: u64, _: u32) -> u64 { seed }

#[cfg(test)]
mod tests {
    #[test]
    fn nobody_looks_for_this() {}
}
"""
BINDING = """
//! No twin: plumbing.
fn charge() -> f64 { write(of()); slipped(&rules, CostModel::new(&config)?.fee(1.0, draw(7, 0)), true) }
"""

Judge = Callable[..., Report]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge one module, ``costs/model``, given the text of both sides."""

    def write(folder: str, name: str, text: str) -> None:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def build(python: str = PYTHON, rust: str = RUST, **files: str) -> Report:
        for folder in ("reference", "core", "binding"):
            (tmp_path / folder).mkdir(exist_ok=True)
        write("binding", "calls.rs", BINDING)
        write("reference", "costs/model.py", python)
        write("core", "costs/model.rs", rust)
        for place, text in files.items():
            folder, _, name = place.partition("_")
            write(folder, name.replace("_py", ".py").replace("_rs", ".rs"), text)
        return judge_twins(read_house(tmp_path / "reference", tmp_path / "core", tmp_path / "binding"))

    return build


def _told(report: Report) -> list[str]:
    return [finding.message for finding in report.findings]


def test_sides_that_correspond_are_fine(judge: Judge) -> None:
    report = judge()
    assert _told(report) == []
    assert (report.matched, len(report.functions), report.share) == (4, 4, 1.0)


@pytest.mark.parametrize(
    ("python", "rust", "said"),
    [
        # renamed
        ({"def fee(": "def charge("}, {}, ["model.py:7: CostModel.charge(lots, price)", "model.rs:9: CostModel.fee("]),
        ({}, {"fn slipped<": "fn slid<"}, ["model.py:10: slipped(rules, price, is_buy)", "model.rs:16: slid("]),
        ({"class CostModel": "class Costs"}, {}, ["model.py:2: Costs has no twin", "model.rs:4: CostModel has no"]),
        # given another parameter, one less, or another order
        ({"lots, price": "lots, price, side"}, {}, ["model.py:7", "model.rs:9", "(lots, price, side)"]),
        ({}, {"lots: f64, price: f64": "lots: f64"}, ["model.py:7", "model.rs:9", "CostModel.fee(lots)"]),
        ({"rules, price": "price, rules"}, {}, ["model.py:10", "model.rs:16", "slipped(price, rules, is_buy)"]),
        ({}, {"lots: f64": "size: f64"}, ["model.py:7", "model.rs:9", "CostModel.fee(size, price)"]),
        # missing
        ({"def _draw(seed, _leg): ...": ""}, {}, ["model.rs:18: draw(seed, _) has no twin in", "costs/model.py"]),
        ({}, {"const fn draw(seed: u64, _: u32) -> u64 { seed }": ""}, ["model.py:13: draw(seed, leg) has no twin in"]),
    ],
)
def test_what_drifts_apart_is_told_with_both_places(
    judge: Judge, python: dict[str, str], rust: dict[str, str], said: list[str]
) -> None:
    sides = []
    for text, changes in ((PYTHON, python), (RUST, rust)):
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        sides.append(text)
    messages = "\n".join(_told(judge(*sides)))
    assert messages
    for words in said:
        assert words in messages
    assert "costs/model.py" in messages
    assert "costs/model.rs" in messages


def test_another_order_is_told(judge: Judge) -> None:
    draw = "def _draw(seed, _leg): ...\n"
    moved = judge(draw + PYTHON.replace(draw, ""))
    assert [(one.breach, one.name) for one in moved.findings] == [("order", "draw")]
    assert "model.py:1: draw stands in another order than" in _told(moved)[0]
    assert "model.rs:18" in _told(moved)[0]
    assert moved.share == 1.0


def test_another_order_of_methods_is_told(judge: Judge) -> None:
    fee = "    def fee(self, lots, price): ...\n"
    constructor = "    def __init__(self, config): ...\n"
    moved = judge(PYTHON.replace(fee, "").replace(constructor, fee + constructor))
    assert [one.breach for one in moved.findings] == ["order"]


def test_a_function_that_only_tests_call_is_told(judge: Judge) -> None:
    tested = RUST.replace("nobody_looks_for_this() {}", "it_draws() { assert_eq!(draw(1, 0), 1); }")
    imported = "use crate::costs::model::draw;\n" + tested
    asked = BINDING.replace("draw(7, 0)", "die.draw(7, 0)")
    for rust in (tested, imported):
        report = judge(rust=rust, binding_calls_rs=asked)
        assert [(one.breach, one.side, one.name) for one in report.findings] == [("uncalled", "core", "draw")]
        assert "model.rs" in _told(report)[0]
        assert "nothing but tests calls draw(seed, _)" in _told(report)[0]
        assert (report.matched, len(report.functions)) == (3, 4)
    method = judge(binding_calls_rs=BINDING.replace(".fee(1.0, draw(7, 0))", ".charge(draw(7, 0))"))
    assert [(one.breach, one.name) for one in method.findings] == [("uncalled", "CostModel.fee")]


def test_a_method_is_no_twin_of_a_function(judge: Judge) -> None:
    messages = "\n".join(_told(judge(PYTHON + "\ndef fee(lots, price): ...\n")))
    assert "fee(lots, price) has no twin in" in messages
    assert "of that name there is" in messages


def test_modules_are_paired_by_path_and_say_why_if_they_are_not(judge: Judge) -> None:
    alone = judge(reference_arrow_py="def read(): ...", core_log_rs="fn write() {}", binding_run_rs="fn run() {}")
    assert [(one.breach, one.side, one.module) for one in alone.findings] == [
        ("module", "reference", "arrow"),
        ("module", "core", "log"),
        ("module", "binding", "run"),
    ]
    assert len(alone.functions) == 5
    said = judge(
        reference_arrow_py='"""Reads. No twin: Arrow never enters the core."""\ndef read(): ...',
        core_log_rs="//! No twin: only Rust has it.\nfn write() {}",
        binding_run_rs="//! Runs.\n//! No twin: too late, this is the second line.\nfn run() {}",
    )
    assert [one.module for one in said.findings] == ["run"]
    assert (len(said.functions), said.plumbing) == (4, 1)
    empty = judge(reference_arrow_py='"""No twin:"""\ndef read(): ...')
    assert "without a reason" in _told(empty)[0]


def test_the_file_of_a_folder_speaks_for_what_is_in_it(judge: Judge) -> None:
    files = {"core_types/mod_rs": "//! No twin: declarations.", "core_types/sets/mod_rs": "fn of() {}"}
    assert _told(judge(**files)) == []
    assert [one.module for one in judge(**{"core_types/mod_rs": "//! Types."}).findings] == ["types/sets"]


def test_the_file_of_a_package_is_the_twin_of_its_mod(judge: Judge) -> None:
    report = judge(**{"reference_costs/__init___py": "def f(a): ...", "core_costs/mod_rs": "fn f(a: u8) {}"})
    assert _told(report) == []


def test_exceptions_carry_reasons_and_must_not_be_dead(judge: Judge, tmp_path: Path) -> None:
    report = judge(PYTHON.replace("fee(", "charge("))
    path = tmp_path / "twins.toml"
    entry = '[[exception]]\nbreach = "absent"\nmodule = "costs/model"\nnames = ["CostModel.charge"]\nreason = "new"\n'
    other = entry.replace("charge", "fee").replace("names", 'side = "core"\nnames')
    path.write_text(entry + other, "utf-8")
    assert unexcused(report.findings, read_excuses(path)) == []
    assert unexcused(judge().findings, read_excuses(path)) == [
        "the exception absent reference costs/model CostModel.charge excuses nothing",
        "the exception absent core costs/model CostModel.fee excuses nothing",
    ]
    path.write_text(entry, "utf-8")
    assert len(unexcused(report.findings, read_excuses(path))) == 1
    for bad in (entry + entry, entry.replace('"new"', '" "')):
        path.write_text(bad, "utf-8")
        with pytest.raises(ValueError, match="no reason"):
            read_excuses(path)


def test_a_newcomer_looks_by_path_and_name_alone(judge: Judge, tmp_path: Path) -> None:
    judge()
    reference, core = tmp_path / "reference", tmp_path / "core"
    functions = candidates(reference, {("absent", "reference", "costs/model", "draw"): "not looked for"})
    assert [item.key for _, item in functions] == ["CostModel.new", "CostModel.fee", "slipped"]
    first, again = (look_for(functions, core, count=3, seed=1) for _ in range(2))
    assert first == again
    assert all(search.there for search in first)
    assert table(first).endswith("3 of 3 found")
    (core / "costs" / "model.rs").unlink()
    assert "NOT FOUND" in table(look_for(functions, core, count=3, seed=1))
