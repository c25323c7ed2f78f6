"""Which option makes two saved runs part: the keys in which they differ, bisected by running what lies between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import omega
from omega.boundary.guard import guarded
from omega.compare.compare import compare_outputs
from omega.config import override_flags
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data.ticks import NAME as TICK_NAME
from omega.run import run, run_ticks
from omega.serve.approvals import trial
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.explain import explain
from omega_parity.judge.saved import as_output

_COMPONENTS: Final = "components"
"""Where a run's flags stand among its options: by component, the side that served it."""

Options = dict[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What both runs ran over, where their configurations do not name it; bars are ticks of a run over ticks."""

    bars: Path | None = None
    signals: Path | None = None
    detail: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisected:
    """What was found.

    Attributes
    ----------
    differing : tuple of str
        The options that differ, in the order in which they were taken over from B.
    culprits : tuple of str
        The option with which the run first parts; several where no run between them is possible, none where A and B
        run alike here.
    values : dict
        Of each culprit, A's and B's value.
    divergence : Divergence or None
        Where the run with the culprit parts from the one without it.
    is_reproduced : tuple of bool
        Whether A and B, run here, are what was saved.
    runs : int
    """

    differing: tuple[str, ...]
    culprits: tuple[str, ...]
    values: dict[str, tuple[Any, Any]]
    divergence: Divergence | None
    is_reproduced: tuple[bool, bool]
    runs: int

    @property
    def lines(self) -> list[str]:
        """The answer for a person."""
        names = ("A", "B")
        found = [
            f"{name}, run here, is not what was saved: data, versions or sources are others (omega diff says which)"
            for name, is_same in zip(names, self.is_reproduced, strict=True)
            if not is_same
        ]
        found += [f"{name}: {a!r} in A, {b!r} in B" for name, (a, b) in self.values.items()]
        found += [] if self.divergence is None else self.divergence.text().splitlines()
        tried = f"{len(self.differing)} options differ, {self.runs} runs"
        if not self.culprits:
            return [*found, f"no option: A and B run alike here; {tried}"]
        return [*found, f"first parts with {' and '.join(self.culprits)}; {tried}"]

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "answer": "different" if self.culprits else "identical",
            "differing": list(self.differing),
            "culprits": {name: {"a": a, "b": b} for name, (a, b) in self.values.items()},
            "reproduced": dict(zip("ab", self.is_reproduced, strict=True)),
            "runs": self.runs,
            "divergence": None if self.divergence is None else self.divergence.as_data(),
        }


@guarded("path")
def bisect_saved(a: Path, b: Path, inputs: Inputs) -> Bisected:
    """Find the option of B with which A's run first becomes another one.

    The options that differ are taken over from B one after the other; how many are taken over is bisected, so that of
    n options about log2(n) runs are made. What is found is exact: without the option the run is A's, with it it is not.

    Raises
    ------
    OmegaError
        1001 for a run over several symbols (M-4); as :func:`omega.load_result` and :func:`omega.run_backtest` for A and
        B themselves; a run between them that is
        refused is passed over.
    """
    saved = (omega.load_result(a), omega.load_result(b))
    for one in saved:
        if len(one.symbols) > 1:
            message = "a run over several symbols keeps no bars to be run again over; omega diff shows where two part"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="F-9", column="symbol", value=one.symbol)
    first, last = (_options(one, inputs) for one in saved)
    keys = differing(first, last)
    made: dict[int, omega.Result] = {}

    def run_with(count: int) -> omega.Result:
        if count not in made:
            made[count] = _run(mixed(first, last, keys[:count]), inputs, is_ticks=saved[0].timeframe == TICK_NAME)
        return made[count]

    def parts(count: int) -> bool | None:
        try:
            return not _is_same(run_with(0), run_with(count))
        except OmegaError:
            return None

    ends = (run_with(0), run_with(len(keys)))
    span = None if _is_same(*ends) else narrowed(len(keys), parts)
    culprits = () if span is None else keys[span[0] : span[1]]
    return Bisected(
        differing=tuple(map(".".join, keys)),
        culprits=tuple(map(".".join, culprits)),
        values={".".join(key): (_at(first, key), _at(last, key)) for key in culprits},
        divergence=None if span is None else _divergence(run_with(span[0]), run_with(span[1])),
        is_reproduced=(_is_same(saved[0], ends[0]), _is_same(saved[1], ends[1])),
        runs=len(made),
    )


def narrowed(count: int, parts: Callable[[int], bool | None]) -> tuple[int, int]:
    """Return the last number that does not part and the next that does, of 0, which does not, to ``count``, which does.

    Numbers for which ``parts`` has no answer are passed over; they may lie between the two.
    """
    low, high = 0, count
    unanswered: set[int] = set()
    while left := [number for number in range(low + 1, high) if number not in unanswered]:
        middle = left[len(left) // 2]
        answer = parts(middle)
        if answer is None:
            unanswered.add(middle)
        elif answer:
            high = middle
        else:
            low = middle
    return low, high


def differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[Key, ...]:
    """Name the keys in which two documents differ, in the order of the first; what one lacks follows."""
    found: list[Key] = []
    for name in dict.fromkeys([*a, *b]):
        pair = (a.get(name, _ABSENT), b.get(name, _ABSENT))
        if isinstance(pair[0], Mapping) and isinstance(pair[1], Mapping):
            found += [(name, *key) for key in differing(*pair)]
        elif pair[0] is _ABSENT or pair[1] is _ABSENT or pair[0] != pair[1] or type(pair[0]) is not type(pair[1]):
            found.append((name,))
    return tuple(found)


def mixed(a: Options, b: Options, keys: Sequence[Key]) -> Options:
    """Return ``a`` with these keys as ``b`` has them."""
    made = deepcopy(a)
    for key in keys:
        inside = made
        for name in key[:-1]:
            inside = inside[name]
        value = _at(b, key)
        if value is _ABSENT:
            inside.pop(key[-1])
        else:
            inside[key[-1]] = deepcopy(value)
    return made


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT: Final = _Absent()


def _at(options: Mapping[str, Any], key: Key) -> Any:
    found: Any = options
    for name in key:
        found = found.get(name, _ABSENT)
    return found


def _options(result: omega.Result, inputs: Inputs) -> Options:
    """Return what may differ: the configuration, and which side served each component."""
    options = {**result.config.model_dump(mode="json"), _COMPONENTS: _sides(result)}
    if inputs.bars is not None:
        options.pop("data", None)
    return options


def _sides(result: omega.Result) -> dict[str, str]:
    return {choice.component: choice.backend for choice in result.flags}


def _run(options: Options, inputs: Inputs, *, is_ticks: bool) -> omega.Result:
    settings = {name: value for name, value in options.items() if name != _COMPONENTS}
    sides = {name: side == "rust" for name, side in options[_COMPONENTS].items()}
    # Whether Rust is approved is no matter here: what was run is to be run again.
    with trial(), override_flags(**sides):
        if is_ticks:
            return run_ticks(inputs.bars, inputs.signals, settings)
        return run(settings, inputs.bars, inputs.signals, detail=inputs.detail)


def _is_same(a: omega.Result, b: omega.Result) -> bool:
    return compare_outputs(as_output(a), as_output(b)).is_identical


def _divergence(without: omega.Result, with_it: omega.Result) -> Divergence | None:
    outputs = (as_output(without), as_output(with_it))
    return explain("run", None, *outputs, compare_outputs(*outputs), labels=("without", "with"))
