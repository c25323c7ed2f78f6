"""What a strategy of one's own can do wrong, each with the bar and its time, and Ctrl-C (L-5)."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import omega
from omega import OmegaError, Strategy, orders
from omega.contract.errors import ErrorCode

from .own_strategies import CONFIG, Crossover, Scripted, flat_bars

BAR_2 = "bar 2, 2020-01-01T00:10:00+00:00"


def refusal(strategy: Any, backend: str, **config: object) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest({**CONFIG, **config}, flat_bars([1.1] * 5), strategy=strategy, backend=backend)
    return caught.value


def in_bar_2(does: Callable[[Any, Any], Any]) -> Strategy:
    return Scripted({0: lambda *_: [orders.market("long", stop_loss=1.0, size=0.1)], 2: does})


@pytest.mark.rule("L-5", "Q-L5")
def test_an_exception_is_the_cause_of_a_coded_error_with_bar_and_time(backend: str) -> None:
    found = refusal(in_bar_2(lambda bars, _: 1 / 0), backend)
    assert (found.code, found.rule, found.column, found.row) == (ErrorCode.COMPUTATION_FAILED, "L-5", "evaluate", 2)
    assert f"raised ZeroDivisionError in {BAR_2}: division by zero" in found.message
    assert isinstance(found.__cause__, ZeroDivisionError)
    # The engine is as usable as before.
    assert omega.run_backtest(CONFIG, flat_bars([1.1] * 5), strategy=Scripted({}), backend=backend).equity.num_rows == 5


NONSENSE: dict[str, tuple[Any, str]] = {
    "None": (None, "list of orders, here is NoneType"),
    "an order": (orders.market("long", stop_loss=1.0), "list of orders, here is Order"),
    "a text": ("long", "list of orders, here is str"),
    "a list of texts": (["long"], "made by omega.orders, here is str"),
    "an array": (np.array([1.0, 2.0]), "list of orders, here is ndarray"),
}


@pytest.mark.rule("L-5", "Q-L5")
@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_refused(backend: str, what: str) -> None:
    answer, text = NONSENSE[what]
    found = refusal(in_bar_2(lambda *_: answer), backend)
    assert (found.code, found.rule, found.column, found.row) == (ErrorCode.TYPE_MISMATCH, "L-5", "evaluate", 2)
    assert text in found.message
    assert BAR_2 in found.message


MUTATIONS: dict[str, tuple[Callable[[Any, Any], Any], type[Exception]]] = {
    "a bar": (lambda bars, _: bars.bid_close.__setitem__(-1, 2.0), ValueError),
    "its flag": (lambda bars, _: bars.bid_close.setflags(write=True), ValueError),
    "a column": (lambda bars, _: setattr(bars, "bid_close", []), AttributeError),
    "a position": (lambda _, positions: setattr(positions[0], "size", 9.0), AttributeError),
    "the positions": (lambda _, positions: positions.clear(), AttributeError),
    "the future": (lambda bars, _: bars.bid_close[len(bars)], IndexError),
}


@pytest.mark.rule("L-5")
@pytest.mark.parametrize("what", MUTATIONS)
def test_what_it_is_given_cannot_be_changed_nor_looked_beyond(backend: str, what: str) -> None:
    does, error = MUTATIONS[what]
    found = refusal(in_bar_2(does), backend)
    assert (found.code, found.row) == (ErrorCode.COMPUTATION_FAILED, 2)
    assert isinstance(found.__cause__, error)


ORDERS: dict[str, tuple[Callable[[], Any], ErrorCode, str | None]] = {
    "NaN": (lambda: orders.market("long", stop_loss=math.nan), ErrorCode.NAN_VALUE, "stop_loss"),
    "infinite": (lambda: orders.limit("long", math.inf, stop_loss=1.0), ErrorCode.INFINITE_VALUE, "price"),
    "too large": (lambda: orders.market("long", stop_loss=1.0, size=1e13), ErrorCode.CONSTRAINT_VIOLATION, "size"),
    "negative": (
        lambda: orders.market("long", stop_loss=1.0, trailing_distance=-0.1),
        ErrorCode.CONSTRAINT_VIOLATION,
        "trailing_distance",
    ),
    "before": (
        lambda: orders.market("long", stop_loss=1.0, max_holding=-1),
        ErrorCode.CONSTRAINT_VIOLATION,
        "max_holding",
    ),
    "a time": (
        lambda: orders.limit("long", 1.0, stop_loss=0.9, expires_at=10**18),
        ErrorCode.OUT_OF_BOUNDS,
        "expires_at",
    ),
    "a text": (lambda: orders.market("long", stop_loss=cast("Any", "low")), ErrorCode.TYPE_MISMATCH, "stop_loss"),
    "a flag": (lambda: orders.market("long", stop_loss=True), ErrorCode.TYPE_MISMATCH, "stop_loss"),
    "upwards": (lambda: orders.market("up", stop_loss=1.0), ErrorCode.INVALID_ARGUMENT, "direction"),
    "capitals": (lambda: orders.market("LONG", stop_loss=1.0), ErrorCode.INVALID_ARGUMENT, "direction"),
    "mistyped": (
        lambda: orders.market("long", stop_loss=1.0, take_proft=2.0),
        ErrorCode.INVALID_ARGUMENT,
        "take_proft",
    ),
    "no position": (lambda: orders.close(cast("Any", None)), ErrorCode.TYPE_MISMATCH, "position"),
}


@pytest.mark.rule("T-6", "Q-L3b", "Q-L5")
@pytest.mark.parametrize("what", ORDERS)
def test_an_order_is_refused_where_it_is_made(what: str) -> None:
    make, code, column = ORDERS[what]
    found = refusal(in_bar_2(lambda *_: [make()]), "python")
    assert (found.code, found.column, found.row) == (code, column, 2)
    assert BAR_2 in found.message


@pytest.mark.rule("T-6", "E-16")
@pytest.mark.parametrize("fraction", [0.0, -0.5, 1.5])
def test_a_part_is_one_of_a_position(fraction: float) -> None:
    found = refusal(in_bar_2(lambda _, positions: [orders.close(positions[0], fraction=fraction)]), "python")
    assert (found.code, found.column) == (ErrorCode.CONSTRAINT_VIOLATION, "fraction")


@pytest.mark.rule("Q-L3b")
def test_magic_numbers_end(tmp_path: Path, backend: str) -> None:
    (tmp_path / "busy.py").write_text(
        "from omega import Strategy, orders\n"
        "class Busy(Strategy):\n"
        "    def evaluate(self, bars, positions, equity):\n"
        "        return [orders.market('long', stop_loss=1.0)]\n",
        encoding="utf-8",
    )
    section = {"module": str(tmp_path / "busy.py"), "class": "Busy", "magic_number": 2**63 - 3}
    with pytest.raises(OmegaError, match="magic numbers") as caught:
        omega.run_backtest({**CONFIG, "strategy": section}, flat_bars([1.1] * 5), backend=backend)
    assert (caught.value.code, caught.value.row) == (ErrorCode.OUT_OF_BOUNDS, 2)


@pytest.mark.rule("Q-C1b", "Q-L3")
def test_v1_ends_where_slippage_could_bring_a_level_to_nothing(backend: str) -> None:
    strategy = in_bar_2(lambda *_: [orders.limit("short", 1e-6, stop_loss=1.2)])
    found = refusal(strategy, backend, variant="v1", costs={"slippage": {"fixed_pips": 1.0}})
    assert (found.code, found.column) == (ErrorCode.CONSTRAINT_VIOLATION, "costs.slippage")


class BadSeries(Strategy):
    def __init__(self, series: Any = None, when: Any = None) -> None:
        self.series, self.flags = series, when

    def indicators(self) -> Any:
        return {} if self.series is None else {"x": self.series}

    def when(self, bars: Any) -> Any:
        return None if self.flags is None else self.flags(bars)

    def evaluate(self, bars: Any, positions: Any, equity: float) -> Any:
        return bars["y"]


SERIES: dict[str, tuple[BadSeries, ErrorCode, str]] = {
    "short": (BadSeries(lambda bars: bars.bid_close[1:]), ErrorCode.SIZE_MISMATCH, "indicators"),
    "raises": (BadSeries(lambda bars: bars.nothing), ErrorCode.COMPUTATION_FAILED, "indicators"),
    "no function": (BadSeries(5), ErrorCode.TYPE_MISMATCH, "indicators"),
    "unknown": (BadSeries(omega.Indicator("smaa", period=3)), ErrorCode.INVALID_ARGUMENT, "name"),
    "no period": (BadSeries(omega.Indicator("sma")), ErrorCode.INVALID_ARGUMENT, "period"),
    "short when": (BadSeries(when=lambda bars: [True]), ErrorCode.SIZE_MISMATCH, "when"),
    "when of numbers": (BadSeries(when=lambda bars: bars.bid_close), ErrorCode.TYPE_MISMATCH, "when"),
    "when raises": (BadSeries(when=lambda bars: bars["z"]), ErrorCode.COMPUTATION_FAILED, "when"),
    "undeclared": (BadSeries(), ErrorCode.INVALID_ARGUMENT, "y"),
}


@pytest.mark.rule("Q-L5", "Q-L3c")
@pytest.mark.parametrize("what", SERIES)
def test_series_and_when_are_held_to_the_bars(backend: str, what: str) -> None:
    strategy, code, column = SERIES[what]
    found = refusal(strategy, backend)
    assert (found.code, found.column) == (code, column)


def test_what_is_no_strategy_is_refused() -> None:
    bars = flat_bars([1.1] * 5)
    for given, text in ((Crossover, "Crossover: call it"), (5, "5")):
        with pytest.raises(OmegaError) as caught:
            omega.run_backtest(CONFIG, bars, strategy=given)  # type: ignore[arg-type]
        assert caught.value.code is ErrorCode.TYPE_MISMATCH
        assert text in str(caught.value.context["value"])
    with pytest.raises(OmegaError, match="leave one of both out"):
        omega.run_backtest({**CONFIG, "strategy": {}}, bars, strategy=Crossover())
    with pytest.raises(OmegaError, match="cannot be copied"):
        omega.run_backtest(CONFIG, bars, strategy=BadSeries(threading.Lock()))


LOADED: dict[str, tuple[dict[str, object], ErrorCode, str]] = {
    "no file": ({"module": "nowhere.py", "class": "Once"}, ErrorCode.NOT_FOUND, "strategy.module"),
    "no module": ({"module": "nowhere.at.all", "class": "Once"}, ErrorCode.NOT_FOUND, "strategy.module"),
    "no class": ({"module": "m.py", "class": "Onec"}, ErrorCode.INVALID_ARGUMENT, "strategy.class"),
    "no strategy": ({"module": "m.py", "class": "Other"}, ErrorCode.TYPE_MISMATCH, "strategy.class"),
    "no argument": ({"module": "m.py", "class": "Once"}, ErrorCode.INVALID_ARGUMENT, "strategy.parameters"),
    "its own": (
        {"module": "m.py", "class": "Once", "parameters": {"at": -1}},
        ErrorCode.COMPUTATION_FAILED,
        "strategy.parameters",
    ),
    "broken": ({"module": "broken.py", "class": "Once"}, ErrorCode.COMPUTATION_FAILED, "strategy.module"),
    "half": ({"module": "m.py"}, ErrorCode.MISSING_REQUIRED_FIELD, "strategy.class"),
    "the other half": ({"class": "Once"}, ErrorCode.MISSING_REQUIRED_FIELD, "strategy.module"),
    "both": ({"module": "m.py", "class": "Once", "name": "x"}, ErrorCode.INVALID_ARGUMENT, "strategy.name"),
    "mistyped": ({"modul": "m.py"}, ErrorCode.INVALID_ARGUMENT, "strategy.modul"),
}
MODULE = """
from omega import Strategy
class Other: ...
class Once(Strategy):
    def __init__(self, at):
        if at < 0:
            raise ValueError("at is a bar")
"""


@pytest.mark.rule("A-1")
@pytest.mark.parametrize("what", LOADED)
def test_a_class_that_is_not_there_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "m.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken.py").write_text("1 / 0", encoding="utf-8")
    section, code, column = LOADED[what]
    lines = ["symbol: EURUSD", "strategy:", *(f"  {key}: {value}" for key, value in section.items())]
    (tmp_path / "run.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest(tmp_path / "run.yaml", flat_bars([1.1] * 5))
    assert (caught.value.code, caught.value.column) == (code, column)


def test_a_mistyped_key_is_answered_with_the_key_that_a_file_has() -> None:
    with pytest.raises(OmegaError, match=r"did you mean 'strategy\.class'\?"):
        omega.config.load_config({"symbol": "EURUSD", "strategy": {"module": "m.py", "clas": "Once"}})


SCRIPT = """
import signal, sys, time
import omega
import numpy as np

class Idle(omega.Strategy):
    def when(self, bars):
        return None if sys.argv[2] == "asked" else np.zeros(len(bars), dtype=bool)
    def evaluate(self, bars, positions, equity):
        return []

signal.signal(signal.SIGINT, signal.default_int_handler)
bars = omega.sample_bars(n=2_000_000, seed=7)
omega.run_backtest({"symbol": "EURUSD"}, bars.first(10), strategy=Idle(), backend=sys.argv[1])
print("ready", flush=True)
try:
    while True:
        omega.run_backtest({"symbol": "EURUSD"}, bars, strategy=Idle(), backend=sys.argv[1])
except KeyboardInterrupt:
    print(time.time(), flush=True)
    sys.exit(42)
"""


@pytest.mark.rule("L-2", "L-5")
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
@pytest.mark.parametrize("when", ["asked", "idle"])
def test_ctrl_c_is_heard_within_a_fifth_of_a_second(backend: str, when: str) -> None:
    command = [sys.executable, "-c", SCRIPT, backend, when]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        sent = time.time()
        process.send_signal(signal.SIGINT)
        heard = float(process.stdout.readline())
        assert process.wait(30) == 42
    assert heard - sent < 0.2
