"""Where faults stand: functions and texts found in Python and Rust, and what is not found refused."""

from __future__ import annotations

import pytest

from omega_parity.selftest.probe.places import Change, MisplacedError, place_of, replaced

PYTHON = '''\
LIMIT = 1


def step(x):
    """A brace { and a name: def walk."""
    return x + 1


class Walk:
    def step(self, x):
        if x > 1:
            return (
                x - 1
            )
        return x - 1

    def rest(self):
        return 11
'''

RUST = """\
/// A comment with { and fn step.
pub fn step(x: [u8; 2], y: char) -> f64 { // {
    let brace = ('{', "{ \\" {", r#"{ " {"#, b'{');
    helper::<'static>(x + 1)
}

impl<T> Walk<T>
where
    T: Copy,
{
    pub(crate) fn step(&self, x: f64) -> f64 {
        if x > 1.0 { x - 1.0 } else { x - 1.0 }
    }
}

impl Step for Rest {
    fn step(&self, x: f64) -> f64 {
        x - 1.0
    }
}
"""


def _change(file: str, function: str | None, text: str, occurrence: int | None = None) -> Change:
    return Change(file=file, function=function, text=text, replacement="HERE", occurrence=occurrence)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (_change("a.py", None, "LIMIT = 1"), 1),
        (_change("a.py", "step", "x + 1"), 6),
        (_change("a.py", "Walk.step", "( x - 1 )"), 12),
        (_change("a.py", "Walk.step", "x - 1", 2), 15),
        (_change("a.py", "rest", "11"), 18),
        (_change("a.rs", "Walk.step", "x - 1.0", 2), 12),
        (_change("a.rs", "Rest.step", "x - 1.0"), 18),
    ],
    ids=str,
)
def test_a_text_is_found_in_its_function(change: Change, line: int) -> None:
    source = PYTHON if change.file.endswith(".py") else RUST
    first, end = place_of(source, change)
    assert source[first:end].split() == change.text.split()
    assert source.count("\n", 0, first) + 1 == line


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_change("a.py", "Walk.step", "x - 1"), "a.py, Walk.step: 'x - 1' occurs 2 times instead of once"),
        (_change("a.py", "Walk.step", "x - 1", 3), "there is no occurrence 3"),
        (_change("a.py", "step", "x - 1"), "occurs 0 times"),
        (_change("a.py", "rest", "1"), "occurs 0 times"),
        (_change("a.py", "nobody", "1"), "0 functions of that name"),
        (_change("a.rs", "step", "x + 1"), "3 functions of that name"),
        (_change("a.rs", "Nobody.step", "x + 1"), "0 functions of that name"),
    ],
    ids=str,
)
def test_what_is_not_there_once_is_an_error(change: Change, why: str) -> None:
    with pytest.raises(MisplacedError) as caught:
        place_of(PYTHON if change.file.endswith(".py") else RUST, change)
    assert why in str(caught.value)


def test_braces_in_strings_characters_and_comments_end_no_function() -> None:
    lone = RUST[: RUST.index("impl<T>")]
    first, end = place_of(lone, _change("a.rs", "step", "x + 1"))
    assert lone[first:end] == "x + 1"
    with pytest.raises(MisplacedError, match="a block without an end"):
        place_of(lone.removesuffix("}\n\n"), _change("a.rs", "step", "x + 1"))


def test_changes_of_one_fault_are_made_together() -> None:
    changes = [_change("a.py", "Walk.step", "x - 1", 2), _change("a.py", None, "LIMIT")]
    done = replaced(PYTHON, changes)
    assert done.startswith("HERE = 1\n")
    assert done.replace("HERE = 1", "LIMIT = 1").replace("        return HERE\n", "        return x - 1\n") == PYTHON
    with pytest.raises(MisplacedError, match="touch"):
        replaced(PYTHON, [changes[1], _change("a.py", None, "LIMIT = 1")])
