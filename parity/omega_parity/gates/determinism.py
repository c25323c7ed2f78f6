"""The determinism lint (N-1): one list, ``determinism.toml``, enforced on both sides.

The reference is checked on its syntax tree. In the core, methods are clippy's business (``clippy.toml``, which
this module compares with the list) and operators, iterator sums and hash maps are found by pattern in the source
without its comments, strings and test modules.

Run ``python -m omega_parity.gates.determinism`` in a checkout; it exits 1 on any finding.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MARKER = "N-1:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """One banned construct and how each side spells it."""

    name: str
    reason: str
    calls: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    is_math: bool = False
    patterns: tuple[re.Pattern[str], ...] = ()
    clippy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The parsed list."""

    bans: tuple[Ban, ...]
    math_allowed: frozenset[str]
    python_exempt: frozenset[str]
    rust_exempt: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """A banned construct at a place."""

    path: str
    line: int
    ban: str
    reason: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: N-1 forbids {self.ban} here: {self.reason}"


def load_rules() -> Rules:
    """Read the one list."""
    document = tomllib.loads(Path(__file__).with_name("determinism.toml").read_text("utf-8"))
    return Rules(
        bans=tuple(_ban(entry) for entry in document["ban"]),
        math_allowed=frozenset(document["allowed"]["math"]),
        python_exempt=frozenset(document["exempt"]["python"]),
        rust_exempt=frozenset(document["exempt"]["rust"]),
    )


def _ban(entry: dict[str, object]) -> Ban:
    python = entry.get("python", {})
    assert isinstance(python, dict)
    patterns = entry.get("rust", [])
    clippy = entry.get("clippy", [])
    assert isinstance(patterns, list)
    assert isinstance(clippy, list)
    return Ban(
        name=str(entry["name"]),
        reason=str(entry["reason"]),
        calls=frozenset([python["call"]] if "call" in python else []),
        operators=frozenset([python["operator"]] if "operator" in python else []),
        imports=frozenset(python.get("import", [])),
        is_math=bool(python.get("math", False)),
        patterns=tuple(re.compile(pattern) for pattern in patterns),
        clippy=tuple(clippy),
    )


def check_python(path: str, source: str, rules: Rules) -> list[Finding]:
    """Find banned constructs in one module of the reference."""
    lines = source.splitlines()
    found = [
        Finding(path=path, line=line, ban=ban.name, reason=ban.reason)
        for node in ast.walk(ast.parse(source))
        for line, ban in _violations(node, rules)
        if MARKER not in lines[line - 1]
    ]
    return sorted(set(found))


def _violations(node: ast.AST, rules: Rules) -> Iterator[tuple[int, Ban]]:
    for ban in rules.bans:
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in ban.calls:
                yield node.lineno, ban
            case ast.Call(func=ast.Attribute(attr=name)) if name in ban.calls and name not in {"min", "max", "set"}:
                yield node.lineno, ban
            case ast.Set() | ast.SetComp() if "set" in ban.calls:
                yield node.lineno, ban
            case ast.BinOp(op=ast.Pow()) | ast.AugAssign(op=ast.Pow()) if "**" in ban.operators:
                yield node.lineno, ban
            case ast.BinOp(op=ast.Mod()) | ast.AugAssign(op=ast.Mod()) if "%" in ban.operators:
                yield node.lineno, ban
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if ban.is_math and name not in rules.math_allowed:
                yield node.lineno, ban
            case ast.ImportFrom(module="math", names=names) if ban.is_math:
                if any(alias.name not in rules.math_allowed for alias in names):
                    yield node.lineno, ban
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in ban.imports:
                yield node.lineno, ban
            case ast.Import(names=names) if any(alias.name.split(".")[0] in ban.imports for alias in names):
                yield node.lineno, ban
            case _:
                pass


_RUST_NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'',
    re.DOTALL,
)
_RUST_TESTS = re.compile(r"^#\[cfg\(test\)\]\s*\n(?:#\[[^\n]*\]\s*\n)*mod \w+ \{.*?^\}", re.DOTALL | re.MULTILINE)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def check_rust(path: str, source: str, rules: Rules) -> list[Finding]:
    """Find banned operators, sums and containers in one module of the core, its tests left out."""
    marked = {number for number, line in enumerate(source.splitlines(), 1) if MARKER in line}
    code = _RUST_TESTS.sub(_blank, source)
    code = _RUST_NOISE.sub(_blank, code)
    return sorted(
        {
            Finding(path=path, line=number, ban=ban.name, reason=ban.reason)
            for number, line in enumerate(code.splitlines(), 1)
            for ban in rules.bans
            for pattern in ban.patterns
            if number not in marked and pattern.search(line)
        }
    )


def check_clippy(path: str, text: str, rules: Rules) -> list[Finding]:
    """Compare clippy's list with the one list: neither may have what the other has not."""
    listed = {entry["path"] for entry in tomllib.loads(text)["disallowed-methods"]}
    wanted = {method for ban in rules.bans for method in ban.clippy}
    return [
        Finding(path=path, line=1, ban=method, reason="clippy.toml and determinism.toml must name the same methods")
        for method in sorted(listed ^ wanted)
    ]


def check_tree(root: Path) -> tuple[int, list[Finding]]:
    """Check a checkout; returns how many files were read, and the findings."""
    rules = load_rules()
    findings = check_clippy("clippy.toml", (root / "clippy.toml").read_text("utf-8"), rules)
    count = 0
    for folder, suffix, exempt, check in (
        ("reference_py/omega_reference", ".py", rules.python_exempt, check_python),
        ("rust_impl/core/src", ".rs", rules.rust_exempt, check_rust),
    ):
        for path in sorted((root / folder).rglob(f"*{suffix}")):
            if path.name not in exempt and "tests" not in path.relative_to(root).parts:
                count += 1
                findings += check(path.relative_to(root).as_posix(), path.read_text("utf-8"), rules)
    return count, findings


def main() -> int:
    """Print the findings; 0 when there are none and files were read, 2 where there is no checkout to read."""
    if not (Path.cwd() / "clippy.toml").is_file():
        print("determinism: start it in a checkout of Omega; check_python and check_rust look at sources of your own")
        return 2
    count, findings = check_tree(Path.cwd())
    for finding in findings:
        print(finding)
    print(f"determinism: {count} files, {len(findings)} findings")
    return 1 if findings or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
