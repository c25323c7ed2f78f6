"""The engines have an environment of their own, `make engines`, whose interpreter OMEGA_ENGINES names."""

from __future__ import annotations

import os

if "OMEGA_ENGINES" not in os.environ:
    collect_ignore = ["test_engines.py"]
