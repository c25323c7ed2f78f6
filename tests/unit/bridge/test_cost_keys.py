"""Keys of sizes, commission and nights that belong together, and what is refused of them (S-3, C-3, C-4)."""

from __future__ import annotations

from typing import Any

import pytest

from omega.config import resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.settings.model import Config

from .refusals import refused

MINIMAL = {"symbol": "EURUSD", "timeframe": "M5"}


def refusal(keys: dict[str, Any]) -> OmegaError:
    return refused(lambda: Config(**keys))


@pytest.mark.rule("S-3", "Q-S3")
def test_lots_belong_to_fixed_sizes_and_to_no_others() -> None:
    error = refusal({"sizing": {"mode": "fixed"}})
    assert (error.code, error.rule, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "S-3", "sizing.lots")
    for mode in ("risk", "pip"):
        error = refusal({"sizing": {"mode": mode, "lots": 1.5}})
        assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "S-3", "sizing.lots")
        assert error.value == 1.5


COMMISSION = {"basis": "per_lot", "rate": 3.5}


@pytest.mark.rule("C-3", "Q-C3")
def test_a_commission_is_charged_instead_of_the_fee() -> None:
    for fee in ({"per_million": 30.0}, {"min_fee": 0.5}):
        error = refusal({"costs": {"fee": fee, "commission": COMMISSION}})
        assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "C-3", "costs.fee")
    Config(costs={"fee": {"per_million": 0.0}, "commission": COMMISSION})


@pytest.mark.rule("Q-C3")
def test_a_share_of_the_notional_is_at_most_all_of_it() -> None:
    whole = {"basis": "percent_of_notional", "rate": 1.0}
    Config(costs={"commission": whole})
    error = refusal({"costs": {"commission": {**whole, "rate": 1.5}}})
    assert (error.code, error.rule, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "C-3", 1.5)
    assert error.column == "costs.commission.rate"
    assert "0.00005 is 0.005 %" in error.message


@pytest.mark.rule("C-3")
def test_a_commission_says_what_it_is_charged_on() -> None:
    for missing in COMMISSION:
        error = refusal({"costs": {"commission": {key: COMMISSION[key] for key in COMMISSION if key != missing}}})
        assert (error.code, error.rule) == (ErrorCode.MISSING_REQUIRED_FIELD, "C-3")
        assert error.column == f"costs.commission.{missing}"


@pytest.mark.rule("Q-C4")
@pytest.mark.parametrize("clock", ["24:00", "17:60", "5:00", "17", "17:00:00", "", "١٧:٠٠"])
def test_a_rollover_is_a_time_of_the_day(clock: str) -> None:
    error = refusal({"costs": {"swap": {"rollover": clock}}})
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "C-4", "costs.swap.rollover")
    assert "HH:MM" in error.message


@pytest.mark.rule("C-4", "Q-C4")
@pytest.mark.parametrize("zone", ["America/Nowhere", "", "../../etc/passwd", "America", "x" * 300, "a\0b"])
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    config = Config(**MINIMAL, costs={"swap": {"zone": zone}})
    with pytest.raises(OmegaError) as caught:
        resolve(config)
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "C-4", "costs.swap.zone")
    assert error.value == zone
