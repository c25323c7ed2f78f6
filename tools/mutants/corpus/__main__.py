"""Write the corpus: `make corpus`."""

from __future__ import annotations

import sys
from pathlib import Path

from mutants.corpus.written import write_corpus


def main(arguments: list[str]) -> int:
    """Write it into the folder that the one argument names."""
    (folder,) = arguments
    print(f"{write_corpus(Path(folder))} blocks written to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
