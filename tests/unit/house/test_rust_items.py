"""The reader of Rust is not fooled by strings, comments, lifetimes, generics and macros."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from house.items import Item
from house.rust_items import rust_functions, rust_module, rust_modules
from house.rust_tokens import RustSyntaxError, Token, tokens_of

SOURCE = r"""
//! First line.
//! Second line.
#![allow(dead_code)]

// fn in_a_comment(a: u8) {}
/* fn in_a_block() { /* nested { */ } */
const TEXT: &str = "fn in_a_string() { \" {";
const RAW: &str = r#"fn raw() { "quoted" {"#;
static BRACE: char = '{';
static QUOTE: char = '\'';
const LIST: [u8; { 2 + 1 }] = [1, 2, 3];
use std::{fmt, mem};
pub use crate::types::{BarColumns, sets::Side as Market};
type Pair<'a> = (&'a str, fn(u8) -> u8);

macro_rules! noise { ($($x:tt)*) => { fn inside_a_macro() {} } }
noise! { fn called() {} }

#[derive(Clone)]
pub struct Wrapper<'a, T: Fn(u8) -> Vec<T>>(&'a T) where T: Sized;

pub(crate) enum Side { Bid, Ask }

pub trait Source {
    fn due(&mut self, row: usize) -> usize;
    fn late(&self) -> bool { false }
}

impl<'a, T> Source for Wrapper<'a, T>
where
    T: Fn(u8) -> Vec<T>,
{
    fn due(&mut self, row: usize) -> usize { row }
}

impl<T> Iterator for Wrapper<'_, T> { type Item = u8; fn next(&mut self) -> Option<u8> { None } }

impl Side {
    pub const FIRST: Side = Side::Bid;
    pub const unsafe extern "C" fn of(self: &Self, py: Python<'_>, map: &HashMap<u8, Vec<u8>>, r#type: u8) -> u8 { 0 }
}

#[must_use]
pub fn long<'a, F>(
    (a, b): (u8, u8),
    f: impl Fn(u8, u8) -> bool + 'a,
    _unused: [u8; 2],
    #[allow(unused)] last: &'a mut dyn FnMut() -> (u8, u8),
) -> Option<Box<dyn Fn(u8) -> u8 + 'a>>
where
    F: Fn(u8) -> u8,
{
    fn nested() {}
    None
}

#[cfg(test)]
fn only_in_tests() {}

#[cfg(not(test))]
fn outside_tests() {}

#[cfg(test)]
mod tests {
    #[test]
    fn checks() {
        assert!(true);
    }
}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.rs"
    path.write_text(SOURCE, "utf-8")
    return path


def _keys(items: tuple[Item, ...], *, is_optional: bool = False) -> list[str]:
    return [item.signature for item in items if item.is_optional is is_optional]


def test_items_are_found_in_their_order(source: Path) -> None:
    items = rust_module(source, source.parent).items
    assert _keys(items) == [
        "Wrapper",
        "Side",
        "Source",
        "Source.due(row)",
        "Source.late()",
        "Wrapper.due(row)",
        "Side.of(map, type)",
        "long((a, b), f, unused, last)",
        "outside_tests()",
    ]
    assert _keys(items, is_optional=True) == ["BarColumns", "Side", "Market", "Wrapper.next()"]


def test_lines_are_those_of_the_editor(source: Path) -> None:
    lines = SOURCE.splitlines()
    for item in rust_module(source, source.parent).items:
        assert f"{item.name}" in lines[item.line - 1]
    functions = {item.name: item for item in rust_functions(source)}
    assert (functions["long"].lines, functions["checks"].lines, functions["due"].lines) == (12, 3, 1)
    assert "only_in_tests" in functions


def test_types_of_the_binding_lose_their_prefix(tmp_path: Path) -> None:
    path = tmp_path / "cache.rs"
    path.write_text("struct PyCache;\nimpl PyCache { fn get(&self, py: Python<'_>, name: &str) {} }", "utf-8")
    assert _keys(rust_module(path, tmp_path, prefix="Py").items) == ["Cache", "Cache.get(name)"]


def test_files_of_tests_are_no_modules(tmp_path: Path) -> None:
    (tmp_path / "bars" / "checks").mkdir(parents=True)
    (tmp_path / "bars" / "tests").mkdir()
    for name, text in {
        "lib.rs": 'mod bars;\n#[cfg(test)]\nmod support;\n#[cfg(any(test, feature = "x"))]\npub(crate) mod more;',
        "support.rs": "pub fn config() {}",
        "more.rs": "pub fn more() {}",
        "bars/mod.rs": "mod checks;",
        "bars/checks.rs": "fn check() {}\n#[cfg(test)]\nmod tests;",
        "bars/checks/tests.rs": "#[test]\nfn it_checks() {}",
        "bars/join.rs": 'fn join() {}\n#[cfg(test)]\n#[path = "tests/join.rs"]\nmod tests;',
        "bars/tests/join.rs": "#[test]\nfn it_joins() {}",
    }.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert [module.stem for module in rust_modules(tmp_path)] == ["bars/checks", "bars/join", "bars", ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fn f() {\n  (\n}", "line 3: } closes nothing"),
        ("\nfn f() {", "line 2: { is not closed"),
        ("/* /* */", "line 1: the comment does not end"),
        ('\nlet a = r#"text";', "line 2: the string does not end"),
    ],
)
def test_what_is_no_rust_is_refused(text: str, words: str) -> None:
    with pytest.raises(RustSyntaxError, match=words):
        tokens_of(text)


def _texts(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        yield token.literal
        yield from _texts(token.inner)


def _commented(source: str) -> list[str]:
    """Lines of texts, after their first, that begin as a comment does."""
    lines = (line for text in _texts(tokens_of(source)) for line in text.split("\n")[1:])
    return [line for line in lines if line.lstrip().startswith("//")]


@pytest.mark.rule("F-6")
def test_no_text_of_several_lines_looks_like_a_comment() -> None:
    """The digest of the sources leaves out every line that begins with two slashes: all of them have to be comments."""
    sources = sorted((Path(__file__).parents[3] / "rust_impl").rglob("*.rs"))
    assert len(sources) > 50
    assert {path: found for path in sources if (found := _commented(path.read_text("utf-8")))} == {}
    assert _commented('fn f() { g("one\n  // two") } // three') == ['  // two"']
    assert _commented('const R: &str = r#"\n//! "one"\n"#;') == ['//! "one"']
