"""No file over 400 lines and no function over 40, but for a short list with reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from house.sizes import TooLong, read_reasons, too_long

ROOT = Path(__file__).parents[3]
FOLDERS = ("bridge", "reference_py", "rust_impl", "parity", "tests", "tools", "benchmarks")


def test_what_is_long_says_why_and_only_that() -> None:
    reasons = read_reasons(Path(__file__).with_name("sizes.toml"))
    assert all(reasons.values())
    found = {one.name: one.lines for one in too_long(ROOT, FOLDERS)}
    assert found.keys() == reasons.keys(), found


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("long.py", "x = 1\n" * 401, {"folder/long.py": 401}),
        ("long.rs", "// no\n" * 401, {"folder/long.rs": 401}),
        ("fine.py", "x = 1\n" * 400, {}),
        ("a.py", "class A:\n    def f(self):\n" + "        x = 1\n" * 40, {"folder/a.py::A.f": 41}),
        ("a.py", 'def f():\n    """Say\n\n    much.\n    """\n' + "    x = 1\n" * 39, {}),
        ("a.py", "def f():\n    def g():\n" + "        x = 1\n" * 40, {"folder/a.py::f": 42, "folder/a.py::g": 41}),
        ("a.rs", "/// Says\n/// much.\nfn f() {\n" + "    x();\n" * 39 + "}\n", {"folder/a.rs::f": 41}),
        (
            "a.rs",
            "#[cfg(test)]\nmod tests {\n#[test]\nfn it() {\n" + "    x();\n" * 39 + "}\n}\n",
            {"folder/a.rs::it": 41},
        ),
    ],
)
def test_what_is_too_long_is_found(tmp_path: Path, name: str, text: str, lines: dict[str, int]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_text(text, "utf-8")
    expected = [TooLong(name=name, lines=count) for name, count in lines.items()]
    assert list(too_long(tmp_path, ["folder"])) == expected
