"""TA-Lib and SciPy stand beside our own packages, `make opinions`, which sets OMEGA_PEERS."""

from __future__ import annotations

import os

if "OMEGA_PEERS" not in os.environ:
    collect_ignore = ["test_opinions.py"]
