"""Runs the program `tidegate` of this package: an installer puts main() on PATH under that name."""
from __future__ import annotations

import os
import sys
from typing import NoReturn

from ._bundle import command_path


def main() -> NoReturn:
    """Becomes the program, with the arguments of this process."""
    try:
        program = str(command_path())
    except FileNotFoundError as error:
        sys.exit(f"tidegate: {error}")
    os.execv(program, ["tidegate", *sys.argv[1:]])
