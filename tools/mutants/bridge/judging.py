"""Let a mutant of the bridge loose in a copy, and say whether the tests that run its lines notice it."""

from __future__ import annotations

import ast
from typing import Final

from mutants.bridge.copies import Answer, Copy
from mutants.bridge.covering import Covering
from mutants.mutations import Mutant, file_of_shared, source_of
from mutants.runner import Fate

SECONDS: Final = 90.0
"""Processor time of a mutant."""
BUDGET: Final = 20.0
"""Seconds that the healthy bridge needs for the tests that a mutant meets; the quick ones come first."""
_TESTS_FAILED: Final = 1
_NOTHING_RAN: Final = 5


def judged(mutant: Mutant, copy: Copy, covering: Covering) -> Fate:
    """Run the tests up to the first that fails."""
    file = file_of_shared(mutant.module)
    first, last, is_declared = _statement_at(mutant)
    tests = covering.tests_of(file, first, last, BUDGET, is_declared=is_declared)
    if not tests:
        return Fate("survived", example="no test runs anything of the module")
    files = sorted({test.partition("::")[0] for test in tests})
    with copy.changed(file, mutant.source()):
        return fate_of(copy.run(files, tests, seconds=SECONDS))


def fate_of(answer: Answer) -> Fate:
    """Read what became of a mutant from what the tests did.

    A test that fails by another exception than its own or the contract's says that the mutant crashed.

    Raises
    ------
    RuntimeError
        When no test ran, which says nothing about the mutant.
    """
    if answer["code"] is None:
        return Fate("timed out") if answer.get("late") else Fate("crashed", "process")
    failure = answer["failure"]
    if answer["code"] == 0 and answer["ran"]:
        return Fate("survived")
    if failure is None:
        if answer["code"] in (0, _NOTHING_RAN):
            raise RuntimeError(f"no test ran: {answer}")
        return Fate("crashed", f"pytest exit {answer['code']}", "import")
    return Fate("killed" if failure["kind"] == "killed" else "crashed", failure["error"], failure["test"])


def _statement_at(mutant: Mutant) -> tuple[int, int, bool]:
    """Return the lines of the smallest statement around a mutant, of a compound one its head.

    With them whether it stands in no function, so that importing the module runs it.
    """
    first = last = mutant.line
    is_declared = True
    for node in ast.walk(ast.parse(source_of(mutant.module))):  # from the outside in
        if not isinstance(node, ast.stmt) or node.end_lineno is None:
            continue
        body = getattr(node, "body", None)
        end = max(node.lineno, body[0].lineno - 1) if isinstance(body, list) and body else node.end_lineno
        if node.lineno <= mutant.line <= end:
            first, last = node.lineno, end
        elif isinstance(node, ast.FunctionDef) and end < mutant.line <= node.end_lineno:
            is_declared = False
    return first, last, is_declared
