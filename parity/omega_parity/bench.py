"""``omega bench``: time both sides in one run and print the ratios.

It drives the suites in ``benchmarks/`` (both sides checked equal before they are timed) and writes one JSON per
component with commit, build profile and machine. Figures belong to the machine and the run; ratios travel better.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from omega_parity.workloads import W1_BARS, W2_BARS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
COMPONENTS = {"test_execution": "execution", "test_indicators": "indicators", "test_runs": "runs"}


def bench(
    out: Annotated[Path, typer.Option(help="Folder for the JSON files.")] = BENCHMARKS / "results",
    select: Annotated[str, typer.Option("--select", "-k", help="Only benchmarks whose name matches.")] = "",
    json_output: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Time the reference and Rust in one run, print the table with ratios.

    The suites run through the public API, conversions included; the simulator is timed inside Rust as well.

    Example: omega bench -k w1
    """
    if not BENCHMARKS.is_dir():
        typer.echo("omega bench needs a checkout: the suites are not part of the installed package", err=True)
        raise typer.Exit(3)
    report = _timed(select)
    rows = _rows(report)
    if not select:
        rows += _inside_rust()
    memory = [] if select else [_memory(side, size) for size in (W1_BARS, W2_BARS) for side in ("python", "rust")]
    if not select:
        _write(out, report, rows, memory)
    if json_output:
        typer.echo(json.dumps({"rows": rows, "memory": memory}, indent=1))
    else:
        _print(rows, memory)


def _timed(select: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pytest", str(BENCHMARKS), "-q", "--benchmark-enable", "--benchmark-only"]
        command += [
            "--benchmark-disable-gc",
            f"--benchmark-json={path}",
            "--benchmark-columns=median",
            "-p",
            "no:cacheprovider",
        ]
        finished = subprocess.run([*command, *(["-k", select] if select else [])], stdout=sys.stderr, check=False)
        if finished.returncode != 0:
            raise typer.Exit(1 if finished.returncode == 1 else 3)
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return report


def _rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "component": COMPONENTS[Path(entry["fullname"].split("::")[0]).stem],
            "benchmark": entry["group"],
            "side": entry["extra_info"]["side"],
            "size": entry["extra_info"]["size"],
            "unit": entry["extra_info"]["unit"],
            "median_ms": entry["stats"]["median"] * 1e3,
            "iqr_ms": entry["stats"]["iqr"] * 1e3,
            "rounds": entry["stats"]["rounds"],
        }
        for entry in report["benchmarks"]
    ]


def _inside_rust() -> list[dict[str, Any]]:
    """The simulator without the binding; needs cargo."""
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "omega-core", "--example", "timing"]
    finished = subprocess.run(command, cwd=BENCHMARKS.parent, stdout=subprocess.PIPE, check=True, text=True)
    head = {"component": "execution", "side": "inside rust", "unit": "rows"}
    return [head | json.loads(line) for line in finished.stdout.splitlines()]


def _memory(side: str, size: int) -> dict[str, Any]:
    command = [sys.executable, str(BENCHMARKS / "memory.py"), side, str(size)]
    figures: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return figures | {"ratio_to_input": figures["extra_bytes"] / figures["input_bytes"]}


def _write(out: Path, report: dict[str, Any], rows: list[dict[str, Any]], memory: list[dict[str, Any]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    commit = report["commit_info"]
    head = {
        "commit": commit["id"],
        "is_dirty": commit["dirty"],
        "date": report["datetime"],
        "machine": report["machine_info"],
    }
    parts = {component: [row for row in rows if row["component"] == component] for component in COMPONENTS.values()}
    for component, part in (parts | {"memory": memory}).items():
        (out / f"{component}.json").write_text(json.dumps(head | {"rows": part}, indent=1) + "\n", "utf-8")


def _print(rows: list[dict[str, Any]], memory: list[dict[str, Any]]) -> None:
    console = Console()
    table = Table(
        "benchmark",
        "size",
        "Python ms",
        "Rust ms",
        "inside Rust ms",
        "Rust per second",
        "ratio",
        title="Reference and Rust in one run, medians",
    )
    for name in dict.fromkeys(row["benchmark"] for row in rows):
        sides = {row["side"]: row for row in rows if row["benchmark"] == name}
        if sides.keys() < {"python", "rust"}:
            continue
        python, rust = sides["python"]["median_ms"], sides["rust"]["median_ms"]
        rate = sides["rust"]["size"] / rust * 1e3
        inside = sides.get("inside rust")
        table.add_row(
            name,
            f"{sides['rust']['size']:,}",
            f"{python:,.3f}",
            f"{rust:,.3f}",
            f"{inside['median_ms']:,.3f}" if inside else "",
            f"{rate:,.0f} {sides['rust']['unit']}",
            f"{python / rust:,.0f}x",
        )
    console.print(table)
    console.print("Python and Rust: through the public API, conversions included")
    for figures in memory:
        extra = figures["extra_bytes"] / 2**20
        console.print(
            f"peak memory, {figures['side']}, {figures['bars']:,} bars: "
            f"{extra:,.1f} MiB extra, {figures['ratio_to_input']:.2f}x the input"
        )
