"""GO or NO-GO for a wave: the evidence of this commit against the gates of its runbook (F-7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omega.contract.errors import ErrorCode, omega_error
from omega.data.writing import write_file
from omega.serve.approvals import KIND, latest_words, record_of, sources_here
from omega.serve.evidence import Record, Stamp, add, place
from omega_parity.control.waves import Component, Gate, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One gate of a component: what was measured, and why that does not do."""

    component: str
    gate: Gate
    value: object
    record: int | None
    against: str = ""

    def as_data(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "component": self.component,
            "evidence": self.gate.evidence,
            "figure": self.gate.figure,
            "threshold": self.gate.threshold,
            "value": self.value,
            "record": self.record,
            "against": self.against or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer for one wave.

    Attributes
    ----------
    needs : tuple of str
        What speaks against it in the waves that it needs.
    signed : tuple of str
        Who signed off on this commit.
    """

    wave: int
    now: Stamp
    gates: tuple[Judged, ...]
    needs: tuple[str, ...]
    signed: tuple[str, ...]

    @property
    def components(self) -> tuple[str, ...]:
        """Those of the wave."""
        return tuple(dict.fromkeys(one.component for one in self.gates))

    @property
    def commit(self) -> str:
        """What it is about."""
        return self.now.commit

    @property
    def against(self) -> tuple[str, ...]:
        """Every reason against it."""
        return (*(one.against for one in self.gates if one.against), *self.needs)

    @property
    def word(self) -> str:
        """GO or NO-GO."""
        return "NO-GO" if self.against else "GO"

    def as_data(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "wave": self.wave,
            "verdict": self.word,
            "commit": self.commit,
            "against": list(self.against),
            "gates": [one.as_data() for one in self.gates],
            "signed": list(self.signed),
        }


def decide(number: int, waves: dict[int, Wave], records: Sequence[Record], now: Stamp) -> Decision:
    """Judge the gates of a wave, and those of what its components need.

    Raises
    ------
    OmegaError
        1003 for a wave without a runbook.
    """
    if number not in waves:
        known = ", ".join(map(str, sorted(waves)))
        message = f"there is no runbook of wave {number}; there are {known}"
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="F-7", column="wave", value=number)
    wave = waves[number]
    gates = tuple(judged for one in wave.components for judged in _judged(one, records, now))
    return Decision(
        wave=number,
        now=now,
        gates=gates,
        needs=tuple(dict.fromkeys(_needs(wave, waves, records, now))),
        signed=tuple(_signed(number, records, now)),
    )


def as_data(decisions: Sequence[Decision]) -> dict[str, Any]:
    """JSON form of the answer for all of them: GO where each is."""
    is_go = all(one.word == "GO" for one in decisions)
    return {"verdict": "GO" if is_go else "NO-GO", "waves": [one.as_data() for one in decisions]}


def note(decision: Decision, path: Path | None = None) -> int | None:
    """Write the word down where `auto` looks for it (F-8), if it is another one than there; return the record.

    A NO-GO takes a GO over the same sources back; where there is none it changes nothing.
    """
    path = place() if path is None else path
    words = latest_words(path, sources_here())
    if all(words.get(name, "NO-GO") == decision.word for name in decision.components):
        return None
    return add(KIND, _record(decision), decision.now, path)


def carry_all(decisions: Iterable[Decision], path: Path) -> None:
    """Write the words into the package, for a wheel to carry; they hold for these sources only."""
    carried = [{**_record(one), "stamp": asdict(one.now)} for one in decisions]
    write_file(path, json.dumps(carried, indent=1, sort_keys=True) + "\n")


def _record(decision: Decision) -> dict[str, Any]:
    records = {one.record for one in decision.gates if one.record is not None}
    return record_of(decision.wave, decision.word, decision.components, sorted(records))


def _needs(wave: Wave, waves: dict[int, Wave], records: Sequence[Record], now: Stamp) -> Iterator[str]:
    own = {one.component for one in wave.components}
    for name in sorted({need for one in wave.components for need in one.prerequisites} - own):
        holders = [(other, one) for other in waves.values() for one in other.components if one.component == name]
        if not holders:
            yield f"{name}, which it needs, has no runbook"
        for other, one in holders:
            for judged in _judged(one, records, now):
                if judged.against:
                    yield f"wave {other.number}, which it needs: {judged.against}"
            yield from _needs(other, waves, records, now)


def _judged(component: Component, records: Sequence[Record], now: Stamp) -> Iterator[Judged]:
    for gate in component.gates:
        record, why = _latest(component.component, gate.evidence, records, now)
        value = None if record is None else record.content["figures"][component.component].get(gate.figure)
        about = f"{component.component}: {gate.evidence}.{gate.figure}"
        against = ""
        if record is None:
            against = f"{about}: {why}"
        elif value is None:
            against = f"{about}: not measured by record {record.number}"
        elif not gate.holds(value):
            against = f"{about} is {value}, must be {gate.threshold} (record {record.number})"
        yield Judged(
            component=component.component,
            gate=gate,
            value=value,
            record=None if record is None else record.number,
            against=against,
        )


def _latest(component: str, kind: str, records: Sequence[Record], now: Stamp) -> tuple[Record | None, str]:
    """Return the last evidence about a component, if it is of this commit, or why there is none that counts."""
    found = [record for record in records if record.kind == kind and component in record.content["figures"]]
    if not now.commit:
        return None, "no commit is known here, to which evidence could belong"
    if not now.is_clean:
        return None, f"the checkout is not what commit {now.commit[:12]} says: commit first"
    if not found:
        return None, "no evidence"
    last = found[-1]
    if last.stamp.commit != now.commit:
        return None, f"stale: the last evidence is of commit {last.stamp.commit[:12] or '(none)'}"
    if not last.stamp.is_clean:
        return None, "the last evidence is from a checkout with changes that are in no commit"
    if last.stamp.sources != now.sources or last.stamp.versions != now.versions:
        return None, "the last evidence is of other sources or versions than those installed here"
    return last, ""


def _signed(number: int, records: Sequence[Record], now: Stamp) -> Iterator[str]:
    for record in records:
        if record.kind == "sign_off" and record.stamp.commit == now.commit and record.content["wave"] == number:
            content = record.content
            on = ", ".join(map(str, content["records"]))
            yield f"{content['role']}: {content['name']}, {record.recorded_at}, on records {on}"
