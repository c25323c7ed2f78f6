"""What the README shows is what a user gets: its code runs and its outputs are the real ones."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from typer.testing import CliRunner

from omega.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def _output_after(start: str) -> str:
    """The first plain block after the block that begins with ``start``."""
    place = next(index for index, (_, text) in enumerate(BLOCKS) if text.startswith(start))
    return next(text for language, text in BLOCKS[place + 1 :] if language == "")


def test_python_blocks_print_what_the_readme_shows() -> None:
    namespace: dict[str, object] = {}
    sources = [text for language, text in BLOCKS if language == "python"]
    assert len(sources) == 5
    for source in sources:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, namespace)
        assert printed.getvalue() == _output_after(source[:30])


def test_commands_of_the_readme_exist() -> None:
    mentioned = set(re.findall(r"`omega ([a-z-]+(?: [a-z]+)?)", README))
    assert {"verify", "flags", "doctor", "bench"} <= mentioned
    for command in mentioned:
        outcome = CliRunner().invoke(app, [*command.split()[:2], "--help"])
        if outcome.exit_code == 2:
            outcome = CliRunner().invoke(app, [command.split()[0], "--help"])
        assert outcome.exit_code == 0, command


def test_links_of_the_documents_lead_somewhere() -> None:
    folders = (ROOT, ROOT / "runbooks", ROOT / "docs" / "decisions", ROOT / "golden")
    for document in sorted(path for folder in folders for path in folder.glob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_make_targets_of_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md"):
        mentioned = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / document).read_text("utf-8"), re.MULTILINE))
        assert mentioned <= targets, document


SPEED = re.compile(r"(\d+) to (\d+) times faster (in whole runs|in the simulator|in indicators)")
LOOSE = re.compile(
    r"(?:dozens|hundreds|thousands|twenty|thirty|forty|fifty|a hundred) (?:of )?times (?:faster|as fast)", re.I
)
ROWS = {
    "in whole runs": r"strategy run",
    "in the simulator": r"1,000 ",
    "in indicators": r"\w+(?:\([^)]*\))?, 100,000 bars",
}


def test_figures_of_speed_come_from_the_committed_table() -> None:
    table = (ROOT / "benchmarks" / "results" / "README.md").read_text("utf-8")
    claims = []
    folders = (ROOT, ROOT / "runbooks", ROOT / "docs" / "decisions", ROOT / "golden")
    for document in sorted(path for folder in folders for path in folder.glob("*.md")):
        text = " ".join(document.read_text("utf-8").split())
        assert not LOOSE.search(text), f"{document.name}: {LOOSE.search(text)}"
        # A figure that says of what it is can be checked; one that does not is none.
        assert len(SPEED.findall(text)) == len(re.findall(r"\d+ times (?:faster|as fast)", text)), document.name
        claims += [(document.name, *claim) for claim in SPEED.findall(text)]
    assert claims
    for name, least, most, where in claims:
        rows = re.findall(rf"^\| {ROWS[where]}.*\| (\d+)x \|$", table, re.MULTILINE)
        ratios = sorted(map(int, rows))
        assert (int(least), int(most)) == (ratios[0], ratios[-1]), (name, where, ratios)
