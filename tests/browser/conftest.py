"""Headless Chromium, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REQUIRE_VARIABLE = "OMEGA_REQUIRE_BROWSER"
REASON = "no Chromium on this machine"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Browse = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Run Chromium on a page with the given switches."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        reason = f"{REASON} ({', '.join(NAMES)}); Debian's package is chromium"
        if os.environ.get(REQUIRE_VARIABLE) == "1":
            pytest.fail(f"{REQUIRE_VARIABLE}=1, and {reason}", pytrace=False)
        pytest.skip(reason)

    def run(page: Path, *switches: str) -> subprocess.CompletedProcess[str]:
        words = [program, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
        words += [f"--user-data-dir={tmp_path / 'profile'}", *switches, page.as_uri()]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)

    return run
