"""Every method that clippy.toml bans is refused by clippy itself (N-1): the fixture of the Rust half of the list."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from omega_parity.gates.determinism import load_rules

ROOT = Path(__file__).parents[4]
METHODS = sorted(method for ban in load_rules().bans for method in ban.clippy)
ARGUMENTS = {
    "mul_add": "y, y",
    "clamp": "y, y",
    "powi": "2",
    **dict.fromkeys(("powf", "hypot", "rem_euclid", "div_euclid", "min", "max", "log"), "y"),
}


@pytest.mark.rule("N-1")
def test_clippy_refuses_each_banned_method(tmp_path: Path) -> None:
    names = [method.removeprefix("f64::") for method in METHODS]
    lines = [f"    let _ = x.{name}({ARGUMENTS.get(name, '')});" for name in names]
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("pub fn f(x: f64, y: f64) {\n" + "\n".join(lines) + "\n}\n", "utf-8")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "fixture"\nedition = "2024"\n', "utf-8")
    environment = os.environ | {"CLIPPY_CONF_DIR": str(ROOT), "CARGO_TARGET_DIR": str(tmp_path / "target")}
    command = ["cargo", "clippy", "--quiet", "--offline", "--", "-D", "warnings"]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode != 0
    assert set(re.findall(r"use of a disallowed method `(?:\w+::)*f64::(\w+)`", finished.stderr)) == set(names)
