"""What a run yields, in memory and on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import CHAIN, SIGNALS
from omega.contract.types import Metrics
from omega.data.files import file_error, io_errors, read_bytes
from omega.data.times import minute_text
from omega.flags.plan import Choice
from omega.settings.model import Config

MANIFEST: Final = "manifest.json"
FORMAT_VERSION: Final = 1
_TABLES: Final = ("trades", "events", "equity", "positions")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """A finished run.

    Attributes
    ----------
    trades : pyarrow.Table
        Closed positions in the order of closing, with the signals' ``scenario``, ``tags`` and ``metadata``.
    events : pyarrow.Table
        The ordered log (T-8).
    equity : pyarrow.Table
        ``timestamp, cash, equity`` per bar, account currency (P-4).
    positions : pyarrow.Table
        What is pending or open at the end.
    metrics : dict of str to int or float
        P-5; units in the contract's table.
    state_chain : numpy.ndarray
        uint8 [bars, 16], read-only (H-1).
    backend : {"python", "rust"}
        Side that ran the engine loop.
    flags : tuple of Choice
        The plan: flag, value, origin, backend and why, per component.
    crossings : int
        Boundary crossings counted during the run (L-2); 0 when Rust had no part in it.
    fallbacks : dict of str to int
        Component → how often Rust was left in mid-run (F-5); empty as long as plans are all-or-nothing.
    config : Config
    data_hash : str
        Content hash of the bars that ran.
    symbol, timeframe : str
    versions : dict of str to str
    """

    trades: pa.Table
    events: pa.Table
    equity: pa.Table
    positions: pa.Table
    metrics: dict[str, int | float]
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

    @property
    def fees(self) -> pa.Table:
        """The fee log (Q-P2): ``timestamp, kind (entry|exit), order_id, amount`` in booking order, account currency."""
        is_fill = pc.field("kind").isin(["opened", "closed"])
        booked = self.events.filter(is_fill & (pc.field("fee") != 0.0))
        kind = pa.array(
            ["entry" if kind == "opened" else "exit" for kind in booked.column("kind").to_pylist()], pa.string()
        )
        return pa.table(
            {
                "timestamp": booked.column("timestamp"),
                "kind": kind,
                "order_id": booked.column("order_id"),
                "amount": booked.column("fee"),
            }
        )

    @property
    def last_state_hash(self) -> str:
        """Last digest of the state chain in hex; two equal runs end in equal ones (H-2)."""
        return self.state_chain[-1].tobytes().hex() if len(self.state_chain) else ""

    def __str__(self) -> str:
        return summary(self)

    __repr__ = __str__

    @guarded("path")
    def save(self, path: str | Path) -> Path:
        """Write the result into the folder ``path``: one Parquet file per table and ``manifest.json``.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OmegaError
            3000 … 3007; INVALID_STATE when the folder holds something that is no result.
        """
        folder = Path(path)
        with io_errors(folder):
            _make_room(folder)
            digests = {name: _write(folder, name, table) for name, table in _tables_of(self).items()}
            text = json.dumps(_manifest(self, digests), indent=2, ensure_ascii=False)
            (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
        return folder


@guarded("path")
def load_result(path: str | Path) -> Result:
    """Read what :meth:`Result.save` wrote.

    Raises
    ------
    OmegaError
        3001 when there is no result, 3004 when it is damaged or of another format version.
    """
    folder = Path(path)
    manifest = _read_manifest(folder / MANIFEST)
    tables = {name: _load(folder, name, manifest["tables"][name]) for name in (*_TABLES, "state_chain")}
    chain = tables.pop("state_chain").column("digest").combine_chunks()
    return Result(
        **tables,
        state_chain=chain_array(cast("pa.FixedSizeBinaryArray", chain)),
        metrics=manifest["metrics"],
        backend=manifest["backend"],
        flags=tuple(Choice(**choice) for choice in manifest["flags"]),
        crossings=manifest["crossings"],
        fallbacks=manifest["fallbacks"],
        config=Config(**manifest["config"]),
        data_hash=manifest["data_hash"],
        symbol=manifest["symbol"],
        timeframe=manifest["timeframe"],
        versions=manifest["versions"],
    )


def chain_array(chain: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint8]:
    """View a state chain as uint8 [bars, 16]."""
    width = CHAIN.byte_width
    buffer = chain.buffers()[1]
    if buffer is None or len(chain) == 0:
        return np.empty((0, width), dtype=np.uint8)
    digests = np.frombuffer(memoryview(buffer), np.uint8, count=len(chain) * width, offset=chain.offset * width)
    return digests.reshape(-1, width)


def _tables_of(result: Result) -> dict[str, pa.Table]:
    chain = pa.py_buffer(result.state_chain.tobytes())
    digests = pa.FixedSizeBinaryArray.from_buffers(CHAIN, len(result.state_chain), [None, chain])
    return {**{name: getattr(result, name) for name in _TABLES}, "state_chain": pa.table({"digest": digests})}


def _manifest(result: Result, digests: Mapping[str, str]) -> dict[str, object]:
    return {
        "format_version": FORMAT_VERSION,
        "symbol": result.symbol,
        "timeframe": result.timeframe,
        "backend": result.backend,
        "crossings": result.crossings,
        "fallbacks": result.fallbacks,
        "data_hash": result.data_hash,
        "last_state_hash": result.last_state_hash,
        "metrics": result.metrics,
        "config": result.config.model_dump(mode="json"),
        "flags": [asdict(choice) for choice in result.flags],
        "versions": result.versions,
        "tables": dict(digests),
    }


def _make_room(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / MANIFEST
    if not manifest.exists() and any(folder.iterdir()):
        raise omega_error(
            ErrorCode.INVALID_STATE,
            f"{folder} holds files that are no saved result; choose another folder",
            rule="X-1",
            column="path",
            value=str(folder),
        )
    # Written last and removed first: a folder with a manifest is always whole.
    manifest.unlink(missing_ok=True)


def _write(folder: Path, name: str, table: pa.Table) -> str:
    path = folder / f"{name}.parquet"
    pq.write_table(table, path, compression="zstd", use_compliant_nested_type=False)
    return xxhash.xxh3_128_hexdigest(path.read_bytes())


def _read_manifest(path: Path) -> dict[str, Any]:
    content = read_bytes(path)
    try:
        manifest = json.loads(content)
    except ValueError as error:
        raise file_error(ErrorCode.DESERIALIZATION_FAILED, f"{path} is damaged: {error}", path) from None
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise file_error(
            ErrorCode.DESERIALIZATION_FAILED, f"{path} is no result of format version {FORMAT_VERSION}", path
        )
    return manifest


def _load(folder: Path, name: str, digest: str) -> pa.Table:
    path = folder / f"{name}.parquet"
    content = read_bytes(path)
    if xxhash.xxh3_128_hexdigest(content) != digest:
        raise file_error(ErrorCode.DESERIALIZATION_FAILED, f"{path} was altered after it was saved", path)
    table = pq.read_table(pa.BufferReader(content))
    if "metadata" not in table.column_names:
        return table
    # Parquet names the parts of a map its own way; a loaded table has the schema of the saved one.
    position = table.column_names.index("metadata")
    field = SIGNALS.field("metadata")
    return table.set_column(position, field, table.column("metadata").cast(field.type))


def summary(result: Result) -> str:
    """Describe a result in ten lines."""
    m, money = cast("Metrics", result.metrics), result.config.account_currency
    times = result.equity.column("timestamp")
    span = f"{minute_text(times[0].value)} to {minute_text(times[-1].value)} UTC" if len(times) else "no bars"
    rejected = result.events.filter(pc.field("kind") == "rejected").num_rows
    return "\n".join(
        (
            f"{result.symbol} {result.timeframe}, {result.config.variant}, {len(result.state_chain):,} bars, {span}",
            f"backend        {result.backend} ({result.crossings} boundary crossings)",
            f"trades         {m['trades']:,}: {m['wins']:,} won, {m['losses']:,} lost, {m['breakeven']:,} even; "
            f"win rate {m['win_rate']:.1%}",
            f"net profit     {m['net_profit']:,.2f} {money}: won {m['gross_profit']:,.2f}, "
            f"lost {m['gross_loss']:,.2f}, fees {m['fees']:,.2f}",
            f"profit factor  {m['profit_factor']:.2f}, expectancy {m['expectancy']:,.2f} {money}, "
            f"average R {m['avg_r']:.3f}",
            f"drawdown       {m['max_drawdown_abs']:,.2f} {money} ({m['max_drawdown_ratio']:.2%}), "
            f"longest {m['max_drawdown_bars']:,} bars",
            f"at the end     cash {m['final_cash']:,.2f}, equity {m['final_equity']:,.2f} {money}, "
            f"{result.positions.num_rows:,} pending or open",
            f"events         {result.events.num_rows:,}, of them {rejected:,} rejected; "
            f"{m['ambiguous_bars']:,} ambiguous bars",
            f"data           {result.data_hash}",
            f"state chain    {result.last_state_hash}",
        )
    )
