"""The commands, and the group that finds the commands of other packages."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from omega.cli.config import config_app
from omega.cli.data import data_app
from omega.cli.output import (
    BROKEN_ENVIRONMENT,
    INTERRUPTED,
    BackendOption,
    JsonOption,
    Output,
    QuietOption,
    console,
    exit_code,
    report_error,
)
from omega.cli.strategies import lookahead, warm_up
from omega.cli.tables import bar_facts, fact_table, table
from omega.contract.errors import OmegaError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from omega.doctor import Check
    from omega.flags.plan import Plan
    from omega.result import Result

_ORDER: Final = (
    *("verify", "backtest", "lookahead", "warm-up", "diff", "bisect", "reconcile"),
    *("flags", "config", "data", "sample", "indicators", "doctor"),
)
"""In the help: the main job first; commands that are not named here follow by name."""

_OURS: Final = ("omega", "omega_reference", "omega_parity", "omega_rust")
_AS_JSON: Final = "omega.as_json"
_ANY_WIDTH: Final = 1_000


class OmegaGroup(TyperGroup):
    """The top group: commands of other packages are imported when they are called, errors become exit codes."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name every command, own and registered."""
        names = {*self.commands, *_registered()}
        return [name for name in _ORDER if name in names] + sorted(names.difference(_ORDER))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command; a registered one is imported now."""
        entry = _registered().get(cmd_name)
        return _load(entry) if entry is not None else super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remember whether JSON was asked for: an error must know, whichever command raised it."""
        ctx.meta[_AS_JSON] = "--json" in args
        for before, given in pairwise(("", *args)):
            # An empty path would be the folder one stands in.
            if given == "" or (given.startswith("--") and given.endswith("=")):
                raise typer.BadParameter(f"{given or before} has no value: it is empty".strip())
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an :class:`OmegaError` is printed as a block, Ctrl-C as a line, neither as a traceback."""
        try:
            return super().invoke(ctx)
        except OmegaError as error:
            report_error(error, as_json=ctx.meta[_AS_JSON])
            raise typer.Exit(exit_code(error)) from None
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] in _OURS:
                raise
            print(f"this command needs {error.name}; get it with: pip install 'omega-parity[parity]'", file=sys.stderr)
            raise typer.Exit(BROKEN_ENVIRONMENT) from None
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


@cache
def _registered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="omega.commands")}


@cache
def _load(entry: EntryPoint) -> Any:
    try:
        loaded = entry.load()
    except ImportError as error:
        print(f"the command {entry.name!r} ({entry.value}) cannot be loaded: {error}", file=sys.stderr)
        raise typer.Exit(BROKEN_ENVIRONMENT) from None
    if isinstance(loaded, typer.Typer):
        return typer.main.get_command(loaded)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(entry.name)(loaded)
    return typer.main.get_command(single)


app = typer.Typer(
    cls=OmegaGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Omega: an FX backtester twice, in Python and in Rust, the same to the bit.",
    epilog="Exit codes: 0 fine, 1 the answer is no, 2 wrong use, 3 broken environment, 130 interrupted.",
)
app.add_typer(config_app, name="config")
app.add_typer(data_app, name="data")


@app.callback()
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """Take the options before a command."""
    if version:
        from omega import __version__

        print(f"omega {__version__}")
        raise typer.Exit


@app.command(epilog="Example: omega backtest strategy.yaml --data eurusd_m5.parquet --out run")
def backtest(
    config: Annotated[Path, typer.Argument(help="Configuration: YAML, JSON or TOML.")],
    data: Annotated[
        Path | None, typer.Option(help="Bars (Parquet, CSV, Arrow), instead of the configuration's.")
    ] = None,
    signals: Annotated[Path | None, typer.Option(help="Run these signals instead of the strategy.")] = None,
    detail: Annotated[
        Path | None, typer.Option(help="Bars of a finer timeframe (M1 under M5), which show what happened inside.")
    ] = None,
    backend: BackendOption = None,
    out: Annotated[Path | None, typer.Option(help="Save the result in this folder.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a backtest and print its summary."""
    from omega.run import run

    output = Output(as_json, quiet)
    with output.progress("bars") as on_progress:
        result = run(config, data, signals, detail=detail, backend=backend, on_progress=on_progress)
    saved = None if out is None else str(result.save(out))
    output.answer(_result_facts(result, saved), lambda: str(result) + (f"\nsaved to {saved}" if saved else ""))


app.command(epilog="Example: omega lookahead strategy.yaml --data eurusd_m5.parquet")(lookahead)
app.command(epilog="Example: omega warm-up strategy.yaml --data eurusd_m5.parquet")(warm_up)


def _result_facts(result: Result, saved: str | None) -> dict[str, object]:
    return {
        "symbol": result.symbol,
        "timeframe": result.timeframe,
        "variant": result.config.variant,
        "bars": len(result.state_chain),
        "backend": result.backend,
        "crossings": result.crossings,
        "fallbacks": result.fallbacks,
        "divergences": result.divergences,
        "metrics": result.metrics,
        "events": result.events.num_rows,
        "open_positions": result.positions.num_rows,
        "data_hash": result.data_hash,
        "detail": result.detail,
        "last_state_hash": result.last_state_hash,
        "flags": [*result.flags],
        "versions": result.versions,
        "saved": saved,
    }


@app.command(epilog="Example: OMEGA_USE_RUST_EXECUTION=false omega flags")
def flags(backend: BackendOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Show every feature flag: value, where it comes from, which side serves, and why."""
    from omega.flags.values import ORIGINS
    from omega.serve.planning import plan_run

    plan = plan_run(backend=backend)
    Output(as_json, quiet).answer({"flags": [*plan], "precedence": ORIGINS}, lambda: _flag_table(plan))


def _flag_table(plan: Plan) -> RenderableType:
    from rich.console import Group

    from omega.flags.values import ORIGINS

    # Reasons repeat and are long: they stand below the table, so that it fits a narrow terminal.
    notes = {why: number for number, why in enumerate(dict.fromkeys(choice.why for choice in plan), start=1)}
    shown = table("flag", "value", "origin", "backend", "why")
    lines = []
    for choice in plan:
        note = f"[{notes[choice.why]}]"
        shown.add_row(choice.flag, choice.value, choice.origin, choice.backend, note)
        lines += [choice.flag, f"  {choice.value} ({choice.origin}): {choice.backend} {note}"]
    # Where a column would be cut off, two lines say the same.
    screen = console()
    is_wide = screen.measure(shown, options=screen.options.update(width=_ANY_WIDTH)).maximum <= screen.width
    ranks = f"strongest origin first: {', '.join(ORIGINS)}"
    return Group(*([shown] if is_wide else lines), ranks, *(f"[{number}] {why}" for why, number in notes.items()))


@app.command(epilog="Example: omega sample --n 100000 --seed 1 --out eurusd_m5.parquet")
def sample(
    n: Annotated[int, typer.Option(help="Number of bars.")] = 30_000,
    seed: Annotated[int, typer.Option(help="Seed of the generator.")] = 7,
    out: Annotated[Path | None, typer.Option(help="Write them here: .parquet, .arrow or .csv.")] = None,
    backend: BackendOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make the built-in sample, a five-minute EURUSD, the same to the bit on every machine."""
    from omega.data.writing import write_table
    from omega.reading import sample_bars

    bars = sample_bars(n, seed, backend)
    written = None if out is None else str(write_table(bars.table, out))
    facts = {**bar_facts(bars), "written": written}
    Output(as_json, quiet).answer(facts, lambda: fact_table(facts))


@app.command(epilog="Example: omega indicators --json")
def indicators(as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """List the indicators: parameters with defaults, outputs, first row with a value, formula, source."""
    from omega.streaming import indicators as listed

    found = listed()
    Output(as_json, quiet).answer(found, lambda: "\n".join(map(str, found)))


@app.command(epilog="Example: omega doctor --json")
def doctor(as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Look at the installation: exit 0 when everything works, 3 when something is broken."""
    from omega.doctor import examine

    checks = examine()
    healthy = all(item.is_healthy for item in checks)
    Output(as_json, quiet).answer({"healthy": healthy, "checks": checks}, lambda: _check_table(checks))
    if not healthy:
        raise typer.Exit(BROKEN_ENVIRONMENT)


def _check_table(checks: list[Check]) -> Table:
    shown = table("", "check", "found")
    for item in checks:
        shown.add_row("ok" if item.is_healthy else "BROKEN", item.name, item.found)
    return shown
