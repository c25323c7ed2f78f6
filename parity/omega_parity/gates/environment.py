"""What a verdict was reached with: versions, build of the native module, flags."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec

import numpy as np
import pyarrow as pa

import omega
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.flags.registry import COMPONENTS
from omega_parity.gates.provenance import source_digest


def describe_environment() -> dict[str, str]:
    """Name the versions that took part; the native module says from which sources it was built."""
    facts = {
        "omega": omega.__version__,
        "contract": f"version {CONTRACT_VERSION}, chain layout {CHAIN_LAYOUT_VERSION}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Python sources": source_digest(),
        "platform": f"{platform.system()} {platform.machine()}",
        "NumPy": np.__version__,
        "pyarrow": pa.__version__,
    }
    if find_spec("omega_rust") is None:
        return facts | {"omega_rust": "not installed"}
    import omega_rust

    return facts | {
        "omega_rust": f"{omega_rust.__version__}, {omega_rust.BUILD_PROFILE} build",
        "Rust sources": omega_rust.SOURCE_DIGEST,
    }


def describe_flags() -> dict[str, str]:
    """Name what the environment says about each component; a comparison runs both sides all the same."""
    return {component.flag: os.environ.get(component.flag, "not set (auto)") for component in COMPONENTS}
