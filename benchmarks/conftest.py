"""Both sides in one process, checked equal before they are timed; a debug build is refused."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

import pytest

import omega
from omega.serve import native
from omega.serve.approvals import trial
from omega_parity.generate.workloads import SAMPLE_SEED, W1_BARS, W2_BARS

SIDES = ("python", "rust")


def pytest_configure(config: pytest.Config) -> None:
    module = native.load()
    if module is None:
        pytest.exit("benchmarks need the Rust module: run `make build`", returncode=3)
    if module.BUILD_PROFILE != "release":
        pytest.exit("benchmarks refuse a debug build: run `make build`", returncode=3)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    module = native.load()
    assert module is not None
    machine_info.clear()
    machine_info.update(
        processor=_processor(),
        system=platform.system(),
        python=platform.python_version(),
        omega=omega.__version__,
        build_profile=module.BUILD_PROFILE,
        source_digest=module.SOURCE_DIGEST,
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


@pytest.fixture(autouse=True, scope="session")
def _on_trial() -> Iterator[None]:
    """What is timed here is what a GO record is made of: there may be none yet (F-8)."""
    with trial():
        yield


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def w1_bars() -> omega.Bars:
    return omega.sample_bars(W1_BARS, seed=SAMPLE_SEED)


@pytest.fixture(scope="session")
def w2_bars() -> omega.Bars:
    return omega.sample_bars(W2_BARS, seed=SAMPLE_SEED)
