"""Golden cases as their files say: small runs a person can check, and long ones.

A case is a folder ``<component>/<case>`` with inputs, an expectation and its provenance; ``golden/README.md`` has the
format. What is expected comes from a hand calculation or from the reference, never from the candidate.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn

import pyarrow as pa

import omega
from omega.config import load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import DetailBars
from omega.contract.types import EngineConfig
from omega.data.documents import read_document
from omega.data.files import read_bytes
from omega.data.signals import signal_table
from omega.data.writing import is_staged
from omega.settings.resolve import resolve_ticks
from omega_parity.generate.cases import Case, Floors
from omega_parity.golden.files import (
    record_files,
)

GOLDEN_FOLDER: Final = Path(__file__).parents[3] / "golden"
"""Beside a checkout's packages; an installed package has no golden cases."""

REGRESSIONS: Final = "regressions"
"""What the harness found lies there in a form of its own, and the gate of generated runs replays it."""

CASE_FILE: Final = "case.toml"

_BARS: Final = "bars.csv"

_TICKS: Final = "ticks.csv"

_DETAIL: Final = "detail.csv"

_DETAIL_TIMEFRAME: Final = "M1"
"""Of the detail bars of a case; there need not be one in each minute."""

_SIGNALS: Final = "signals.csv"

_LONG_SIGNALS: Final = "signals.parquet"

_TOP_FILES: Final = frozenset({"README.md", ".gitattributes", "recorded.json"})

_REQUIRED: Final = {"title": str, "why": str, "rules": list, "produces": list, "config": dict}

_OPTIONAL: Final = {"calculation": str, "values": dict, "events": list, "final": dict, "sample": dict}

_NUMBERS: Final = (
    *("price", "size", "stop_loss", "take_profit", "fraction"),
    *("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset"),
)

_MINUTE: Final = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenCase:
    """A case as its files say.

    Attributes
    ----------
    name : str
        ``<component>/<case>``.
    rules : tuple of str
        Rules of the contract it is about.
    produces : tuple of str
        Event kinds its run must produce, ``closed:timeout`` with a reason.
    signals : pyarrow.Table or None
        None runs the configuration's strategy.
    inputs : tuple of str
        File names.
    """

    name: str
    folder: Path
    document: Mapping[str, Any]
    rules: tuple[str, ...]
    produces: tuple[str, ...]
    bars: pa.Table
    signals: pa.Table | None
    config: EngineConfig
    data_hash: str
    inputs: tuple[str, ...]
    detail: DetailBars | None = None

    @property
    def detail_times(self) -> list[tuple[int, int]]:
        """Times and ends of the detail bars, µs."""
        if self.detail is None:
            return []
        assert isinstance(self.detail.bars, pa.Table)
        times: list[int] = self.detail.bars.column("timestamp").cast(pa.int64()).to_numpy().tolist()
        return [(time, time + self.detail.timeframe) for time in times]

    @property
    def is_long(self) -> bool:
        """Whether it runs on the built-in sample and keeps its whole chain."""
        return "sample" in self.document

    @property
    def bar_length(self) -> int:
        """How long after its time a bar's end is known, µs: not at all where it is a tick (Q-E17)."""
        return 0 if _TICKS in self.inputs else self.config.timeframe

    @property
    def is_by_hand(self) -> bool:
        """Whether ``case.toml`` has the events as a hand calculation."""
        return "events" in self.document

    def as_case(self) -> Case:
        """Return its inputs as both sides are given them."""
        return Case(
            name=self.name,
            bars=self.bars,
            signals=self.signals,
            config=self.config,
            data_hash=self.data_hash,
            floors=Floors(),
            detail=self.detail,
        )

    def files(self, stem: str) -> tuple[str, ...]:
        """Name the files of the ``expected`` or ``observed`` record."""
        return record_files(stem, is_long=self.is_long)


def case_folders(folder: Path = GOLDEN_FOLDER) -> tuple[list[Path], list[str]]:
    """List the folders of cases, and what lies in ``folder`` without belonging to one."""
    if not folder.is_dir():
        return [], [f"no folder of golden cases: {folder.name}"]
    cases: list[Path] = []
    strays: list[str] = []
    for entry in sorted(folder.iterdir()):
        if entry.name == REGRESSIONS:
            continue
        if entry.is_dir():
            inner = sorted(entry.iterdir())
            cases += [path for path in inner if path.is_dir()]
            strays += [f"unknown file {entry.name}/{path.name}" for path in inner if not path.is_dir()]
        elif entry.name not in _TOP_FILES and not is_staged(entry.name):
            strays.append(f"unknown file {entry.name}")
    return cases, strays


def case_name(folder: Path) -> str:
    """Name the case in a folder."""
    return f"{folder.parent.name}/{folder.name}"


def case_rules(folder: Path) -> tuple[str, ...]:
    """Name the rules a case is about; none if its ``case.toml`` is unusable, which :func:`check_case` then says."""
    try:
        return tuple(_read_case_document(folder)["rules"])
    except OmegaError:
        return ()


@lru_cache(maxsize=4)
def _sample(n: int, seed: int) -> omega.Bars:
    """Make the sample that several cases are about."""
    return omega.sample_bars(n, seed, backend="python")


def load_case(folder: Path) -> GoldenCase:
    """Read the inputs of a case.

    Raises
    ------
    OmegaError
        INVALID_FORMAT for a ``case.toml`` with missing, unknown or empty keys; as :func:`omega.read_bars`,
        :func:`omega.config.load_config` and the reading of signals.
    """
    document = _read_case_document(folder)
    keys = document["config"]
    is_long = "sample" in document
    if is_long:
        bars = _sample(document["sample"]["n"], document["sample"]["seed"])
        path = folder / _LONG_SIGNALS
        signals = None if "strategy" in keys else signal_table(path)
        inputs: tuple[str, ...] = (CASE_FILE,) if signals is None else (CASE_FILE, _LONG_SIGNALS)
    elif (folder / _TICKS).is_file():
        return _load_ticks(folder, document)
    else:
        bars = omega.read_bars(
            folder / _BARS, symbol=keys.get("symbol"), timeframe=keys.get("timeframe"), backend="python"
        )
        signals = None if "strategy" in keys else _read_signals(folder / _SIGNALS)
        inputs = (CASE_FILE, _BARS) if signals is None else (CASE_FILE, _BARS, _SIGNALS)
    detail = None
    if (folder / _DETAIL).is_file():
        finer = omega.read_bars(
            folder / _DETAIL, symbol=keys.get("symbol"), timeframe=_DETAIL_TIMEFRAME, backend="python"
        )
        detail, inputs = DetailBars(bars=finer.table, timeframe=finer.timeframe), (*inputs, _DETAIL)
    return GoldenCase(
        name=case_name(folder),
        folder=folder,
        document=document,
        rules=tuple(document["rules"]),
        produces=tuple(document["produces"]),
        bars=bars.table,
        signals=signals,
        config=resolve(load_config(keys), symbol=bars.symbol, timeframe=bars.timeframe),
        data_hash=bars.content_hash,
        inputs=inputs,
        detail=detail,
    )


def _load_ticks(folder: Path, document: Mapping[str, Any]) -> GoldenCase:
    """Read a case over ticks, which stand in the place of its bars."""
    settings = load_config(document["config"])
    ticks = omega.read_ticks(folder / _TICKS, symbol=settings.symbol, backend="python")
    return GoldenCase(
        name=case_name(folder),
        folder=folder,
        document=document,
        rules=tuple(document["rules"]),
        produces=tuple(document["produces"]),
        bars=ticks.table,
        signals=_read_signals(folder / _SIGNALS),
        config=resolve_ticks(settings),
        data_hash=ticks.content_hash,
        inputs=(CASE_FILE, _TICKS, _SIGNALS),
    )


def golden_cases(*, with_long: bool = False, every: int = 1) -> Iterator[Case]:
    """Yield the inputs of the small golden cases over bars alone, or of the long ones too; of these every so manyth."""
    for folder in case_folders(GOLDEN_FOLDER)[0][::every]:
        golden = load_case(folder)
        if golden.bar_length and golden.detail is None and (with_long or not golden.is_long):
            yield golden.as_case()


def _read_case_document(folder: Path) -> dict[str, Any]:
    document = read_document(folder / CASE_FILE)
    if not isinstance(document, dict):
        _refuse(folder, "not a table")
    known = {**_REQUIRED, **_OPTIONAL}
    for key, value in document.items():
        if key not in known:
            _refuse(folder, f"unknown key {key!r}; known are {', '.join(known)}")
        if not isinstance(value, known[key]):
            _refuse(folder, f"{key} has the wrong type")
    for key in _REQUIRED:
        if not document.get(key):
            _refuse(folder, f"{key} is missing or empty")
    if "sample" not in document and not document.get("calculation", "").strip():
        _refuse(folder, "calculation is missing or empty: a small case shows how its numbers come about")
    return document


def _read_signals(path: Path) -> pa.Table:
    """Read signals of a CSV; empty cells are null, ``max_holding_minutes`` stands for ``max_holding``."""
    reader = csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8")))
    return signal_table([_signal(row) for row in reader])


def _signal(cells: Mapping[str, str]) -> dict[str, object]:
    row: dict[str, object] = {name: text for name, text in cells.items() if text}
    for name, text in cells.items():
        if text and name in _NUMBERS:
            row[name] = float(text)
    if "magic_number" in row:
        row["magic_number"] = int(cells["magic_number"])
    if "max_holding_minutes" in row:
        row["max_holding"] = int(cells["max_holding_minutes"]) * _MINUTE
        del row["max_holding_minutes"]
    return row


def chosen_folders(folder: Path, names: Iterable[str]) -> list[Path]:
    """List the folders of the named cases, all if none is named.

    Raises
    ------
    OmegaError
        NOT_FOUND for a name that is no case.
    """
    found = {case_name(path): path for path in case_folders(folder)[0]}
    for name in names:
        if name not in found:
            nearest = difflib.get_close_matches(name, found, n=3, cutoff=0.3)
            hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
            raise omega_error(ErrorCode.NOT_FOUND, f"no golden case {name!r}{hint}", value=name)
    return [found[name] for name in names] or list(found.values())


def _refuse(folder: Path, message: str) -> NoReturn:
    raise omega_error(
        ErrorCode.INVALID_FORMAT, f"{case_name(folder)}/{CASE_FILE}: {message}", rule="golden", column=CASE_FILE
    )
