"""A command of ``omega`` while Rust fails at a bar: to practise with. It takes the probe, a build made for tests only.

``python -m omega_parity.control.faulty wrong_result 300 backtest run.yaml`` runs ``omega backtest run.yaml``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

FAILURES: Final = ("panic", "wrong_result", "no_room")


@contextmanager
def failing(failure: str, bar: int) -> Iterator[None]:
    """Let the probe stand in for ``omega_rust`` in this process, and its runs fail at ``bar`` inside the block.

    Raises
    ------
    RuntimeError
        Without the probe.
    """
    from omega.serve import native
    from omega_parity.selftest.probe import native_probe, why_no_probe

    probe = native_probe()
    if probe is None:
        raise RuntimeError(why_no_probe())
    vars(native)["_native"] = lambda: probe.module
    with probe.failing(failure, bar):
        yield


def main(words: list[str]) -> None:
    """Let one of :data:`FAILURES` loose at a bar, and run the command that follows; its exit code is the answer."""
    from omega.cli import main as omega_command

    if len(words) < 3 or words[0] not in FAILURES or not (words[1].isascii() and words[1].isdigit()):
        print(f"usage: python -m {__spec__.name} {{{','.join(FAILURES)}}} BAR COMMAND …", file=sys.stderr)
        raise SystemExit(2)
    try:
        with failing(words[0], int(words[1])):
            omega_command(words[2:])
    except RuntimeError as missing:
        print(f"error: {missing}", file=sys.stderr)
        raise SystemExit(3) from None


if __name__ == "__main__":
    main(sys.argv[1:])
