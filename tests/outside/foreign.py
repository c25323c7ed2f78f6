"""Generated cases whose money is another currency's, in accounts with little in them (S-1, C-6, E-21)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa

from .cases import Input, generated
from .worth import EPOCH, MICROSECOND

BEFORE = timedelta(days=6) // MICROSECOND
"""How long before the first bar a series begins, and how long until its next row: none is older than a week."""

WAYS: tuple[tuple[str, dict[str, float], float], ...] = (
    ("ACC", {}, 1.0),
    ("BAS", {"QUOACC": 1.37, "ACCQUO": 9.0}, 1.37),
    ("BAS", {"ACCQUO": 147.3}, 1.0 / 147.3),
    ("BAS", {"QUOUSD": 1.27, "USDACC": 0.93}, 1.27 * 0.93),
    ("BAS", {"USDQUO": 147.3, "ACCUSD": 1.0845}, 1.0 / 147.3 / 1.0845),
)
"""Base currency, rates from QUO to ACC, and about what a unit of QUO is worth."""


def foreign(n: int, seed: int = 4) -> Iterator[Input]:
    """Yield about ``n`` cases with rates of every kind, some with margin, most with an account that may be ruined.

    Among those of seed 3 is one with the drawdown of one ulp that the register of known differences has.
    """
    pick = random.Random(seed).choice
    for case in generated(n, seed):
        spec, price = case.keys["instruments"][0], case.bars.column("bid_open")[0].as_py()
        worth = (spec["tick_value"] or spec["contract_size"] * spec["tick_size"]) / spec["tick_size"]
        base, fixed, factor = pick(WAYS)
        contract_size = worth * price if base == "ACC" else worth / factor
        balance = case.keys["risk_per_trade"] * pick((0.5, 1.5, 4.0, 20.0))
        if not (1e-12 <= contract_size <= 1e12 and 1e-12 <= balance <= 1e15):
            continue
        margin = {"leverage": pick((1.0, 30.0, 500.0)), "stop_out": pick((0.0, 0.5, 1.0))}
        ruin: Mapping[str, Any] = pick(({"on_ruin": "continue"}, {"on_ruin": "stop"}, {"margin": margin}))
        own = {"tick_value": None, "contract_size": contract_size, "base_currency": base, "quote_currency": "QUO"}
        costs = {**case.keys["costs"]}
        third: dict[str, float] = {}
        if costs.get("commission") is not None:
            currency, third = pick((("ACC", {}), ("QUO", {}), (base, {}), ("THI", {"QUOTHI": 3.7, "ACCTHI": 0.13})))
            costs["commission"] = {**costs["commission"], "currency": currency}
        keys = {
            **case.keys,
            "on_ruin": None,
            "margin": None,
            **ruin,
            "account_currency": "ACC",
            "initial_balance": balance,
            "rates": {
                pair: _series(pick, case, rate) if pick((0, 1)) else rate for pair, rate in {**fixed, **third}.items()
            },
            "costs": costs,
            "instruments": [{**spec, **own}],
        }
        yield replace(case, name=f"foreign {case.name}", keys=keys)


def _series(pick: Any, case: Input, rate: float) -> dict[str, list[Any]]:
    """Return a rate that changes at bars, between them, and before the first."""
    times: list[int] = case.bars.column("timestamp").cast(pa.int64()).to_numpy().tolist()
    places = {pick(times) + pick((-1, 0, 1)) for _ in range(6)}
    rows = sorted({*range(times[0] - BEFORE, times[-1], BEFORE), *places})
    return {
        "timestamp": [EPOCH + time * MICROSECOND for time in rows],
        "rate": [round(rate * pick((0.8, 0.97, 1.0, 1.13, 1.25)), 6) for _ in rows],
    }
