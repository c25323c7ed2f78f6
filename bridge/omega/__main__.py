"""``python -m omega``: the command line without its script."""

from omega.cli import main

main()
