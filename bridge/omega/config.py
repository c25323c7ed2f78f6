"""The door to configuration: loading, feature flags, and resolution into what the implementations take."""

from omega.boundary.limits import override_limits, set_limit
from omega.data.times import microseconds
from omega.flags.sampling import set_verify_share
from omega.flags.sources import override_flags, set_feature_flag, set_flag_source
from omega.serve.counters import Served, counters
from omega.settings.instruments import find_instrument
from omega.settings.load import ConfigSource, flags_of, load_config
from omega.settings.model import Config
from omega.settings.resolve import resolve
from omega.settings.schema import json_schema

__all__ = [
    "Config",
    "ConfigSource",
    "Served",
    "counters",
    "find_instrument",
    "flags_of",
    "json_schema",
    "load_config",
    "microseconds",
    "override_flags",
    "override_limits",
    "resolve",
    "set_feature_flag",
    "set_flag_source",
    "set_limit",
    "set_verify_share",
]
