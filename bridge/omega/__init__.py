"""Omega: an FX backtester as a typed Python reference and a bit-identical Rust twin.

Nothing is imported before it is asked for: ``omega.contract`` is usable on its own, and the command line starts fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from omega import config as config
    from omega import orders as orders
    from omega.checking import IndicatorCheck as IndicatorCheck
    from omega.checking import check_indicator as check_indicator
    from omega.contract.errors import ErrorCode as ErrorCode
    from omega.contract.errors import OmegaError as OmegaError
    from omega.custom import Prices as Prices
    from omega.custom import register_indicator as register_indicator
    from omega.data.bars import Bars as Bars
    from omega.data.ticks import Ticks as Ticks
    from omega.peeking import Lookahead as Lookahead
    from omega.peeking import lookahead as lookahead
    from omega.prepare.catalogue import Catalogue as Catalogue
    from omega.prepare.describing import describe_data as describe_data
    from omega.prepare.importing import Imported as Imported
    from omega.prepare.importing import import_data as import_data
    from omega.prepare.resample import resample as resample
    from omega.reading import read_bars as read_bars
    from omega.reading import read_ticks as read_ticks
    from omega.reading import sample_bars as sample_bars
    from omega.result import Result as Result
    from omega.result import load_result as load_result
    from omega.run import indicator as indicator
    from omega.run import run_backtest as run_backtest
    from omega.run import run_signals as run_signals
    from omega.run import run_ticks as run_ticks
    from omega.series import IndicatorCache as IndicatorCache
    from omega.settings.model import Config as Config
    from omega.simulator import ExecutionSimulator as ExecutionSimulator
    from omega.slices import MultiSymbolDataIterator as MultiSymbolDataIterator
    from omega.slices import multi_symbol as multi_symbol
    from omega.strategy.base import Indicator as Indicator
    from omega.strategy.base import Strategy as Strategy
    from omega.streaming import IndicatorStream as IndicatorStream
    from omega.streaming import indicators as indicators
    from omega.warming import WarmUp as WarmUp
    from omega.warming import warm_up as warm_up

__version__ = "0.1.0"

_HOME: Final = {
    "Bars": "omega.data.bars",
    "Catalogue": "omega.prepare.catalogue",
    "Config": "omega.settings.model",
    "ErrorCode": "omega.contract.errors",
    "ExecutionSimulator": "omega.simulator",
    "Indicator": "omega.strategy.base",
    "IndicatorCache": "omega.series",
    "IndicatorCheck": "omega.checking",
    "IndicatorStream": "omega.streaming",
    "Imported": "omega.prepare.importing",
    "Lookahead": "omega.peeking",
    "MultiSymbolDataIterator": "omega.slices",
    "OmegaError": "omega.contract.errors",
    "Prices": "omega.custom",
    "Result": "omega.result",
    "Strategy": "omega.strategy.base",
    "Ticks": "omega.data.ticks",
    "WarmUp": "omega.warming",
    "check_indicator": "omega.checking",
    "describe_data": "omega.prepare.describing",
    "import_data": "omega.prepare.importing",
    "indicator": "omega.run",
    "indicators": "omega.streaming",
    "load_result": "omega.result",
    "lookahead": "omega.peeking",
    "multi_symbol": "omega.slices",
    "read_bars": "omega.reading",
    "read_ticks": "omega.reading",
    "register_indicator": "omega.custom",
    "resample": "omega.prepare.resample",
    "run_backtest": "omega.run",
    "run_signals": "omega.run",
    "run_ticks": "omega.run",
    "sample_bars": "omega.reading",
    "warm_up": "omega.warming",
}
"""Where each public name lives."""

__all__ = [  # noqa: RUF022 (in the order of a first session)
    "read_bars",
    "sample_bars",
    "read_ticks",
    "import_data",
    "describe_data",
    "resample",
    "run_signals",
    "run_ticks",
    "run_backtest",
    "Strategy",
    "Indicator",
    "orders",
    "lookahead",
    "warm_up",
    "indicator",
    "indicators",
    "register_indicator",
    "check_indicator",
    "Prices",
    "IndicatorCheck",
    "IndicatorCache",
    "IndicatorStream",
    "ExecutionSimulator",
    "multi_symbol",
    "MultiSymbolDataIterator",
    "Lookahead",
    "WarmUp",
    "Result",
    "load_result",
    "Bars",
    "Catalogue",
    "Imported",
    "Ticks",
    "Config",
    "config",
    "OmegaError",
    "ErrorCode",
    "__version__",
]


def __getattr__(name: str) -> Any:  # what a name stands for is declared above, for type checkers
    if name in ("config", "orders"):
        return import_module(f"omega.{name}")
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'omega' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(home), name)  # asked for once
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
