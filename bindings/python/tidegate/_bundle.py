"""Programs and plugins that lie in this package, beside the module."""
from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent  # as imported: the build tree has links here


def plugin_path(name: str) -> Path:
    """Returns the path of a plugin that comes with the package, for Host.load_plugin(): plugin_path("limits").

    Raises ValueError for a name that is not one of them; the message lists those that are there.
    """
    if not isinstance(name, str):
        raise TypeError(f"name: expected the name of a plugin as str, got {type(name).__name__}")
    there = sorted(file.stem for file in (_HERE / "plugins").glob("*.so"))
    if name not in there:
        raise ValueError(f"name: this package has no plugin {name!r}; it has {', '.join(there) or 'none'}")
    return (_HERE / "plugins" / f"{name}.so").resolve()


def command_path() -> Path:
    """Returns the path of the program `tidegate`. Raises FileNotFoundError when the package was built without it."""
    path = _HERE / "bin" / "tidegate"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; build this package with its program: pip install ./bindings/python")
    return path
