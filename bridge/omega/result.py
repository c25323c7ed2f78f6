"""What a run yields, in memory and on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pydantic

from omega.boundary.arguments import path_of
from omega.boundary.guard import guarded, text_of
from omega.contract.schemas import CHAIN
from omega.contract.types import Metrics
from omega.data.explanations import decision_texts
from omega.data.labels import with_texts
from omega.data.ticks import NAME as TICK_NAME
from omega.flags.plan import Choice
from omega.saved import MANIFEST, damaged, read_saved, write_saved
from omega.serve.counters import Served
from omega.settings.model import Config
from omega.settings.strategies import StrategySection
from omega.summary import summary

_TABLES: Final = ("trades", "events", "equity", "positions")
_FEE_KINDS: Final = {"opened": "entry", "closed": "exit", "partially_closed": "exit", "swap": "swap"}
"""What is charged in the rows of these kinds."""
_AS_SAVED: Final = (
    *("symbol", "timeframe", "backend", "crossings", "fallbacks", "data_hash", "metrics", "versions"),
    *("fixed_value", "divergences"),
)
"""What a manifest has as it stands in the result."""


SYMBOLS: Final = ", "
"""Between the names of several."""


@dataclass(frozen=True, slots=True)
class DetailFacts:
    """What detail bars a run had (E-22).

    Attributes
    ----------
    timeframe, data_hash : str
    bars : int
        How many bars of the run have any; the others were walked as they are.
    """

    timeframe: str
    data_hash: str
    bars: int


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)  # arrays have no truth: `omega diff` compares
class Result:
    """A finished run.

    Attributes
    ----------
    trades : pyarrow.Table
        Closed positions in the order of closing, with the signals' ``scenario``, ``tags`` and ``metadata``; in a run of
        the strategy these say why it gave the signal (Q-A10b).
    events : pyarrow.Table
        The ordered log (T-8).
    equity : pyarrow.Table
        ``timestamp, known_at, cash, equity`` per bar, account currency (P-4).
    positions : pyarrow.Table
        What is pending or open at the end.
    metrics : dict of str to int, float or None
        P-5; units in the contract's table, None where there is nothing to divide by.
    state_chain : numpy.ndarray
        uint8 [bars, 16], read-only (H-1).
    backend : {"python", "rust"}
        Side that ran the engine loop.
    flags : tuple of Choice
        The plan: flag, value, origin, backend and why, per component.
    crossings : int
        Boundary crossings counted during the run (L-2); 0 when Rust had no part in it.
    fallbacks : dict of str to int
        Component → how often Rust failed and the reference went on (F-5).
    divergences : dict of str to int
        Component → how often both sides ran and differed (F-2); the reference was served.
    served : dict of str to Served
        What was counted and how long each side took, by component, where more than one side was ready to serve; not
        saved.
    config : Config
    data_hash : str
        Content hash of the bars that ran.
    symbol, timeframe : str
    versions : dict of str to str
    recorded_trades, recorded_positions : pyarrow.Table
        ``trades`` and ``positions`` as the run left them: the texts of a strategy's signals are written when asked for.
    decisions : pyarrow.Table or None
        Why the strategy gave each of its signals (Q-A10b), one row each; None of signals, of a strategy of one's own,
        and of a saved result.
    orders : pyarrow.Table or None
        What a strategy of one's own asked for, as the signals that make the same run (Q-L3); None of any other run, and
        of a saved result.
    fixed_value : float or None
        What a tick_value makes 1.0 of price worth a lot, account currency, at any rate; None without one (S-1).
    detail : DetailFacts or None
        The bars of a finer timeframe that the run looked into, if it was given any (E-22).
    """

    recorded_trades: pa.Table
    events: pa.Table
    equity: pa.Table
    recorded_positions: pa.Table
    metrics: dict[str, int | float | None]
    state_chain: npt.NDArray[np.uint8]
    backend: str
    flags: tuple[Choice, ...]
    crossings: int
    config: Config
    data_hash: str
    symbol: str
    timeframe: str
    versions: dict[str, str]
    fallbacks: dict[str, int] = field(default_factory=dict)
    fixed_value: float | None = None
    divergences: dict[str, int] = field(default_factory=dict)
    served: dict[str, Served] = field(default_factory=dict)
    decisions: pa.Table | None = None
    orders: pa.Table | None = None
    detail: DetailFacts | None = None

    @cached_property
    def trades(self) -> pa.Table:
        """Closed positions in the order of closing (T-7)."""
        return self._explained(self.recorded_trades)

    @cached_property
    def positions(self) -> pa.Table:
        """What is pending or open at the end."""
        return self._explained(self.recorded_positions)

    def _explained(self, orders: pa.Table) -> pa.Table:
        if self.decisions is None or not isinstance(self.config.strategy, StrategySection):
            return orders
        timeframes = self.config.strategy.parameters.scenario6_timeframes
        return with_texts(orders, decision_texts(self.decisions, timeframes))

    @property
    def fees(self) -> pa.Table:
        """The fee log (Q-P2): ``timestamp, kind (entry|exit|swap), order_id, amount`` in booking order.

        Account currency, positive where it costs.
        """
        booked = self.events.filter(pc.field("kind").isin([*_FEE_KINDS]) & (pc.field("fee") != 0.0))
        kind = pa.array([_FEE_KINDS[str(kind)] for kind in booked.column("kind").to_pylist()], pa.string())
        return pa.table(
            {
                "timestamp": booked.column("timestamp"),
                "kind": kind,
                "order_id": booked.column("order_id"),
                "amount": booked.column("fee"),
            }
        )

    @property
    def symbols(self) -> tuple[str, ...]:
        """The run's symbols, in their order (M-2): ``symbol`` names them all."""
        return tuple(self.symbol.split(SYMBOLS))

    @property
    def last_state_hash(self) -> str:
        """Last digest of the state chain in hex; two equal runs end in equal ones (H-2)."""
        return _hex_of_last(self.state_chain)

    def __str__(self) -> str:
        return summary(self)

    __repr__ = __str__

    @guarded("path")
    def save(self, path: str | Path) -> Path:
        """Write the result into the folder ``path``: one Parquet file per table and ``manifest.json`` (X-6).

        An older result there is replaced in one step: until the new one is whole on the disk the old one can be
        loaded. One process writes at a time; others wait.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OmegaError
            3000 … 3007, as 3007 for a full disk; 6003 when another process keeps on writing there; INVALID_STATE when
            the folder holds something that is no result.
        """
        folder = path_of(path, rule="X-6")
        write_saved(folder, _facts(self), _tables_of(self))
        return folder


@guarded("path")
def load_result(path: str | Path) -> Result:
    """Read what :meth:`Result.save` wrote.

    Raises
    ------
    OmegaError
        3001 when there is no result or a part is missing, 3004 when anything was altered, is damaged or of another
        format version.
    """
    folder = path_of(path, rule="X-6")
    manifest, tables = read_saved(folder)
    facts = _parsed(manifest, folder / MANIFEST)
    digests = tables.pop("state_chain").column("digest").combine_chunks()
    chain = chain_array(cast("pa.FixedSizeBinaryArray", digests))
    if not _is_chain_of(facts, chain, tables["equity"].num_rows) or _hex_of_last(chain) != facts.last_state_hash:
        raise damaged("is damaged: the state chain is that of another run", folder / MANIFEST)
    recorded = {f"recorded_{name}": tables.pop(name) for name in ("trades", "positions")}
    kept: dict[str, Any] = {**tables, **recorded, **{name: getattr(facts, name) for name in _AS_SAVED}}
    return Result(**kept, detail=facts.looked_into, state_chain=chain, flags=facts.choices, config=facts.configuration)


def _is_chain_of(facts: _Facts, chain: npt.NDArray[np.uint8], points: int) -> bool:
    """Whether a chain can be that of a curve of so many points: v1 has one more, ticks of one time have one (P-4)."""
    extra = int(facts.configuration.variant == "v1")
    if facts.timeframe == TICK_NAME:
        return extra + int(len(chain) > 0) <= points <= len(chain) + extra
    return points == len(chain) + extra


def chain_array(chain: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint8]:
    """View a state chain as uint8 [bars, 16]."""
    width = CHAIN.byte_width
    buffer = chain.buffers()[1]
    if buffer is None or len(chain) == 0:
        return np.empty((0, width), dtype=np.uint8)
    digests = np.frombuffer(memoryview(buffer), np.uint8, count=len(chain) * width, offset=chain.offset * width)
    return digests.reshape(-1, width)


def _hex_of_last(chain: npt.NDArray[np.uint8]) -> str:
    return chain[-1].tobytes().hex() if len(chain) else ""


def _tables_of(result: Result) -> dict[str, pa.Table]:
    chain = pa.py_buffer(result.state_chain.tobytes())
    digests = pa.FixedSizeBinaryArray.from_buffers(CHAIN, len(result.state_chain), [None, chain])
    return {**{name: getattr(result, name) for name in _TABLES}, "state_chain": pa.table({"digest": digests})}


def _facts(result: Result) -> dict[str, object]:
    return {
        **{name: getattr(result, name) for name in _AS_SAVED},
        "last_state_hash": result.last_state_hash,
        "config": result.config.model_dump(mode="json"),
        "flags": [asdict(choice) for choice in result.flags],
        **({} if result.detail is None else {"detail": asdict(result.detail)}),
    }


_STRICT: Final = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)


class _Detail(pydantic.BaseModel):
    """What a manifest says of detail bars."""

    model_config = _STRICT

    timeframe: str
    data_hash: str
    bars: int


class _Facts(pydantic.BaseModel):
    """What a manifest says."""

    model_config = _STRICT

    format_version: int
    symbol: str
    timeframe: str
    backend: Literal["python", "rust"]
    crossings: int
    fallbacks: dict[str, int]
    data_hash: str
    last_state_hash: str
    metrics: dict[str, int | float | None]
    config: dict[str, Any]
    flags: list[dict[str, str]]
    versions: dict[str, str]
    fixed_value: float | None = None  # older results do not say
    detail: _Detail | None = None
    divergences: dict[str, int] = {}
    tables: dict[str, str]

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(Choice(**choice) for choice in self.flags)  # type: ignore[arg-type]  # text, held to its choices by none

    @property
    def looked_into(self) -> DetailFacts | None:
        return None if self.detail is None else DetailFacts(**self.detail.model_dump())

    @property
    def configuration(self) -> Config:
        return Config(**self.config)


def _parsed(manifest: Mapping[str, Any], path: Path) -> _Facts:
    """Hold a manifest to its keys and their types; a sealed one only fails if another version wrote it."""
    try:
        facts = _Facts(**manifest)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise damaged(f"is damaged: {key}: {first['msg']}", path) from None
    try:
        missing = Metrics.__annotations__.keys() - facts.metrics.keys()
        if missing:
            raise ValueError(f"metrics: {min(missing)} is missing")
        _ = facts.choices, facts.configuration
    except Exception as error:  # a keyword that there is not, a configuration of another version
        raise damaged(f"is damaged: {text_of(error)}", path) from None
    return facts
