"""Each code that the chapters of execution name is raised by what they name it for; a refused call changes nothing.

The list is the contract's own: a code that joins it has no call here, and one that leaves it has a call too many.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.settings.load import load_config
from omega.settings.resolve import resolve

from .batches import CONFIG, buy, candle, instruct
from .test_detail_bars import CONFIG as FIVE
from .test_detail_bars import FLAT, LONG, WHOLE, bars

CONTRACT: Final = Path(__file__).parents[3] / "bridge" / "CONTRACT.md"
CHAPTERS: Final = "CSEBPLR"
NUMBERS: Final = {int(code): code.name for code in ErrorCode}
UPDATE: Final = {"order_id": 1, "stop_loss": 1.0950}

Work = Callable[[str], object]


def named() -> set[tuple[str, int]]:
    """Chapter and number of every code that the contract names there."""
    chapters = re.split(r"\n## ", CONTRACT.read_text("utf-8"))
    bodies = {text[0]: text for text in chapters if text[1:2] == " " and text[0] in CHAPTERS}
    return {
        (name, int(number))
        for name, text in bodies.items()
        for number in re.findall(r"\b\d{4}\b", text)
        if int(number) in NUMBERS
    }


def opened(side: str) -> omega.ExecutionSimulator:
    """A simulator with one position and a bar behind it."""
    simulator = omega.ExecutionSimulator(CONFIG, backend=side)
    simulator.process_signals_batch(buy(0))
    simulator.evaluate_exits(candle(0))
    return simulator


PLAIN: Final = {key: value for key, value in FIVE.items() if key != "strategy"}


def own(side: str, answer: Callable[[], Any], flags: Any = None) -> object:
    """Run a strategy of one's own that answers so."""

    class Answers(omega.Strategy):
        def when(self, bars: object) -> Any:
            return flags

        def evaluate(self, *_: object) -> Any:
            return answer()

    return omega.run_backtest(PLAIN, WHOLE, strategy=Answers(), backend=side)


def crowded(side: str) -> object:
    """Run a strategy whose first order would have a magic number beyond 64 bits."""
    code = "import omega\n\n\nclass Busy(omega.Strategy):\n    def evaluate(self, *_):\n"
    code += "        return [omega.orders.market('long', stop_loss=1.0)]\n"
    with TemporaryDirectory() as folder:
        module = Path(folder) / "busy.py"
        module.write_text(code, "utf-8")
        section = {"module": str(module), "class": "Busy", "magic_number": 2**63 - 1}
        return omega.run_backtest({**PLAIN, "strategy": section}, WHOLE, backend=side)


def on(work: Callable[[omega.ExecutionSimulator], object]) -> Work:
    """Call a simulator; what it refuses leaves it as it was, to the byte."""

    def call(side: str) -> object:
        simulator = opened(side)
        before = simulator.snapshot()
        try:
            return work(simulator)
        finally:
            assert simulator.snapshot() == before

    return call


def run(detail: object = None, whole: object = WHOLE, **keys: object) -> Work:
    """Run signals over three bars."""
    return lambda side: omega.run_signals(whole, [LONG], {**FIVE, **keys}, detail=detail, backend=side)


def draws(**changes: Any) -> Work:
    """Ask the costs for slippage."""
    columns = {
        **{name: [0] for name in ("timestamps", "magic_numbers", "ordinals", "legs", "directions", "order_types")},
        **changes,
    }

    def call(side: str) -> object:
        from omega.serve.factories import create_costs

        return create_costs(side, resolve(load_config(CONFIG))).slippage_batch(*columns.values())  # type: ignore[arg-type]

    return call


def row_of(*signals: dict[str, Any]) -> Work:
    """What the run's rows say of signals that are rejected while it runs, as if they raised it."""

    def call(side: str) -> None:
        simulator = omega.ExecutionSimulator(CONFIG, backend=side)
        simulator.process_signals_batch(list(signals))
        codes = [code for code in simulator.evaluate_exits(candle(0))["error_code"].to_pylist() if code]
        raise OmegaError(ErrorCode(codes[0]), "as a row says")

    return call


def restored(change: Callable[[bytes], object], **keys: Any) -> Work:
    """Restore a snapshot that was changed, or one of another configuration."""

    def call(side: str) -> None:
        simulator = omega.ExecutionSimulator({**CONFIG, **keys}, backend=side)
        simulator.restore(change(opened(side).snapshot()))  # type: ignore[arg-type]

    return call


def aged(content: bytes) -> bytes:
    """The snapshot of a version to come, its digest right."""
    import xxhash

    body = content[:-16].replace(b'{"version": 1,', b'{"version": 9,')
    return body + xxhash.xxh3_128_digest(body)


def acting(number: float) -> Work:
    """What a strategy's number is refused with; the core's own tests do the same."""

    def call(_: str) -> None:
        from omega.contract.ranges import PRICE
        from omega_reference.execution.management import check_action

        check_action(number, PRICE)

    return call


COMMISSION = {"basis": "per_lot", "rate": 3.5, "currency": "CHF"}
CALLS: Final[dict[tuple[str, int], Work]] = {
    ("C", 1001): run(costs={"commission": COMMISSION}),
    ("C", 1003): draws(ordinals=[-1]),
    ("C", 1006): run(costs={"slippage": {"fixed_pips": 12_000.0}}),
    ("C", 1009): run(costs={"swap": {"rollover": "25:00"}}),
    ("C", 1011): draws(legs=[0, 0]),
    ("C", 2004): run(rates={"GBPUSD": math.nan}),
    ("C", 2005): run(rates={"GBPUSD": math.inf}),
    ("S", 1001): run(symbol="XXXYYY", whole=bars({0: FLAT}, "XXXYYY")),
    ("S", 1008): run(sizing={"mode": "fixed"}),
    ("E", 1001): run(detail=WHOLE),
    ("E", 1006): run(detail=bars({5: (1.1, 1.1025, 1.0999, 1.101), 6: (1.101, 1.1012, 1.0999, 1.1)})),
    ("E", 1007): row_of(instruct("exit", 0)),
    ("E", 1008): row_of(instruct("modify", 0)),
    ("E", 1010): run(detail=bars({20: FLAT, 21: FLAT})),
    ("E", 2004): acting(math.nan),
    ("E", 2005): acting(math.inf),
    ("B", 1001): on(lambda one: one.apply_updates({**UPDATE, "stop_los": 1.0})),
    ("B", 1002): on(lambda one: one.apply_updates(pa.table({"order_id": pa.array([None], pa.int64())}))),
    ("B", 1003): on(lambda one: one.apply_updates({**UPDATE, "order_id": 7})),
    ("B", 1004): on(lambda one: one.apply_updates({**UPDATE, "stop_loss": "1.09"})),
    ("B", 1006): on(lambda one: one.apply_updates({"order_id": 1, "close_fraction": 2.0})),
    ("B", 1008): on(lambda one: one.apply_updates({"order_id": 1})),
    ("B", 1010): on(lambda one: one.apply_updates(b"")),
    ("B", 1011): on(lambda one: _waiting(one).evaluate_exits([candle(8), candle(9)])),
    ("B", 1007): on(lambda one: _waiting(one).process_signals(candle(1), buy(1))),
    ("B", 2004): on(lambda one: one.apply_updates({"order_id": 1, "stop_loss": math.nan})),
    ("B", 2005): on(lambda one: one.apply_updates({"order_id": 1, "take_profit": math.inf})),
    ("B", 3004): on(lambda one: one.apply_updates(b"PK no table")),
    ("L", 1001): lambda side: omega.run_backtest({**FIVE, "strategy": {"name": "nobody's"}}, WHOLE, backend=side),
    ("L", 1003): crowded,
    ("L", 1004): lambda side: own(side, lambda: "no orders"),
    ("L", 1007): on(lambda one: _beside(one)),
    ("L", 1010): run(start="2030-01-01T00:00:00Z"),
    ("L", 1011): lambda side: own(side, list, flags=[True]),
    ("L", 2000): lambda side: own(side, lambda: 1 // 0),
    ("R", 1004): restored(lambda content: content.hex()),
    ("R", 1006): restored(lambda content: content, initial_balance=5.0),
    ("R", 1009): restored(aged),
    ("R", 3004): restored(lambda content: content[:-1]),
}


def _waiting(simulator: omega.ExecutionSimulator) -> omega.ExecutionSimulator:
    """Another one, in which a signal waits: that it does is not the refused call's doing."""
    other = omega.ExecutionSimulator(CONFIG, backend=simulator.backend)
    other.process_signals_batch(buy(5))
    return other


def _beside(simulator: omega.ExecutionSimulator) -> object:
    """A call while another thread is in one."""
    from concurrent.futures import ThreadPoolExecutor

    with simulator.turn, ThreadPoolExecutor(1) as pool:
        return pool.submit(simulator.evaluate_exits, candle(1)).result(60)


def test_the_contract_names_these_codes_and_no_others() -> None:
    assert set(CALLS) == named()


@pytest.mark.rule("X-1", "B-1")
@pytest.mark.parametrize("place", CALLS, ids=[f"{chapter}-{NUMBERS[number]}" for chapter, number in CALLS])
def test_each_code_is_raised(backend: str, place: tuple[str, int]) -> None:
    with pytest.raises(OmegaError) as caught:
        CALLS[place](backend)
    assert int(caught.value.code) == place[1], caught.value
