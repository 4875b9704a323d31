"""Builds the package: scikit-build-core's PEP 517 backend, with a source archive that holds the whole library.

The Python project lies two folders below the library that it is built from, and a backend packs only what lies below the project.
So `build_sdist` is written here. In the archive the project's files are at the top and the library's folders are beside them:

    tidegate-0.9.0/  pyproject.toml backend.py USING.md PKG-INFO  LICENSE CMakeLists.txt  abi/ bindings/ plugins/ sdk/

pyproject.toml says where both are found in either place: scikit-build-core tells them apart by PKG-INFO.
"""
from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
from pathlib import Path

from scikit_build_core.build import *  # noqa: F403: all hooks but the one below
from scikit_build_core.build import prepare_metadata_for_build_wheel

HERE = Path(__file__).resolve().parent
OF_THE_PROJECT = ("pyproject.toml", "backend.py", "USING.md")  # at the top of the archive, and not in bindings/python
OF_THE_LIBRARY = ("CMakeLists.txt", "LICENSE", "README.md", "abi", "bindings", "plugins", "sdk")
LEFT_OUT = {"__pycache__", "build", "dist"}


def build_sdist(sdist_directory: str, config_settings: dict[str, object] | None = None) -> str:
    """Writes the source archive. Returns: its file name. The same sources give the same bytes, on each machine."""
    information = package_information()
    fields = dict(line.split(": ", 1) for line in information.split("\n\n", 1)[0].splitlines() if ": " in line)
    name = f"{fields['Name']}-{fields['Version']}"
    contents = {path: file.read_bytes() for path, file in sources().items()}
    contents["PKG-INFO"] = information.encode()
    archive = Path(sdist_directory) / f"{name}.tar.gz"
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    with archive.open("wb") as out, gzip.GzipFile("", "wb", fileobj=out, mtime=moment) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(contents):
                entry = tarfile.TarInfo(f"{name}/{path}")
                entry.size, entry.mode, entry.mtime = len(contents[path]), 0o644, moment
                tar.addfile(entry, io.BytesIO(contents[path]))
    return archive.name


def package_information() -> str:
    """Returns the text of PKG-INFO, which has the form of a wheel's METADATA."""
    with tempfile.TemporaryDirectory() as folder:
        return (Path(folder) / prepare_metadata_for_build_wheel(folder) / "METADATA").read_text(encoding="utf-8")


def sources() -> dict[str, Path]:
    """Returns the files of the archive by their paths in it; links are followed. Raises FileNotFoundError for one that is missing."""
    unpacked = (HERE / "PKG-INFO").exists()
    tree = HERE if unpacked else HERE.parent.parent
    found = {name: HERE / name for name in OF_THE_PROJECT}
    for top in OF_THE_LIBRARY:
        if not (tree / top).exists():
            raise FileNotFoundError(f"{tree / top} is missing: a source archive is made in a whole checkout of Tidegate")
        for file in files_of(tree / top):
            path = file.relative_to(tree).as_posix()
            if path.removeprefix("bindings/python/") not in OF_THE_PROJECT:
                found[path] = file
    return found


def files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    kept = [p for p in path.iterdir() if not p.name.startswith(".") and p.name not in LEFT_OUT and not p.name.endswith(".egg-info")]
    return [file for p in kept for file in files_of(p)]
