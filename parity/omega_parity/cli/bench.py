"""``omega bench``: time both sides in one run and print the ratios.

It drives the suites in ``benchmarks/`` (both sides checked equal before they are timed) and writes one JSON per
component with commit, build profile and machine. Figures belong to the machine and the run; ratios travel better.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from omega.contract.errors import ErrorCode, omega_error
from omega.data.writing import make_folder, write_files
from omega_parity.generate.workloads import W1_BARS, W2_BARS
from omega_parity.report.scaling import positions_of, scaling_chart

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
_HEADS = ("benchmark", "Python ms", "Rust ms", "inside", "Rust rate", "ratio")
_NOTE = "Python and Rust go through the public API, conversions included; inside (ms) is Rust without them."
_NO_TESTS = 5
"""Exit code of pytest."""
COMPONENTS = {
    "test_execution": "execution_simulator",
    "test_indicators": "indicator_cache",
    "test_runs": "runs",
    "test_multi_symbol": "multi_symbol",
}
INSIDE = {"timing": "execution_simulator", "positions": "execution_simulator", "walking": "multi_symbol"}
"""Examples of the core that time a component without the binding."""
PLANS = {
    "1,000 signals processed": ("signals (1K)", "45 to under 5 ms"),
    "1,000 signals as Arrow IPC bytes, taken and processed": ("signals (1K) as bytes", "45 to under 5 ms"),
    "1,000 open positions, half closing": ("exits (1K)", "32 to under 4 ms"),
    "strategy run W1, 30,000 bars": ("full loop", "at least 8x"),
}
"""What migration plans name and want, by the benchmark that measures it."""
STREAMS = (("signals", 10_000_000), ("runs", 10_000))


def bench(
    out: Annotated[Path, typer.Option(help="Folder for the JSON files.")] = BENCHMARKS / "results",
    select: Annotated[str, typer.Option("--select", "-k", help="Only benchmarks whose name matches.")] = "",
    json_output: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Time the reference and Rust in one run, print the table with ratios.

    The suites run through the public API, conversions included; the simulator is timed inside Rust as well. It is one
    process, by which nothing is decided: that is what `omega performance` measures for.

    Exit codes: 0 timed, 1 the sides differ, 2 wrong use, 3 the Rust module or cargo is missing or stale.

    Example: omega bench -k w1
    """
    if not BENCHMARKS.is_dir():
        typer.echo("omega bench needs a checkout: the suites are not part of the installed package", err=True)
        raise typer.Exit(3)
    if not select:
        make_folder(out)
        if shutil.which("cargo") is None:
            typer.echo("omega bench times the simulator inside Rust too, which needs cargo; -k leaves it out", err=True)
            raise typer.Exit(3)
    report = _timed(select)
    rows = _rows(report)
    if not select:
        rows += inside_rust()
    memory = [] if select else [_memory(side, size) for size in (W1_BARS, W2_BARS) for side in ("python", "rust")]
    streams = [] if select else [_stream(kind, count) for kind, count in STREAMS]
    if not select:
        _write(out, report, rows, memory, streams)
    if json_output:
        typer.echo(json.dumps({"rows": rows, "memory": memory, "streams": streams}, indent=2))
    else:
        _print(rows, _memory_lines(memory) + _stream_lines(streams))


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
        if finished.returncode == _NO_TESTS:
            message = f"no benchmark matches {select!r}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, column="select", value=select)
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


def inside_rust() -> list[dict[str, Any]]:
    """Return what is timed without the binding; needs cargo."""
    rows = []
    for example, component in INSIDE.items():
        command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "omega-core", "--example", example]
        finished = subprocess.run(command, cwd=BENCHMARKS.parent, stdout=subprocess.PIPE, check=True, text=True)
        head = {"component": component, "side": "inside rust", "unit": "rows"}
        rows += [head | json.loads(line) for line in finished.stdout.splitlines()]
    return rows


def _memory(side: str, size: int) -> dict[str, Any]:
    command = [sys.executable, str(BENCHMARKS / "memory.py"), side, str(size)]
    figures: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return figures | {"ratio_to_input": figures["extra_bytes"] / figures["input_bytes"]}


def _stream(kind: str, count: int) -> dict[str, Any]:
    command = [sys.executable, str(BENCHMARKS / "streaming.py"), kind, "rust", str(count)]
    figures: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return figures


def _write(
    out: Path,
    report: dict[str, Any],
    rows: list[dict[str, Any]],
    memory: list[dict[str, Any]],
    streams: list[dict[str, Any]],
) -> None:
    commit = report["commit_info"]
    head = {
        "commit": commit["id"],
        "is_dirty": commit["dirty"],
        "date": report["datetime"],
        "machine": report["machine_info"],
    }
    parts = {component: [row for row in rows if row["component"] == component] for component in COMPONENTS.values()}
    files = {
        f"{component}.json": json.dumps(head | {"rows": part}, indent=1) + "\n"
        for component, part in (parts | {"memory": memory, "streaming": streams}).items()
    }
    notes = _memory_lines(memory) + _stream_lines(streams)
    page = {"README.md": _summary(head, rows, notes), "positions.svg": scaling_chart(positions_of(rows))}
    write_files(out, files | page)


def _lines(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """One line of text per benchmark that ran on both sides."""
    lines: list[tuple[str, ...]] = []
    for name in dict.fromkeys(row["benchmark"] for row in rows):
        sides = {row["side"]: row for row in rows if row["benchmark"] == name}
        if not sides.keys() >= {"python", "rust"}:
            continue
        python, rust = sides["python"]["median_ms"], sides["rust"]["median_ms"]
        inside = _milliseconds(sides["inside rust"]["median_ms"]) if "inside rust" in sides else ""
        rate = f"{sides['rust']['size'] / rust / 1e3:,.1f} M/s"
        lines.append((name, _milliseconds(python), _milliseconds(rust), inside, rate, f"{python / rust:,.0f}x"))
    return lines


def _milliseconds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.3f}"


def _memory_lines(memory: list[dict[str, Any]]) -> list[str]:
    return [
        f"peak memory, {figures['side']}, {figures['bars']:,} bars: {figures['extra_bytes'] / 2**20:,.1f} MiB extra, "
        f"{figures['ratio_to_input']:.2f}x the input"
        for figures in memory
    ]


def _stream_lines(streams: list[dict[str, Any]]) -> list[str]:
    return [
        f"{figures['count']:,} {figures['kind']} in one process, {figures['side']}: "
        f"{figures['end_bytes'] / 2**20:,.1f} MiB resident at the end, "
        f"{figures['early_bytes'] / 2**20:,.1f} after a tenth of them"
        for figures in streams
    ]


def _plan_table(rows: list[dict[str, Any]]) -> list[str]:
    """What migration plans want, beside what it is here."""
    measured = {cells[0]: cells for cells in _lines(rows)}
    lines = [
        f"| {name} | {wanted} | {measured[benchmark][1]} | {measured[benchmark][2]} | {measured[benchmark][5]} |"
        for benchmark, (name, wanted) in PLANS.items()
        if benchmark in measured
    ]
    return ["| plan | wanted | reference ms | Rust ms | ratio |", "| --- | --- | --- | --- | --- |", *lines]


def _position_table(rows: list[dict[str, Any]]) -> list[str]:
    """What an open position costs inside Rust, by how many there are."""
    lines = [
        f"| {one.count:,} | {one.size:,.0f} | {one.rules_ms:.3f} | {one.rules_ms / one.count * 1e6:.1f} | "
        f"{one.quiet_ms:.3f} | {one.closing_ms:.3f} |"
        for one in positions_of(rows)
    ]
    few, *_, many = [one.rules_ms / one.count for one in positions_of(rows)]
    said = (
        f"With the most positions each costs {many / few:.2f} times what it does with the fewest. Wanted are 2.00 "
        "at most, 0.020 ms for a bar that closes none of 1,000, and 200 bytes each."
    )
    heads = "| open positions | bytes each | quiet bar without digest, ms | ns each | quiet bar, ms | closing one, ms |"
    return [heads, "| --- | --- | --- | --- | --- | --- |", *lines, "", said, "", "![cost by number](positions.svg)"]


def _summary(head: dict[str, Any], rows: list[dict[str, Any]], lines: list[str]) -> str:
    """The committed page: the same table with where it comes from."""
    machine = ", ".join(f"{name} {value}" for name, value in head["machine"].items())
    table = ["| " + " | ".join(cells) + " |" for cells in [_HEADS, ("---",) * len(_HEADS), *_lines(rows)]]
    notes = [f"* {line}" for line in lines]
    title = ["# Benchmarks", "", f"Written by `omega bench` at commit {head['commit'][:12]}. Medians. {_NOTE}", ""]
    return "\n".join(
        [*title, f"Machine: {machine}.", "", *table, "", *_plan_table(rows), "", *_position_table(rows), "", *notes, ""]
    )


def _print(rows: list[dict[str, Any]], lines: list[str]) -> None:
    console = Console()
    table = Table(
        title="Reference and Rust in one run, medians",
        title_justify="left",
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
    )
    for head in _HEADS:
        is_name = head == _HEADS[0]
        table.add_column(
            head, justify="left" if is_name else "right", no_wrap=True, min_width=None if is_name else len(head)
        )
    for cells in _lines(rows):
        table.add_row(*cells)
    console.print(table)
    for line in [_NOTE, *lines]:
        console.print(line)
