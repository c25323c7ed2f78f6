"""One divergence as one self-contained page: no script, no external file, light and dark, usable by keyboard."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from markupsafe import Markup, escape

from omega.compare.outcome import ABSENT, Value
from omega.compare.structures import identical
from omega.compare.values import hex_text
from omega_parity.drive.fields import value_text
from omega_parity.judge.divergence import Divergence
from omega_parity.report.chart import chart
from omega_parity.report.pages import rendered
from omega_parity.report.scene import Scene, State, scene_of

__all__ = ["draw", "scene_of"]

_DIGITS: Final = frozenset("-0123456789")
_CONTEXT: Final = ("cash", "equity", "state hash")
_POSITION: Final = ("status", "entry_price", "stop_loss", "take_profit", "size")
"""Fields shown of a position even where they are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value of both sides, with what differs marked; one cell where they are equal."""

    label: str
    cells: tuple[Markup, ...]
    ulps: int | None = None


def draw(divergence: Divergence, scene: Scene | None, replay: str) -> str:
    """Render the page of one divergence; ``replay`` is the command for both sides."""
    orders = [] if scene is None else _differing_orders(scene)
    return rendered(
        "divergence.html",
        divergence=divergence,
        fields=[
            Line(label=one.field, cells=_pair(one.field, one.reference, one.candidate), ulps=one.ulps)
            for one in divergence.fields
        ],
        scene=scene,
        picture="" if scene is None else Markup(chart(scene, divergence.labels)),
        states={} if scene is None else _states(scene, orders),
        replay=replay,
    )


def _states(scene: Scene, orders: Iterable[int]) -> dict[str, list[Line]]:
    """Lay both sides' states out, before the bar and after it; nothing where there was no bar."""
    equal = "equal on both sides" if scene.before[0] == scene.before[1] else "NOT equal"
    return {
        f"before the bar: {equal}": list(_state_lines(scene.before, orders)),
        "after the bar": list(_state_lines(scene.after, orders)),
    }


def _pair(name: str, reference: Value, candidate: Value) -> tuple[Markup, Markup]:
    """Both values, decimal over hexadecimal, with what differs marked."""
    shown = _marked(value_text(name, reference), value_text(name, candidate))
    exact = _marked(hex_text(reference), hex_text(candidate))
    first, second = (
        Markup("{}<br>{}").format(*both) if both[1] else both[0] for both in zip(shown, exact, strict=True)
    )
    return first, second


def _marked(left: str, right: str) -> tuple[Markup, Markup]:
    """Mark the digits in which two numbers or times differ, place by place; other texts are left alone."""
    if left == right or not {left[:1], right[:1]} <= _DIGITS:
        return escape(left), escape(right)
    width = max(len(text.partition(".")[0]) for text in (left, right))
    offsets = [width - len(text.partition(".")[0]) for text in (left, right)]
    placed = [dict(enumerate(text, offset)) for text, offset in zip((left, right), offsets, strict=True)]
    differing = {place for place in {*placed[0], *placed[1]} if placed[0].get(place) != placed[1].get(place)}
    first, second = (_with_marks(side, differing) for side in placed)
    return first, second


def _with_marks(letters: Mapping[int, str], differing: Container[int]) -> Markup:
    runs = groupby(letters.items(), lambda item: item[0] in differing)
    texts = ((is_marked, "".join(letter for _, letter in items)) for is_marked, items in runs)
    return Markup().join(Markup("<mark>{}</mark>").format(text) if is_marked else text for is_marked, text in texts)


def _differing_orders(scene: Scene) -> list[int]:
    """Orders of the picture, and those whose state differs after the bar."""
    states = [{} if state is None else state.positions for state in scene.after]
    differing = {
        number for number in {*states[0], *states[1]} if not identical(states[0].get(number), states[1].get(number))
    }
    return sorted({*scene.shown, *differing})


def _state_lines(states: tuple[State | None, State | None], orders: Iterable[int]) -> Iterator[Line]:
    if states[0] is None and states[1] is None:
        return
    for name in _CONTEXT:
        pair = (ABSENT if state is None else state.account.get(name, ABSENT) for state in states)
        yield _state_line(name, name, *pair)
    for number in orders:
        sides = [{} if state is None else state.positions.get(number, {}) for state in states]
        if not any(sides):
            continue
        for name in dict.fromkeys([*_POSITION, *sides[0], *sides[1]]):
            values = [side.get(name, ABSENT) for side in sides]
            if name in _POSITION or not identical(values[0], values[1]):
                yield _state_line(f"order {number}, {name}", name, *values)


def _state_line(label: str, name: str, reference: Value, candidate: Value) -> Line:
    cells = _pair(name, reference, candidate)
    return Line(label=label, cells=cells[:1] if identical(reference, candidate) else cells)
