"""The same orders in other engines: what differs stands in the register, and nothing else does."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

import pytest

from .cases import Case, Outcome, cases, of_omega
from .register import Difference, differing, read_register

COUNT = 200
FILLS = {"backtesting": "next_open", "vectorbt": "close", "nautilus": "close"}
"""When a market order fills in an engine."""
ORDERS = [
    *(("backtesting", order_type) for order_type in ("market", "limit", "stop")),
    ("vectorbt", "market"),  # it has no limit and stop orders
    *(("nautilus", order_type) for order_type in ("market", "limit", "stop")),
]


@cache
def outcomes(engine: str, order_type: str) -> list[tuple[Case, Outcome]]:
    """Run the cases through another engine."""
    given = cases(order_type, COUNT)
    driver = Path(__file__).with_name(f"drive_{engine}.py")
    command, data = [os.environ["OMEGA_ENGINES"], str(driver)], json.dumps([case.as_data() for case in given])
    ended = subprocess.run(command, input=data, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr[-2_000:]
    return [
        (case, cast("Outcome", tuple(theirs))) for case, theirs in zip(given, json.loads(ended.stdout), strict=True)
    ]


@pytest.mark.rule("E-1", "E-3", "E-7", "E-8", "E-9")
@pytest.mark.parametrize("backend", ["python", "rust"])
@pytest.mark.parametrize(("engine", "order_type"), ORDERS)
def test_what_differs_stands_in_the_register(engine: str, order_type: str, backend: str) -> None:
    known = [entry for entry in read_register() if entry.engine == engine]
    filled, new = 0, []
    for case, theirs in outcomes(engine, order_type):
        ours = of_omega(case, backend, market_fill=FILLS[engine])
        filled += ours[0] is not None
        if differing(ours, theirs) and not any(entry.explains(case, ours, theirs) for entry in known):
            new.append(f"{case.name}: Omega {ours}, {engine} {theirs}")
    assert not new, "\n".join(new)
    assert filled >= COUNT // 2


@pytest.mark.parametrize("entry", read_register(), ids=lambda entry: entry.id)
def test_an_entry_of_the_register_is_alive(entry: Difference) -> None:
    assert entry.expires > datetime.now(UTC).date(), f"{entry.id} has expired: look at it anew"
    order_type = entry.reproducer.partition("-")[0]
    (found,) = [pair for pair in outcomes(entry.engine, order_type) if pair[0].name == entry.reproducer]
    case, theirs = found
    ours = of_omega(case, "python", market_fill=FILLS[entry.engine])
    assert differing(ours, theirs)
    assert entry.explains(case, ours, theirs)
