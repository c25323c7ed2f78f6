"""A command while Rust fails: what it does not understand it says, and runs nothing."""

from __future__ import annotations

import pytest

from omega_parity.control import faulty
from omega_parity.selftest import probe


@pytest.mark.parametrize(
    "words", [[], ["panic", "3"], ["hiccup", "3", "flags"], ["panic", "-3", "flags"], ["panic", "three", "flags"]]
)
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        faulty.main(words)
    assert ended.value.code == 2
    assert "{panic,wrong_result,no_room} BAR COMMAND" in capsys.readouterr().err


def test_without_the_probe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(probe, "native_probe", lambda: None)
    monkeypatch.setattr(probe, "why_no_probe", lambda: "it is not installed; get it with `make probe`")
    with pytest.raises(SystemExit) as ended:
        faulty.main(["panic", "3", "flags"])
    assert ended.value.code == 3
    assert "make probe" in capsys.readouterr().err
