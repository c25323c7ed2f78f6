"""Documents from the templates beside this file (Jinja2): all that a page shows is escaped, but what is ``Markup``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from omega.compare.outcome import Value
from omega.compare.values import decimal_text, hex_text, time_text
from omega_parity.control.figures import figure_text
from omega_parity.drive.fields import event_text

_TEMPLATES: Final = Path(__file__).parent / "templates"


def rendered(template: str, **given: Any) -> str:
    """Fill a template; what it names and is not given is an error."""
    return _environment().get_template(template).render(**given)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        counted="{:,}".format,
        curve=_curve,
        decimal=decimal_text,
        event=event_text,
        exact=hex_text,
        figure=figure_text,
        in_a_cell=_in_a_cell,
        instant=lambda time: time_text(time)[:19].replace("T", " "),
        price=lambda value: "–" if value is None else f"{value:.8g}",
        quoted=_quoted,
        tallied=_tallied,
    )
    return made


def _in_a_cell(text: object) -> str:
    """Make of a text what a table of Markdown takes: one line, without its own signs."""
    marked = "".join(f"\\{letter}" if letter in "\\|`*_[]<>" else letter for letter in str(text))
    return " ".join(marked.split())


def _tallied(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}\N{NO-BREAK SPACE}{count:,}" for name, count in counts.items())


def _quoted(prices: Mapping[str, Value]) -> str:
    """Name the columns of a bar with their values."""
    return " · ".join(
        f"{name} {time_text(value) if name == 'timestamp' and isinstance(value, int) else decimal_text(value)}"
        for name, value in prices.items()
    )


def _curve(equity: tuple[float, ...]) -> Markup:
    """Draw the equity curve as a small picture."""
    if len(equity) < 2 or min(equity) == max(equity):
        return Markup()
    low, span = min(equity), max(equity) - min(equity)
    points = " ".join(
        f"{100 * place / (len(equity) - 1):.1f},{20 - 20 * (value - low) / span:.1f}"
        for place, value in enumerate(equity)
    )
    label = f"equity from {equity[0]:,.0f} to {equity[-1]:,.0f}"
    return Markup(
        '<svg class="curve" viewBox="0 -1 100 22" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>'
    ).format(label, points)
