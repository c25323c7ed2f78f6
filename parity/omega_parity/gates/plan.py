"""What one call of ``omega verify`` does: cases, golden cases, how long it searches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from omega.config import Config
from omega.contract.errors import ErrorCode, omega_error
from omega_parity.gates.checks import CHECKS
from omega_parity.gates.checks.bench import QUICK, VERIFY, Check, Extent
from omega_parity.gates.checks.market import whole_sets
from omega_parity.gates.kept import kept_shortfalls
from omega_parity.gates.recorded import SEQUENCES as RECORDED_SEQUENCES
from omega_parity.generate.cases import (
    SIGNAL_FLOORS,
    STRATEGY_FLOORS,
    Case,
    Floors,
    Market,
    full_cases,
    market_cases,
    quick_cases,
)
from omega_parity.generate.markets import (
    REQUIRE_VARIABLE,
    file_market,
    market_data_folder,
    market_set_names,
    own_case,
    real_market,
    required_market_data,
    sample_market,
)
from omega_parity.golden.case import GOLDEN_FOLDER, REGRESSIONS, case_folders
from omega_parity.golden.kept import case_folders as regression_folders
from omega_parity.judge.ownership import OWNERS, owner_named

SEQUENCES: Final = RECORDED_SEQUENCES["verify"]

QUICK_SEQUENCES: Final = RECORDED_SEQUENCES["quick"]

_USER_FLOORS: Final = Floors(fills=1)
"""Random signals fill on any market; how often the strategy trades on it is not for us to demand."""

_KEYS_OF_FILES: Final = {"symbol", "timeframe", "instruments"}
"""What a configuration says of a file of bars; the runs over it are the gates' own."""

SELF_TEST: Final = "rules and faults"
"""Name of the last step, which waits for what was begun with the first."""

STEP_BARS: Final = 30_000
"""What a step that is no case counts for in a progress bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one call does.

    Attributes
    ----------
    components : tuple of str
        Components to judge.
    sequences : int
        Generated cases.
    golden : tuple of Path
        Folders of golden cases.
    regressions : tuple of Path
        Folders of kept counterexamples.
    checks : tuple of Check
        Those that the gates of pytest do too.
    not_planned : tuple of str
        Checks that need what is not here, or are done otherwise.
    extent : Extent
        How far they go.
    has_reach : bool
        Whether it is judged what generated runs reach.
    notes : tuple of str
        What could not be run.
    skipped : tuple of str
        What is left out by choice.
    missing : tuple of str
        What is recorded and is not there.
    strays : tuple of str
        What lies among the golden cases and is none.
    """

    components: tuple[str, ...]
    cases: tuple[Case, ...]
    sequences: int
    golden: tuple[Path, ...] = ()
    regressions: tuple[Path, ...] = ()
    checks: tuple[Check, ...] = ()
    not_planned: tuple[str, ...] = ()
    extent: Extent = VERIFY
    is_quick: bool = False
    has_reach: bool = False
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()

    @property
    def steps(self) -> dict[str, int]:
        """What is done in which order, and its length in bars."""
        kinds = dict.fromkeys(one.kind for one in self.checks)
        reach = ("reach",) if self.has_reach else ()
        parts = ("golden cases", "generated sequences", *reach, *kinds, SELF_TEST)
        return {**{case.name: case.bars.num_rows for case in self.cases}, **dict.fromkeys(parts, STEP_BARS)}

    @property
    def is_whole(self) -> bool:
        """Whether all components are judged."""
        return set(self.components) == set(OWNERS)


def make_plan(
    paths: Iterable[Path],
    *,
    is_quick: bool,
    component: str | None = None,
    symbol: str | None = None,
    config: Config | None = None,
    signals: Path | None = None,
) -> Plan:
    """Choose the cases of the sample and of the user's files, the golden cases and the length of the search.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT for an unknown component; as :func:`omega_parity.generate.markets.file_market` and
        :func:`omega_parity.generate.markets.required_market_data`.
    """
    owners = tuple(OWNERS.values()) if component is None else (owner_named(component),)
    names = tuple(owner.name for owner in owners)
    files = tuple(paths)
    markets = [file_market(path, symbol, config) for path in files]
    own = _own_cases(config, signals, files)
    if not markets:
        _refuse_idle(symbol, None if own else config)
    runs = any(owner.runs_in_cases for owner in owners)
    folder = required_market_data()
    is_real = folder is not None and not is_quick
    cases = [*own, *(_cases(markets, folder if is_real else None, is_quick=is_quick) if runs else ())]
    found, strays = case_folders(GOLDEN_FOLDER) if GOLDEN_FOLDER.is_dir() else ([], [])
    checks = tuple(one for one in CHECKS.values() if one.component in names)
    # Whole real sets are cases of their own here.
    chosen = tuple(one for one in checks if not one.is_market or (is_real and one is not whole_sets))
    return Plan(
        components=names,
        cases=tuple(cases),
        sequences=(QUICK_SEQUENCES if is_quick else SEQUENCES) if runs else 0,
        golden=tuple(path for path in found if path.parent.name in names),
        regressions=tuple(regression_folders(GOLDEN_FOLDER / REGRESSIONS)) if runs else (),
        checks=chosen,
        not_planned=tuple(f"{one.kind}: {one.name}" for one in checks if one not in chosen),
        extent=QUICK if is_quick else VERIFY,
        is_quick=is_quick,
        has_reach=runs and component is None and not is_quick,
        notes=(*_notes(markets), *(() if own else _unused_keys(config))),
        skipped=_skipped(names, is_real=is_real, is_quick=is_quick),
        missing=kept_shortfalls(GOLDEN_FOLDER, names),
        strays=tuple(strays),
    )


def _own_cases(config: Config | None, signals: Path | None, files: tuple[Path, ...]) -> list[Case]:
    """Make the user's own runs, where signals or a strategy say what to run."""
    if config is None or (signals is None and config.strategy is None):
        return []
    return [own_case(config, signals, path) for path in (files or (None,))]


def _refuse_idle(symbol: str | None, config: Config | None) -> None:
    """Refuse what says something about files, where there are none, and a configuration that makes no run either."""
    if symbol is not None:
        message = "--symbol is about the files that are verified; name one: omega verify FILE --symbol …"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, column="symbol", value=symbol)
    if config is not None:
        message = (
            "--config has no strategy, and no --signals came with it, so that it makes no run to verify: add one of "
            "them, or name what its instruments are about: omega verify FILE --config …"
        )
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, column="config")


def _unused_keys(config: Config | None) -> tuple[str, ...]:
    unused = sorted(set() if config is None else config.model_fields_set - _KEYS_OF_FILES)
    return (f"--config: only what it says of instruments is used, not {', '.join(unused)}",) if unused else ()


def _notes(markets: Iterable[Market]) -> tuple[str, ...]:
    notes = [_note(market) for market in markets if market.instrument is None]
    if not GOLDEN_FOLDER.is_dir():
        notes.append("golden cases: not replayed, they lie in the checkout only")
    return tuple(notes)


def _skipped(names: tuple[str, ...], *, is_real: bool, is_quick: bool) -> tuple[str, ...]:
    """Say what is left out by choice, before anything ran."""
    skipped = [f"every component but {names[0]}"] if len(names) == 1 else []
    if not is_real:
        folder = market_data_folder()
        why = "not run with --quick" if is_quick else f"not run without {REQUIRE_VARIABLE}=1"
        skipped.append(f"real bar sets: {'not on this machine' if folder is None else why}")
    if is_quick:
        skipped.append("cases of the sample: all but the quick ones")
        skipped.append("what generated input reaches: judged by the full verify")
    return tuple(skipped)


def _cases(markets: Iterable[Market], real_data: Path | None, *, is_quick: bool) -> list[Case]:
    sample = sample_market()
    cases = list(quick_cases(sample) if is_quick else full_cases(sample))
    for market in markets:
        cases += market_cases(market, strategy_floors=Floors(), signal_floors=_USER_FLOORS)
    return cases if real_data is None else cases + _real_cases(real_data)


def _real_cases(folder: Path) -> list[Case]:
    """Make the cases of every real bar set, with the floors of the gates."""
    sets = (real_market(folder, name) for name in market_set_names())
    return [
        case
        for market in sets
        for case in market_cases(market, strategy_floors=STRATEGY_FLOORS, signal_floors=SIGNAL_FLOORS)
    ]


def _note(market: Market) -> str:
    return f"{market.name}: no specification of {market.symbol} is known, so only v1 ran (S-5); --config brings one"
