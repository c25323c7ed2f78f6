"""What the commands print: text for people on a terminal, one JSON document for programs, errors as one block."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from omega.contract.errors import OmegaError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; the exit code is the answer.")]
BackendOption = Annotated[
    str | None, typer.Option(help="Run everything on one side: python or rust. Otherwise the flags decide.")
]

ANSWER_IS_NO: Final = 1
WRONG_USE: Final = 2
BROKEN_ENVIRONMENT: Final = 3
INTERRUPTED: Final = 130

_BAR_DELAY_SECONDS: Final = 0.7
"""A progress bar for what is over sooner would only flicker."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a command answers."""

    as_json: bool
    is_quiet: bool

    def answer(self, data: object, text: Callable[[], RenderableType]) -> None:
        """Print ``data`` as JSON, or what ``text`` makes of it."""
        if self.is_quiet:
            return
        if self.as_json:
            print_json(data)
            return
        shown = text()
        if isinstance(shown, str):
            print(shown)
        else:
            console().print(shown)

    @contextmanager
    def progress(self, label: str) -> Iterator[Callable[[int, int], None] | None]:
        """Give an ``on_progress`` that shows a bar on a terminal once the work takes its time, else None."""
        if self.is_quiet or self.as_json or not sys.stderr.isatty():
            yield None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        progress = Progress(*columns, console=console(stderr=True), transient=True)
        task = progress.add_task(label, total=None)
        begun = time.monotonic()

        def on_progress(done: int, total: int) -> None:
            if not progress.live.is_started and time.monotonic() - begun > _BAR_DELAY_SECONDS:
                progress.start()
            progress.update(task, completed=done, total=total)

        try:
            yield on_progress
        finally:
            progress.stop()


def console(*, stderr: bool = False, markup: bool = False) -> Console:
    """Make a console on the stream as it is now; ``markup`` lets texts say what is bold."""
    from rich.console import Console

    # Rich leaves out colours only; NO_COLOR means that no style at all is written.
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(stderr=stderr, color_system=colours, markup=markup, highlight=False, soft_wrap=False)


def print_json(data: object) -> None:
    """Print one JSON document."""
    print(json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: object) -> object:
    """Reduce ``value`` to what strict JSON can say; NaN and infinities become text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return str(value)


def exit_code(error: OmegaError) -> int:
    """Say whose fault an error is: the environment's (3) or the caller's (2)."""
    return BROKEN_ENVIRONMENT if error.is_environment else WRONG_USE


def report_error(
    error: OmegaError, *, as_json: bool, more: Mapping[str, object] | None = None, lines: Sequence[str] = ()
) -> None:
    """Print an error as one block on stderr, or as JSON on stdout; the one layout of every command.

    Parameters
    ----------
    more : mapping, optional
        What stands beside the error in the JSON document.
    lines : sequence of str
        What follows the block in the text.
    """
    if as_json:
        answer = {"error": error_data(error), **(more or {})}
        print(json.dumps(plain(answer), indent=2, ensure_ascii=False, allow_nan=False))
        return
    print(error_block(error), file=sys.stderr)
    for line in lines:
        print(line, file=sys.stderr)


def error_data(error: OmegaError) -> dict[str, object]:
    """Lay an error out for a program."""
    document = {"code": int(error.code), "name": error.code.name, "message": error.message}
    details = {name: getattr(error, name) for name in ("rule", "column", "row", "value", "recoverable")}
    return {**document, **details, "next": error.next_step}


def error_block(error: OmegaError) -> str:
    """Lay an error out for a person."""
    lines = [f"error {int(error.code)} {error.code.name}", f"  {error.message}"]
    lines += [f"  {name:<6} {field}" for name, field in error.shown.items()]
    lines += [] if error.next_step is None else [f"  next   {error.next_step}"]
    return "\n".join(lines)
