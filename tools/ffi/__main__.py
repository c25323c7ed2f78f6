"""Write the document of the boundary: `make ffi`."""

from __future__ import annotations

import sys
from pathlib import Path

from ffi.document import document
from omega.data.writing import make_folder, write_file


def main() -> None:
    """Write it into the file that the command names."""
    place = Path(sys.argv[1])
    make_folder(place.parent)
    write_file(place, document(Path(__file__).parents[2]))
    print(f"written to {place}")


if __name__ == "__main__":
    main()
