"""``omega verify``; :mod:`omega.cli` registers it through the entry points ``omega.commands``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omega.cli.output import exit_code
from omega.contract.errors import DataError, ErrorCode, OmegaError, ResourceError, omega_error
from omega_parity.cli.exits import EXIT_BROKEN, EXIT_GO, EXIT_NO_GO, EXIT_PARTIAL
from omega_parity.variables import CI_VARIABLE, is_set

if TYPE_CHECKING:
    from omega_parity.cli.screen import Screen
    from omega_parity.gates.verdict import Verdict


GateOption = Annotated[
    bool, typer.Option("--gate", help="A part is no answer: exit code 4 for PARTIAL, as with CI=true.")
]
EvidenceOption = Annotated[
    bool, typer.Option("--evidence", help="Add the verdict to the evidence that `omega go-no-go` judges.")
]


def verify(
    data: Annotated[
        list[Path] | None, typer.Argument(help="Files of bars (Parquet, CSV, Arrow) to verify on as well.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Every kind of check, the fewest inputs; answers within 30 s.")
    ] = False,
    component: Annotated[
        str | None,
        typer.Option(
            help="Judge one only: slippage_fee, indicator_cache, portfolio, event_engine, execution_simulator, "
            "strategy, data_handler."
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("omega-report"),
    symbol: Annotated[str | None, typer.Option(help="Symbol of the files, where they do not say.")] = None,
    config: Annotated[Path | None, typer.Option(help="Your run; its `instruments` serve the files too.")] = None,
    signals: Annotated[Path | None, typer.Option(help="Signals of that run, in place of its strategy.")] = None,
    gate: GateOption = False,
    evidence: EvidenceOption = False,
) -> None:
    """Run the same backtests through Python and through Rust, compare every bit, and say GO or NO-GO.

    The built-in sample, golden cases, generated sequences, your files, and every kind of check that `pytest parity`
    has, quick or not; built-in faults prove that a difference would have been noticed. In a checkout less than is
    recorded is NO-GO. The report folder holds verdict.html, verdict.json, junit.xml, and a page and the input of each
    divergence. With --component the answer is PARTIAL or NO-GO. Decide by verdict.json and its counts, not by the exit
    code alone.

    Exit codes: 0 GO or PARTIAL, 1 NO-GO, 2 wrong use, 3 the Rust module or its probe is missing or stale, or a report
    cannot be written, 4 PARTIAL where a gate decides (--gate, CI=true).

    Example: omega verify eurusd_m5.parquet --config run.yaml --signals signals.parquet
    """
    from omega_parity.cli.screen import Screen

    if signals is not None and config is None:
        raise typer.BadParameter("signals need the --config of their run", param_hint="--signals")
    screen = Screen(is_json=json_output, is_quiet=quiet)
    asked = _Asked(tuple(data or ()), quick, component, symbol, config, signals)
    verdict, unwritten = _judged(screen, asked, out)
    if evidence:
        _write_evidence(verdict, asked.is_quick)
    screen.show(verdict, out, unwritten)
    if unwritten is not None and not verdict.against:
        raise typer.Exit(exit_code(unwritten))
    is_deciding = gate or is_set(CI_VARIABLE)
    partial = EXIT_PARTIAL if is_deciding else EXIT_GO
    raise typer.Exit({"GO": EXIT_GO, "PARTIAL": partial}.get(verdict.word, EXIT_NO_GO))


def _write_evidence(verdict: Verdict, is_quick: bool) -> None:
    from omega.serve.evidence import add
    from omega_parity.control.figures import divergences, verify_figures
    from omega_parity.control.stamp import stamp

    figures = verify_figures(verdict, is_quick=is_quick)
    add("verify", {"figures": figures, "word": verdict.word, "divergences": divergences(verdict)}, stamp())


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asks for."""

    data: tuple[Path, ...]
    is_quick: bool
    component: str | None
    symbol: str | None
    config: Path | None
    signals: Path | None


def _judged(screen: Screen, asked: _Asked, out: Path) -> tuple[Verdict, OmegaError | None]:
    """Return the verdict, and why its report is not whole; what cannot be judged ends the command."""
    from omega.config import load_config
    from omega_parity.drive.sides import NativeMissingError, both_sides
    from omega_parity.gates.examine import examine
    from omega_parity.gates.plan import make_plan
    from omega_parity.report.documents import Documents
    from omega_parity.report.files import begin_report, write_report
    from omega_parity.selftest.probe import why_no_probe
    from omega_parity.selftest.probe.native import probe_command

    try:
        begin_report(out)
        sides = both_sides()
        if why := why_no_probe():
            raise NativeMissingError(omega_error(ErrorCode.NOT_FOUND, why, column="omega_rust_probe"), probe_command())
        settings = None if asked.config is None else load_config(asked.config)
        plan = make_plan(
            asked.data,
            is_quick=asked.is_quick,
            component=asked.component,
            symbol=asked.symbol,
            config=settings,
            signals=asked.signals,
        )
        documents = Documents(sides, out)
        with screen.progress(plan.steps) as on_step:
            verdict = examine(plan, sides, documents, on_step, documents.folder, is_shared=True)
    except NativeMissingError as missing:
        screen.fail(missing.error, fix=missing.fix)
        raise typer.Exit(EXIT_BROKEN) from None
    except OmegaError as error:
        screen.fail(error)
        raise typer.Exit(exit_code(error)) from None
    try:
        write_report(verdict, out)
    except (DataError, ResourceError) as error:
        documents.unwritten.append(error)
    return verdict, documents.unwritten[0] if documents.unwritten else None
