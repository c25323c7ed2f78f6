"""What the sides and the third opinion are run over: generated cases, golden cases and the sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

import omega
from omega.contract.types import EngineConfig, Timeframe
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_case
from omega_parity.golden.case import GOLDEN_FOLDER, case_folders, load_case

from .inputs import quotes_of, signals_of
from .opinion import Opinion
from .orders import Outcome
from .terms import Terms, terms_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One run as a user asks for it."""

    name: str
    keys: Mapping[str, Any]
    bars: pa.Table
    signals: pa.Table

    def result(self, backend: str) -> omega.Result:
        """Run a side, through the public API."""
        bars = omega.read_bars(
            self.bars, symbol=self.keys["symbol"], timeframe=self.keys["timeframe"], backend=backend
        )
        return omega.run_signals(bars, self.signals, self.keys, backend=backend)

    def opinion(self) -> tuple[Outcome, Terms]:
        """Run the third opinion."""
        terms = terms_of(self.keys)
        return Opinion(terms).run(quotes_of(self.bars, terms), signals_of(self.signals)), terms


def generated(n: int, seed: int = 0) -> Iterator[Input]:
    """Yield ``n`` canonical cases of parity's generator that run signals."""
    index = 0
    while n:
        case = sample_case(seed, index)
        index += 1
        if case.signals is not None and case.config.variant.text == "canonical":
            n -= 1
            yield _input(case)


def golden() -> Iterator[Input]:
    """Yield the canonical golden cases that run signals."""
    for folder in case_folders(GOLDEN_FOLDER)[0]:
        case = load_case(folder).as_case()
        if case.signals is not None and case.config.variant.text == "canonical":
            yield _input(case)


def _input(case: Case) -> Input:
    assert case.signals is not None
    return Input(name=case.name, keys=keys_of(case.config), bars=case.bars, signals=case.signals)


def keys_of(config: EngineConfig) -> dict[str, Any]:
    """Return a configuration as a user writes it."""
    spec = config.instrument
    assert spec is not None
    names = type(spec).__slots__
    return {
        "symbol": config.symbol,
        "timeframe": Timeframe(config.timeframe).name,
        "start": None if config.start is None else (EPOCH + timedelta(microseconds=config.start)).isoformat(),
        "account_currency": config.account_currency,
        "initial_balance": config.initial_balance,
        "risk_per_trade": config.risk_per_trade,
        "risk_fraction": config.risk_fraction,
        "max_positions_per_symbol": config.max_positions,
        "seed": config.seed,
        "pip_buffer_factor": config.pip_buffer_factor,
        "close_at_end": config.close_at_end,
        "sizing": {"below_min": config.below_min.text},
        "costs": {
            "slippage": {"fixed_pips": config.slippage_fixed_pips, "random_pips": config.slippage_random_pips},
            "fee": {"per_million": config.fee_per_million, "min_fee": config.fee_min},
        },
        "instruments": [{name: getattr(spec, name) for name in names}],
    }
