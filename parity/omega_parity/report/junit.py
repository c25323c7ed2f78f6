"""The verdict as JUnit XML, which CI servers draw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from omega_parity.gates.verdict import Verdict
from omega_parity.judge.verdict import CaseVerdict

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold."""

_Test = tuple[str, Sequence[str], str]
"""Name, what speaks against it, and the details."""


def junit(verdict: Verdict) -> str:
    """Render ``verdict``; equal verdicts give equal documents, so durations are left out."""
    kills: list[_Test] = []
    if verdict.kills_text:
        against = verdict.kills.against if verdict.kills is not None else (verdict.kills_text,)
        kills.append(("built-in faults", against, verdict.kills_text))
    suites: dict[str, list[_Test]] = {
        "components": [(one.name, one.against, "") for one in verdict.components],
        "cases": [(case.case, case.against, _details(case)) for case in verdict.cases],
        "evidence": [(part.name, part.against, "\n".join(map(_details, part.examples))) for part in verdict.parts],
        "faults": kills,
        "record": [("what is recorded", verdict.missing, "")] if verdict.missing else [],
    }
    body = "".join(_suite(name, tests) for name, tests in suites.items() if tests)
    count = sum(map(len, suites.values()))
    failures = sum(bool(against) for tests in suites.values() for _, against, _ in tests)
    head = f'<testsuites name="omega verify" tests="{count}" failures="{failures}">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}\n{body}</testsuites>\n'


def _details(case: CaseVerdict) -> str:
    return "" if case.divergence is None else f"{case.divergence.text()}\n{case.replay}"


def _suite(name: str, tests: Iterable[_Test]) -> str:
    tests = list(tests)
    failures = sum(bool(against) for _, against, _ in tests)
    cases = "".join(_testcase(name, *test) for test in tests)
    return f' <testsuite name="{name}" tests="{len(tests)}" failures="{failures}">\n{cases} </testsuite>\n'


def _testcase(suite: str, name: str, against: Sequence[str], details: str) -> str:
    head = f'  <testcase classname="omega.verify.{suite}" name={_attribute(name)}'
    if not against:
        return f"{head}/>\n"
    text = "\n".join((*against, *([details] if details else [])))
    failure = f"<failure message={_attribute(against[0])}>{escape(_clean(text))}</failure>"
    return f"{head}>{failure}</testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
