"""The way of data through an import: read, looked over, repaired where that is asked for, checked (T-12)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from omega.boundary.arguments import path_of
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import BARS, TICKS
from omega.contract.types import Timeframe
from omega.data.styles.form import Said
from omega.data.styles.kinds import SideName
from omega.data.styles.reading import ROW
from omega.prepare import columns
from omega.prepare.outputs import no_rows, with_symbol
from omega.prepare.repair import Repairer
from omega.prepare.report import Reporter
from omega.prepare.streams import OnProgress, Stream, joined
from omega.prepare.validity import Validity
from omega.serve.factories import create_data_handler
from omega.serve.planning import plan_run
from omega.serve.watched import watched_handler


class Source:
    """Files one after the other, or two that are joined."""

    def __init__(self, streams: list[Stream], max_missing_ratio: float) -> None:
        self.streams = streams
        self._ratio = max_missing_ratio

    def chunks(self, on_progress: OnProgress | None) -> Iterator[pa.Table]:
        """Give what the streams give, or the join of both sides."""
        if len(self.streams) == 1:
            yield from self.streams[0].chunks(on_progress)
            return
        handler = watched_handler(plan_run(("data_handler",)).serving("data_handler"), create_data_handler)
        yield joined(self.streams[0], self.streams[1], handler, self._ratio)

    @property
    def name(self) -> str:
        """What the last chunk is of, for messages."""
        return self.streams[0].source if len(self.streams) == 1 else "both sides"


def source_of(paths: list[Path], bid: object, ask: object, said: Said, ratio: float) -> Source:
    """Take files, or one of each side.

    Raises
    ------
    OmegaError
        1001 for neither, or both.
    """
    if bool(paths) == (bid is not None or ask is not None) or (bid is None) != (ask is None):
        message = "give files, or bid= and ask=, a file of each side"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-12", column="files")
    if paths:
        return Source([Stream(paths, said)], ratio)
    pair: list[tuple[SideName, object]] = [("bid", bid), ("ask", ask)]
    streams = []
    for side, one in pair:
        own = Said(columns=said.columns, zone=said.zone, side=side, digits=said.digits, clock_change=said.clock_change)
        streams.append(Stream([path_of(str(one), rule="T-12", column=side)], own, needs_spread=False))
    return Source(streams, ratio)


class Pipe:
    """Chunks from the files through report, repair and check."""

    def __init__(self, source: Source, repairer: Repairer, reporter: Reporter, *, sorts: bool) -> None:
        self.source = source
        self.repairer = repairer
        self.reporter = reporter
        self._sorts = sorts
        self._validity = Validity()
        self.rows = 0

    def chunks(self, on_progress: OnProgress | None) -> Iterator[pa.Table]:
        """Give checked chunks with the columns of BARS or TICKS."""
        for chunk in self._reported(on_progress):
            yield from self._checked(self.repairer.apply(chunk))
        rest = self.repairer.finish()
        if rest is not None:
            yield from self._checked(rest)

    def whole(self, symbol: str | None, on_progress: OnProgress | None) -> pa.Table:
        """Give everything as one table, with the symbol as a column."""
        chunks = list(self.named_chunks(symbol, on_progress))
        if not chunks:
            raise no_rows()
        return pa.concat_tables(chunks)

    def named_chunks(self, symbol: str | None, on_progress: OnProgress | None) -> Iterator[pa.Table]:
        """Give checked chunks with the symbol as a column, where it is known with the first of them."""
        for chunk in self.chunks(on_progress):
            yield with_symbol(chunk, self.symbol(symbol))

    def symbol(self, asked: str | None) -> str | None:
        """Return the one symbol of files and user."""
        found = {one.symbol(asked) for one in self.source.streams} - {None}
        return next(iter(found), asked)

    @property
    def timeframe_name(self) -> str | None:
        """``"M1"`` … ``"D1"``; None for ticks and for another step."""
        step = self.reporter.report().timeframe
        return next((one.name for one in Timeframe if one == step), None)

    def _reported(self, on_progress: OnProgress | None) -> Iterator[pa.Table]:
        held = []
        for chunk in self.source.chunks(on_progress):
            self._refuse_one_side(chunk)
            self.reporter.add(chunk)
            if self._sorts:
                held.append(chunk)
            else:
                yield chunk
        if held:
            yield pa.concat_tables(held)

    def _checked(self, chunk: pa.Table) -> Iterator[pa.Table]:
        if not chunk.num_rows:
            return
        self._validity.check(chunk, self.source.name, chunk.column(ROW).to_numpy())
        self.rows += chunk.num_rows
        yield chunk.select((TICKS if columns.is_ticks(chunk) else BARS).names)

    def _refuse_one_side(self, chunk: pa.Table) -> None:
        if columns.sides(chunk) == [""]:
            how = "make the other with side= and spread_pips=, or give bid= and ask="
            message = f"{self.source.name} holds one side of bars; {how}"
            raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-12", column="spread_pips")
