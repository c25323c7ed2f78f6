"""An object with state, on both sides in step, or in Rust with a way back (F-2, F-5).

It remembers what it was given since the last snapshot: from it the reference is built again where Rust fails, and a
case is made of it where the sides differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol

import pyarrow as pa

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison, compare_mappings, merge
from omega.compare.outcome import Failure
from omega.flags.plan import Serving, Sides
from omega.serve.case_files import call_files
from omega.serve.control import (
    Facts,
    Files,
    attempted,
    component_of,
    is_alike,
    is_failure,
    note_divergence,
    note_failure,
)
from omega.serve.counters import Served, count

Call = tuple[str, tuple[object, ...]]


class Journal(Protocol):
    """Calls in their order."""

    def append(self, call: Call, /) -> None: ...  # noqa: D102
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Call]: ...


_SNAPSHOT_AFTER: Final = 8_192
"""Calls: what is remembered since the last snapshot stays small however long a live loop runs."""


class Watch:
    """An object with state, on both sides in step, or in Rust with a way back.

    Parameters
    ----------
    serving : Serving
    component : str
    make : callable
        Builds it for the sides given.
    made_of : sequence
        What the component's factory takes, for the cases.
    state : callable
        What is compared after a call that changes it, besides its answer.
    has_snapshot : bool
        Whether it can be resumed from a snapshot (R-1).
    first : sequence
        Calls that make it of what the factory gives, for the cases.
    journal : callable
        Makes what the calls are remembered in.
    """

    def __init__(
        self,
        serving: Serving,
        component: str,
        make: Callable[[Sides], Any],
        made_of: Sequence[object],
        *,
        state: Callable[[Any], Mapping[str, Any]] = lambda _: {},
        has_snapshot: bool = False,
        first: Sequence[Call] = (),
        journal: Callable[[], Journal] = list,
    ) -> None:
        self._serving = serving
        self._component = component
        self._make = make
        self._made_of = made_of
        self._state = state
        self._has_snapshot = has_snapshot
        self._first = first
        self._start: Mapping[str, pa.Table] | None = None
        self._new_journal = journal
        self._journal = journal()
        self._reference: Any = None
        self._candidate: Any = None
        self._build()

    @property
    def sides(self) -> Sides:
        """Which sides serve now."""
        serving = self._serving
        is_candidate = serving.mode == "alone" or (self._candidate is not None and serving.mode != "shadow")
        return serving.candidate if is_candidate else serving.reference

    def call(self, name: str, *arguments: object) -> Any:
        """Make a call that may change it, and remember it."""
        if self._candidate is None or self._serving.mode != "guarded":
            return self._made(name, arguments, lambda one: getattr(one, name)(*arguments), changes=True)
        # What a live loop does with every bar: no more frames than it needs.
        try:
            answer = getattr(self._candidate, name)(*arguments)
        except BaseException as error:
            return self._recovered(error, (name, arguments), lambda one: getattr(one, name)(*arguments))
        self._remember((name, arguments))
        return answer

    def ask(self, name: str, *arguments: object) -> Any:
        """Make a call that changes nothing."""
        return self._made(name, arguments, lambda one: getattr(one, name)(*arguments), changes=False)

    def read(self, name: str) -> Any:
        """Read a property."""
        return self._made(name, (), lambda one: getattr(one, name), changes=False)

    def restore(self, parts: Mapping[str, pa.Table]) -> None:
        """Take a snapshot; what was before it is gone."""
        self.call("restore", parts)
        self._start, self._journal = parts, self._new_journal()

    def _build(self) -> None:
        serving = self._serving
        if serving.mode == "alone":
            self._reference = self._make(serving.served)
            return
        if serving.mode != "guarded":
            self._reference = self._make(serving.reference)
        first = attempted(lambda: self._make(serving.candidate))
        if first.error is None:
            self._candidate = first.value
            return
        if serving.mode == "guarded":
            if not is_failure(first.error):
                raise first.error
            second = attempted(lambda: self._make(serving.reference))
            if is_alike(first.error, second.error):
                raise first.error
            self._reference = second.result()
            self._note_failure(first.error, ())
            return
        comparison = compare_results(self._reference, first.outcome)
        self._note_divergence(comparison, [])

    def _made(
        self, name: str, arguments: tuple[object, ...], make: Callable[[Any], Any], *, changes: bool
    ) -> Any:  # as the method that was called says
        if self._candidate is None:
            return make(self._reference)
        if self._serving.mode != "guarded":
            return self._both((name, arguments), make, changes=changes)
        try:
            return make(self._candidate)
        except BaseException as error:
            return self._recovered(error, (name, arguments), make)

    def _recovered(self, error: BaseException, call: Call, make: Callable[[Any], Any]) -> Any:
        """Let the reference, built again, do what Rust failed at; an error that is no failure is the caller's."""
        if not is_failure(error):
            raise error
        reference = self._rebuilt()
        second = attempted(lambda: make(reference))
        if is_alike(error, second.error):
            raise error
        self._reference, self._candidate = reference, None
        self._note_failure(error, (call,))
        return second.result()

    def _both(self, call: Call, make: Callable[[Any], Any], *, changes: bool) -> Any:
        first, second = (attempted(partial(make, one)) for one in (self._reference, self._candidate))
        comparison = compare_results(first.outcome, second.outcome)
        if changes:
            states = [attempted(partial(self._state, one)).outcome for one in (self._reference, self._candidate)]
            comparison = merge((comparison, _compare_states(*states)))
        if comparison.differences:
            self._note_divergence(comparison, [call])
            return first.result()
        count(self._component, Served(calls=1, compared=1))
        if changes and first.error is None:
            self._remember(call)
        return (second if self._serving.mode == "verify" else first).result()

    def _remember(self, call: Call) -> None:
        self._journal.append(call)
        if self._has_snapshot and len(self._journal) >= _SNAPSHOT_AFTER:
            # Of the side that answered so far; should it fail, what came before is still there.
            source = self._candidate if self._reference is None else self._reference
            taken = attempted(source.snapshot)
            if taken.error is None:
                self._start, self._journal = taken.value, self._new_journal()

    def _rebuilt(self) -> Any:
        """Build the reference as Rust was before the call that failed."""
        reference = self._make(self._serving.reference)
        if self._start is not None:
            reference.restore(self._start)
        for name, arguments in self._journal:
            getattr(reference, name)(*arguments)
        return reference

    def _calls(self, last: Sequence[Call]) -> list[Call]:
        start: list[Call] = [] if self._start is None else [("restore", (self._start,))]
        return [*self._first, *start, *self._journal, *last]

    def _files(self, last: Sequence[Call], facts: Facts) -> Files:
        return call_files(self._component, self._made_of, self._calls(last), facts)

    def _note_failure(self, error: BaseException, last: Sequence[Call]) -> None:
        component = component_of(error, self._component)
        count(component, Served(fallbacks=1))
        note_failure(component, error, self._bars(), partial(self._files, last))
        self._journal = self._new_journal()

    def _note_divergence(self, comparison: Comparison, last: Sequence[Call]) -> None:
        count(self._component, Served(calls=1, compared=1, divergences=1))
        where = f"after {len(self._journal):,} calls" if self._start is None else "after a snapshot"
        is_alarm = self._serving.mode == "verify"
        note_divergence(self._component, comparison, where, partial(self._files, last), is_alarm=is_alarm)
        self._candidate, self._journal = None, self._new_journal()

    def _bars(self) -> int | None:
        """How many bars or ticks the calls that are remembered have, if those before are none."""
        if self._start is not None:
            return None
        steps = ("evaluate_exits", "evaluate_bar", "evaluate_ticks", "evaluate_tick", "push")
        given = [arguments[0] for name, arguments in self._journal if name in steps]
        return sum(one.num_rows if isinstance(one, pa.Table) else 1 for one in given)


def _compare_states(reference: Any, candidate: Any) -> Comparison:
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return compare_results(reference, candidate)
    return compare_mappings("state", reference, candidate)
