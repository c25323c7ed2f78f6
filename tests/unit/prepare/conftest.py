"""Files as other programs write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omega_parity.generate.markets import market_data_folder, required_market_data

MT5_HEADER = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
MT5 = MT5_HEADER + (
    "2024.03.08\t23:59:00\t1.07214\t1.07220\t1.07210\t1.07214\t10\t0\t8\n"
    "2024.03.11\t00:00:00\t1.07214\t1.07230\t1.07200\t1.07215\t12\t0\t11\n"
)
HISTDATA = (
    "20240308 165900;1.09391;1.09400;1.09380;1.09390;0\n"
    "20240310 170000;1.09390;1.09395;1.09385;1.09386;0\n"
    "20240708 100000;1.08200;1.08210;1.08190;1.08205;0\n"
)
DUKASCOPY = (
    "timestamp,open,high,low,close,volume\n"
    "1709935140000,1.09391,1.094,1.0938,1.0939,12.5\n"
    "1709935200000,1.0939,1.0939,1.0939,1.0939,0\n"
    "1709935260000,1.0939,1.0939,1.0939,1.0939,0\n"
    "1710108000000,1.0939,1.0941,1.0938,1.0940,3\n"
)
OHLC = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-03-08,1.0939,1.0941,1.0938,1.094,1.094,0\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file under a name and return its path."""

    def put(content: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


def utc(text: str) -> datetime:
    """Read ``2024-03-08 21:59`` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def market_file() -> Callable[[str], Path]:
    """Find a set of real market data by its name."""
    folder = market_data_folder()
    assert folder is not None, "such tests are left out where there is none"
    return lambda name: folder / f"{name}.parquet"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs real market data where there are none and nobody demands them."""
    if required_market_data() is not None or market_data_folder() is not None:
        return
    left_out = [item for item in items if "market_file" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
