"""What one process of a drill does: everything once, under flags, with a failure or a module that is not right.

``python -m omega_parity.control.drilled '{"by": "environment", …}'`` prints one JSON document.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from contextlib import ExitStack
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final, cast

import xxhash

BARS: Final = 600
FAILS_AT: Final = 300
"""The bar in which a run fails that is to fail."""

_HALF: Final = BARS // 2
_CONFIG: Final[dict[str, Any]] = {
    "symbol": "EURUSD",
    "timeframe": "M5",
    "costs": {"fee": {"per_million": 30.0}, "slippage": {"fixed_pips": 0.1, "random_pips": 0.3}},
}
_STRATEGY: Final = {
    "name": "mean_reversion_z_score",
    "parameters": {"enabled_scenarios": [1], "window_length": 20, "ema_length": 10, "z_score_long": -1.5},
}
_PARTS: Final = {
    "slippage_fee": "CostModel",
    "indicator_cache": "IndicatorCache",
    "portfolio": "mark",
    "data_handler": "Bars",
    "multi_symbol": "MultiSymbol",
}
"""What of the native module fails in the place of a component that is no loop."""


class _Unfit(MetaPathFinder, Loader):
    """Finds a native module that is not there, or that cannot be loaded."""

    def __init__(self, state: str) -> None:
        self._state = state

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name != "omega_rust":
            return None
        if self._state == "missing":
            raise ModuleNotFoundError("No module named 'omega_rust'", name=name)
        return ModuleSpec(name, self)

    def exec_module(self, module: ModuleType) -> None:
        raise RuntimeError("a broken build, as asked")


def _set_module(state: str) -> None:
    """Let the native module be what is asked for: missing, broken or stale."""
    if state == "stale":
        import omega_rust

        vars(omega_rust)["SOURCE_DIGEST"] = "0" * 32
    elif state != "as it is":
        sys.meta_path.insert(0, _Unfit(state))


def _set_failure(failure: str, stack: ExitStack) -> None:
    """Let Rust fail: in a bar of a run by the probe, or a component that is no loop whenever it is asked."""
    from omega.serve import native
    from omega_parity.control.faulty import failing

    if failure in _PARTS:
        module = native._native()

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("a failure, as asked")

        failed = SimpleNamespace(**{**vars(module), _PARTS[failure]: fail})
        vars(native)["_native"] = lambda: failed
        return
    stack.enter_context(failing(failure, FAILS_AT))


def _everything(config: dict[str, Any], snapshot: Path | None, resumes: bool) -> dict[str, Any]:
    """Do whatever flags decide about once, and say what came of it."""
    import omega
    from omega.data.writing import write_file

    bars = omega.sample_bars(BARS)
    run = omega.run_backtest({**config, "strategy": _STRATEGY}, bars.table)
    orders = _orders(bars)
    of_signals = omega.run_signals(bars, orders, config)
    average = cast("Any", omega.indicator("ema", bars, period=20))
    simulator = omega.ExecutionSimulator(config)
    if resumes:
        assert snapshot is not None
        simulator.restore(snapshot.read_bytes())
    else:
        _step(simulator, bars, orders, 0, _HALF)
        if snapshot is not None:
            write_file(snapshot, simulator.snapshot())
    _step(simulator, bars, orders, _HALF, BARS)
    walk = omega.multi_symbol({"EURUSD": bars, "GBPUSD": omega.sample_bars(_HALF, seed=8)})
    digest = xxhash.xxh3_128(bars.content_hash.encode() + average.tobytes() + simulator.state_hash)
    tables = (run.events, run.trades, run.equity, of_signals.events, of_signals.trades, simulator.trades)
    for table in (*tables, walk.block()):
        # By its values: Arrow has several forms of the same table. The shortest text of a float gives its bits back.
        digest.update(repr(table.to_pylist()).encode())
    digest.update(run.state_chain.tobytes() + of_signals.state_chain.tobytes())
    sides = {choice.component: choice.backend for choice in run.flags}
    fallbacks = sum(one.fallbacks for one in omega.config.counters().values())
    return {
        "digest": digest.hexdigest(),
        "sides": {**sides, "event_engine": run.backend, "multi_symbol": walk.backend},
        "fallbacks": fallbacks,
        "trades": run.trades.num_rows + of_signals.trades.num_rows + simulator.trades.num_rows,
    }


def _orders(bars: Any) -> list[dict[str, Any]]:
    order = {"symbol": "EURUSD", "signal_type": "entry", "order_type": "market"}
    ways = ({"direction": "long", "stop_loss": 1.0}, {"direction": "short", "stop_loss": 1.2})
    return [
        {**order, **ways[at // 20 % 2], "timestamp": int(bars.times[at]), "max_holding": 3_600_000_000}
        for at in range(5, BARS, 20)
    ]


def _step(simulator: Any, bars: Any, orders: list[dict[str, Any]], first: int, end: int) -> None:
    due = {order["timestamp"]: order for order in orders}
    for row, time_ in zip(bars.table.slice(first, end - first).to_pylist(), bars.times[first:end], strict=True):
        if int(time_) in due:
            simulator.process_signals(row, due[int(time_)])
        simulator.evaluate_exits(row)


def perform(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked; a refusal is an answer."""
    _set_module(asked.get("module", "as it is"))
    begun = time.perf_counter()
    import omega

    config, flags = dict(_CONFIG), asked["flags"]
    # What is measured here is what a GO record is made of: there can be none yet (F-8).
    from omega.serve.approvals import trial

    with trial(), ExitStack() as stack, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        if asked["by"] == "environment":
            os.environ.update({f"OMEGA_USE_RUST_{name.upper()}": value for name, value in flags.items()})
        elif asked["by"] == "configuration":
            config["feature_flags"] = flags
            # What is read outside a run knows no configuration.
            names = ("data_handler", "indicator_cache", "multi_symbol")
            stack.enter_context(omega.config.override_flags(**{name: flags[name] for name in names}))
        else:
            for name, value in flags.items():
                omega.config.set_feature_flag(f"use_rust_{name}", value)
        if asked.get("failure"):
            _set_failure(asked["failure"], stack)
        snapshot = None if asked.get("snapshot") is None else Path(asked["snapshot"])
        try:
            found = _everything(config, snapshot, bool(asked.get("resumes")))
        except omega.OmegaError as error:
            return {"error": int(error.code), "message": error.message}
    found["warnings"] = sorted({str(one.message) for one in told})
    return {**found, "seconds": time.perf_counter() - begun}


if __name__ == "__main__":
    print(json.dumps(perform(json.loads(sys.argv[1]))))
