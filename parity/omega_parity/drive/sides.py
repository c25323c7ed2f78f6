"""The two implementations as sides of a comparison: the reference, and Rust as the candidate."""

from __future__ import annotations

import omega
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.serve.planning import native_status
from omega_parity.drive.observe import Side

Sides = tuple[Side, Side]
"""Reference first, candidate second."""


class NativeMissingError(Exception):
    """Rust cannot be judged because its module is missing, stale or foreign (F-6).

    Attributes
    ----------
    error : OmegaError
        What is wrong.
    fix : str
        The command that makes it right.
    """

    def __init__(self, error: OmegaError, fix: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.fix = fix


def both_sides() -> Sides:
    """Build both sides, whatever the flags say: a judge asks both.

    Raises
    ------
    NativeMissingError
        When the native module is not there, or is not the one that belongs to this checkout.
    """
    return reference_side(), native_side()


def reference_side() -> Side:
    """Build the reference."""
    from omega_reference.engine import Engine

    return Side(label="reference", engine=Engine())


def native_side() -> Side:
    """Build Rust, with the counter that proves it ran.

    Raises
    ------
    NativeMissingError
        As :func:`both_sides`.
    """
    from omega.serve.native import BUILD_COMMAND, checkout_root

    status = native_status()
    if not status.is_usable:
        code = ErrorCode.INVALID_STATE if status.is_alarming else ErrorCode.NOT_FOUND
        message = f"the native module cannot be judged: {status.why}"
        fix = BUILD_COMMAND if checkout_root() is not None else f"pip install omega-rust=={omega.__version__}"
        raise NativeMissingError(omega_error(code, message, rule="F-6", column="omega_rust"), fix)
    import omega_rust

    from omega.serve.native import Engine

    return Side(label="Rust", engine=Engine(), crossings=omega_rust.crossings)
