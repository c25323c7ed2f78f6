"""Small things that a newcomer meets: answers in the words of the question."""

from __future__ import annotations

import pytest

import omega
from omega.cli.output import console
from omega.contract.errors import ErrorCode, OmegaError
from omega.flags.sources import read_flags


@pytest.mark.rule("Q-D1")
@pytest.mark.parametrize(("n", "seed", "column"), [(-5, 7, "n"), (2**70, 7, "n"), (5, -1, "seed"), (5, 2**64, "seed")])
def test_sizes_of_a_sample_that_are_none(backend: str, n: int, seed: int, column: str) -> None:
    with pytest.raises(OmegaError, match=f"{column}: must be in") as caught:
        omega.sample_bars(n, seed, backend=backend)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, "Q-D1", column)


@pytest.mark.rule("F-1")
def test_a_misspelt_variable_is_answered_with_a_variable() -> None:
    with pytest.raises(OmegaError, match="did you mean 'OMEGA_USE_RUST_EXECUTION'") as caught:
        read_flags(environment={"OMEGA_USE_RUST_EXECUTIN": "true"})
    assert "flags: OMEGA_USE_RUST_SLIPPAGE_FEE, " in caught.value.message


@pytest.mark.rule("A-1")
def test_an_unknown_strategy_is_answered_with_those_there_are(backend: str, sample: omega.Bars) -> None:
    with pytest.raises(OmegaError, match=r"unknown strategy.*mean_reversion_z_score") as caught:
        omega.run_backtest({"symbol": "EURUSD", "strategy": {"name": "my"}}, sample, backend=backend)
    assert (caught.value.code, caught.value.column, caught.value.value) == (
        ErrorCode.INVALID_ARGUMENT,
        "strategy",
        "my",
    )


def test_no_color_means_no_style(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert console().color_system is None
