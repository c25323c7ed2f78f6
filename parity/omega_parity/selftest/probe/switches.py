"""Each counted rule switched off in the reference: that a rule fires proves little if nobody would miss it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from omega_parity.selftest.probe.saboteurs import SABOTEURS, read_faults

SWITCHES: Final = read_faults(Path(__file__).with_name("switches.toml"))
"""A switch per counted rule, by names such as ``without E-7``."""

REFERENCE_FAULTS: Final = MappingProxyType({**SABOTEURS, **SWITCHES})
"""Everything that can be wrong with a copy of the reference."""
