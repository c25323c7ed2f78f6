"""The native half of Omega: a thin layer over ``omega-core``.

Arrow crosses as PyCapsules: a table goes in as its ``__arrow_c_stream__()`` capsule, a table comes out as a pair
(schema capsule, array capsule). ``omega.serve.native`` turns them into pyarrow and back; users call ``omega``.
Every function raises ``omega.contract.errors.OmegaError``; a contained panic is FFI_PANIC_CAUGHT.
"""

import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypedDict, final

from typing_extensions import CapsuleType

from omega.contract.own import OpenOrder
from omega.contract.types import Bar, EngineConfig, Signal, Tick
from omega.door import ExecutionSimulatorRust as ExecutionSimulatorRust
from omega.slices import MultiSymbolDataIteratorRust as MultiSymbolDataIteratorRust

__all__ = [
    "BUILD_PROFILE",
    "CHAIN_LAYOUT_VERSION",
    "CONTRACT_VERSION",
    "ERROR_CODES",
    "SOURCE_DIGEST",
    "Bars",
    "Candle",
    "CostModel",
    "ExecutionSimulator",
    "IndicatorCache",
    "IndicatorStream",
    "MultiSymbol",
    "MultiSymbolPass",
    "MultiSymbolSlice",
    "Series",
    "SymbolSnapshot",
    "__version__",
    "book_entry",
    "book_exit",
    "book_swap",
    "check_bars",
    "check_ticks",
    "crossings",
    "declarations",
    "examine",
    "find_timeframe",
    "join_sides",
    "mark",
    "note_corner",
    "philox",
    "quantize",
    "quantize_mismatches",
    "run",
    "run_many",
    "run_ticks",
    "sample_bars",
    "transcendental",
]

CONTRACT_VERSION: int
CHAIN_LAYOUT_VERSION: int
SOURCE_DIGEST: str
"""xxh3_128 (hex) over the Rust sources it was built from (F-6)."""
BUILD_PROFILE: str
"""``"release"`` or ``"debug"``."""
ERROR_CODES: dict[str, int]
__version__: str

_ArrowPair: TypeAlias = tuple[CapsuleType, CapsuleType]
_RunTables: TypeAlias = tuple[
    _ArrowPair, _ArrowPair, _ArrowPair, _ArrowPair, _ArrowPair, dict[str, int | float], _ArrowPair
]

class _Column(TypedDict):
    type: str
    """``timestamp`` (µs, UTC), ``duration`` (µs), ``float64``, ``int64``, ``int32``, ``utf8`` or what holds texts."""
    closed_set: str | None
    """Name of the set that the texts are members of."""
    nullable: bool
    optional: bool
    """Whether an incoming table may lack the column."""

class _Field(TypedDict):
    type: str
    """``float``, ``int``, ``bool``, ``str``, the name of a closed set or a record, or ``tuple of`` one of these."""
    optional: bool
    key: str
    """Key of the configuration, below that of its record; where a user writes the value."""
    range: dict[str, float]
    """Bounds of the user's value: ``gt``, ``ge``, ``lt``, ``le``, or ``min_length`` of a text."""

class _Parameter(TypedDict):
    kind: str
    """As ``Parameter.kind`` in ``omega.contract.indicators``."""
    range: tuple[int, int] | None
    choices: list[str]
    default: int | float | bool | None
    optional: bool
    only_with: tuple[str, str] | None

class _Indicator(TypedDict):
    parameters: dict[str, _Parameter]
    outputs: list[str]

class _Declarations(TypedDict):
    closed_sets: dict[str, dict[str, int]]
    """Text and number of each member, by set."""
    timeframes: dict[str, int]
    """Length of a bar in µs, by name (T-4)."""
    metrics: dict[str, str]
    """``int`` or ``float``, by name, in the order of Q-P5."""
    tables: dict[str, dict[str, _Column]]
    """Columns in the order of the schema, by the table's name in ``omega.contract.schemas``."""
    records: dict[str, dict[str, _Field]]
    """Fields of the resolved configuration, by the dataclass in ``omega.contract.types``."""
    indicators: dict[str, _Indicator]
    """Every indicator, in the order in which an unknown name is told them."""

def declarations() -> _Declarations:
    """What the core declares, for the test that holds the contract's Python to it."""

_Drawdowns: TypeAlias = tuple[int, int, float, float, float]

def book_entry(cash: float, fees: float, fee: float) -> tuple[float, float]: ...
def book_exit(cash: float, fees: float, fee: float, result: float) -> tuple[float, float]: ...
def book_swap(cash: float, cash_before: float, swap: float, amount: float) -> tuple[float, float, float]: ...
def mark(
    initial_balance: float, cash: float, peak: float, drawdowns: _Drawdowns, equity: float
) -> tuple[float, float, float, _Drawdowns]: ...
def note_corner(peak: float, max_drawdown_intrabar: float, equity: float) -> float: ...
def crossings() -> int:
    """Boundary crossings of this thread so far: one per entry into Rust and one per return (L-2).

    Reading the counter, and polls for progress and Ctrl-C, are not counted.
    """

@final
class Bars:
    """Bars that passed T-2 for one timeframe (µs), kept for every run and cache over them; they share the memory."""

    def __new__(cls, bars: CapsuleType, timeframe: int) -> Bars: ...
    def __len__(self) -> int: ...
    def quality(self) -> tuple[int, int, int, int, int, int]:
        """The counts of ``QualityFindings``, in its order."""

    def off_grid(self, digits: int) -> int:
        """Bars with a price of more than ``digits`` decimals."""

    def window(self, first: int, rows: int) -> Bars:
        """``rows`` bars from ``first`` on, without copying."""

def run(
    bars: CapsuleType | Bars,
    signals: CapsuleType | None,
    config: EngineConfig,
    on_progress: Callable[[int, int], None] | None,
    detail: tuple[CapsuleType | Bars, int] | None = None,
    own: tuple[Callable[[int, float, list[OpenOrder] | None], Sequence[Signal]], bytes] | None = None,
) -> _RunTables:
    """Run a whole backtest in one call, without the GIL: trades, events, equity, positions, chain, metrics,
    decisions.

    ``detail`` are bars of a finer timeframe and the length of one, µs (E-22). A strategy in Python, ``own``, is a
    callable and the bars in which it is asked (Q-L3); its run keeps the GIL.
    ``chain`` is one ``fixed_size_binary(16)`` array (not a struct); the five tables are struct arrays.
    """

def run_many(
    bars: Sequence[CapsuleType | Bars],
    signals: CapsuleType | None,
    configs: Sequence[EngineConfig],
    on_progress: Callable[[int, int], None] | None,
    own: tuple[Callable[[int, float, list[OpenOrder] | None], Sequence[Signal]], bytes] | None = None,
) -> _RunTables:
    """Run signals, or a strategy in Python, over the bars of several symbols (M-4): the tables of ``run``."""

def run_ticks(
    ticks: CapsuleType,
    signals: CapsuleType,
    config: EngineConfig,
    on_progress: Callable[[int, int], None] | None,
) -> _RunTables:
    """Run signals over ticks (E-17) in one call, without the GIL: the tables of ``run``."""

def check_ticks(ticks: CapsuleType) -> int:
    """Check T-3; the count of crossed ticks (Q-T3)."""

def check_bars(bars: CapsuleType, timeframe: int) -> tuple[int, int, int, int, int, int]:
    """Check T-2; the counts are those of ``QualityFindings``, in its order."""

def find_timeframe(bars: CapsuleType) -> int:
    """The timeframe that most steps are equal to, µs (Q-T4)."""

def examine(
    bars: CapsuleType, timeframe: int | None, digits: int | None = None
) -> list[tuple[str, int, str, str, int, list[int]]]:
    """Every breach, or the findings of a table that has none, as ``BarFinding`` has them (Q-T2e)."""

def join_sides(bid: CapsuleType, ask: CapsuleType, max_missing_ratio: float) -> _ArrowPair: ...
def sample_bars(n: int, seed: int) -> _ArrowPair: ...
def transcendental(function: str, values: Sequence[float]) -> list[float]:
    """Each value's ``ln``, ``log10`` or ``exp`` by the kernel of N-4, for whoever compares it with another."""

@final
class IndicatorCache:
    """Series of one set of bars, each computed once and handed out without copying (I-17)."""

    def __new__(cls, bars: CapsuleType | Bars) -> IndicatorCache: ...
    def get(self, name: str, side: str, parameters: dict[str, int | float | str]) -> tuple[Series, ...]:
        """One series per output of the indicator."""

@final
class Series:
    """A series that the cache keeps, as memory that Python reads: float64, read-only."""

    @property
    def address(self) -> int:
        """Where the values are; equal requests of a cache have the same."""
    if sys.version_info >= (3, 12):
        def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class IndicatorStream:
    """An indicator bar by bar, the bits of its series (Q-I18)."""

    def __new__(cls, name: str, parameters: dict[str, int | float | str]) -> IndicatorStream: ...
    def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
        """The outputs after a bar; a NaN acts as a missing row."""

@final
class Candle:
    """One side of a bar with the bar's volume (Q-M1)."""

    @property
    def open(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def close(self) -> float: ...
    @property
    def volume(self) -> float: ...

@final
class SymbolSnapshot:
    """One symbol in one step, as the Protocol has it."""

    @property
    def symbol(self) -> str: ...
    @property
    def bid(self) -> Candle | None: ...
    @property
    def ask(self) -> Candle | None: ...
    @property
    def row(self) -> int | None: ...
    @property
    def last_seen(self) -> int | None: ...
    @property
    def indicators(self) -> dict[str, float | tuple[float, ...]]: ...

@final
class MultiSymbolSlice:
    """All symbols in one step, as the Protocol has it; used again for a later step where nobody holds it (Q-M3b)."""

    @property
    def step(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def symbols(self) -> tuple[SymbolSnapshot, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, symbol: str, /) -> SymbolSnapshot: ...

@final
class MultiSymbolPass:
    """One walk over the steps."""

    def __iter__(self) -> MultiSymbolPass: ...
    def __next__(self) -> MultiSymbolSlice: ...

@final
class MultiSymbol:
    """Bars of several symbols, step by step (M-1 … M-3); a series is a stream of float64."""

    def __new__(
        cls,
        symbols: Sequence[str],
        bars: Sequence[CapsuleType | Bars],
        timeframes: Sequence[int],
        mode: str,
        series: Sequence[dict[str, Sequence[CapsuleType]]],
    ) -> MultiSymbol: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> MultiSymbolPass: ...
    def part(self, first: int, stop: int) -> MultiSymbol: ...
    def block(self, first: int, stop: int) -> _ArrowPair: ...

@final
class CostModel:
    def __new__(cls, config: EngineConfig) -> CostModel: ...
    def slippage(
        self, timestamp: int, magic_number: int, ordinal: int, leg: int, direction: int, order_type: int
    ) -> float: ...
    def fee(self, lots: float, price: float, value: float, time: int, leg: int) -> float: ...
    def slippage_batch(
        self,
        timestamps: Sequence[int],
        magic_numbers: Sequence[int],
        ordinals: Sequence[int],
        legs: Sequence[int],
        directions: Sequence[int],
        order_types: Sequence[int],
    ) -> list[float]: ...
    def fee_batch(
        self,
        lots: Sequence[float],
        prices: Sequence[float],
        values: Sequence[float],
        times: Sequence[int],
        legs: Sequence[int],
    ) -> list[float]: ...

@final
class ExecutionSimulator:
    """Step by step (E-19): signals of a bar first, then its exits."""

    def __new__(cls, config: EngineConfig) -> ExecutionSimulator: ...
    @property
    def cash(self) -> float: ...
    @property
    def equity(self) -> float: ...
    @property
    def state_hash(self) -> bytes: ...
    def process_signals(self, bar: CapsuleType, signals: CapsuleType) -> _ArrowPair: ...
    def evaluate_exits(self, bars: CapsuleType) -> _ArrowPair: ...
    def evaluate_bar(self, bar: Bar) -> _ArrowPair | None: ...
    def process_tick_signals(self, tick: CapsuleType, signals: CapsuleType) -> _ArrowPair: ...
    def evaluate_ticks(self, ticks: CapsuleType) -> _ArrowPair: ...
    def evaluate_tick(self, tick: Tick) -> _ArrowPair | None: ...
    def close_all(self) -> _ArrowPair: ...
    def apply_updates(
        self,
        order_ids: Sequence[int],
        stop_losses: Sequence[float | None],
        take_profits: Sequence[float | None],
        close_fractions: Sequence[float | None],
    ) -> _ArrowPair: ...
    def check_batch(self, signals: CapsuleType) -> None: ...
    def lot_sizes(
        self,
        prices: Sequence[float],
        stop_losses: Sequence[float],
        sizes: Sequence[float | None],
        times: Sequence[int],
    ) -> list[float | None]: ...
    def fees(
        self, lots: Sequence[float], prices: Sequence[float], times: Sequence[int], legs: Sequence[int]
    ) -> list[float]: ...
    def trades(self) -> _ArrowPair: ...
    def metrics(self) -> dict[str, int | float | None]: ...
    def positions(self) -> _ArrowPair: ...
    def snapshot(self) -> dict[str, _ArrowPair]: ...
    def restore(self, parts: dict[str, CapsuleType]) -> None: ...

def quantize(x: float, digits: int) -> float:
    """N-5, for tests against Python's ``round``."""

def quantize_mismatches(values: CapsuleType, digits: int, expected: CapsuleType) -> int:
    """How many of ``values`` (float64 stream) do not quantize to ``expected``, bit for bit."""

def philox(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """One Philox4x64-10 block (N-6), for tests against NumPy's."""
