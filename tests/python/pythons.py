"""The CPythons of this machine, and the extension built for each against the library of the build folder."""
from __future__ import annotations

import concurrent.futures
import hashlib
import json
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).parent.parent.parent
BINDINGS = TREE / "bindings" / "python"
PYBIND11 = next(line for line in (Path(__file__).parent / "requirements.txt").read_text().splitlines() if line.startswith("pybind11=="))
# Flags of the build, but without optimisation: these tests measure no speed.
FLAGS = ["-std=c++20", "-O0", "-fPIC", "-fvisibility=hidden", "-fvisibility-inlines-hidden", "-w"]


def found() -> list[Path]:
    """Returns the newest CPython of each version from 3.9 to 3.13 that pyenv has here; without pyenv, the interpreter that runs the tests."""
    newest: dict[tuple[int, int], tuple[int, Path]] = {}
    for python in (Path.home() / ".pyenv" / "versions").glob("3.*.*/bin/python3"):
        major, minor, patch = map(int, python.parent.parent.name.split("."))
        if (3, 9) <= (major, minor) <= (3, 13):
            newest[major, minor] = max(newest.get((major, minor), (-1, python)), (patch, python))
    return [python for _, (_, python) in sorted(newest.items())] or [Path(sys.executable)]


def run(*command: object) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}"
    return done.stdout


def package_for(python: Path, build: Path) -> tuple[Path, Path]:
    """Builds the package for an interpreter where it has changed since the last time. Returns: the interpreter of an environment
    of its own, and the folder for PYTHONPATH."""
    home = TREE / "build" / "pythons" / python.parent.parent.name
    sources = sorted((BINDINGS / "src").iterdir())
    headers = sorted([*(TREE / "sdk" / "include").rglob("*.h*"), *(TREE / "abi" / "include").rglob("*.h")])
    state = hashlib.sha256(PYBIND11.encode() + str(build).encode() + b"".join(each.read_bytes() for each in sources + headers)).hexdigest()
    own, package = home / "venv" / "bin" / "python", home / "python" / "tidegate"
    if not own.exists() or (home / "state").exists() and PYBIND11 not in (home / "state").read_text():
        run(python, "-m", "venv", "--clear", home / "venv")
        run(own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYBIND11)
    if (home / "state").exists() and (home / "state").read_text() == f"{PYBIND11} {state}":
        return own, package.parent
    told = json.loads(run(own, "-c", "import json, pybind11, sysconfig; print(json.dumps([pybind11.get_include(), "
                                     "sysconfig.get_paths()['include'], sysconfig.get_config_var('EXT_SUFFIX')]))"))  # fmt: skip
    pybind11, include, suffix = told
    package.mkdir(parents=True, exist_ok=True)
    for file in (BINDINGS / "tidegate").iterdir():
        link = package / file.name
        link.unlink(missing_ok=True)
        link.symlink_to(file)
    includes = [f"-I{each}" for each in (TREE / "abi" / "include", TREE / "sdk" / "include", pybind11, include)]
    # Most of what each file costs is pybind11, so that is read once.
    common = home / "common.hpp"
    common.write_text("#include <pybind11/pybind11.h>\n#include <pybind11/stl.h>\n")
    run("c++", *FLAGS, *includes, "-x", "c++-header", common, "-o", f"{common}.gch")
    objects = [home / f"{source.stem}.o" for source in sources if source.suffix == ".cpp"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        compile = ["c++", *FLAGS, *includes, "-include", common, "-c"]
        list(pool.map(lambda object: run(*compile, BINDINGS / "src" / f"{object.stem}.cpp", "-o", object), objects))
    library = (build / "sdk").resolve()
    run("c++", "-shared", *objects, "-o", package / f"_tidegate{suffix}", f"-L{library}", "-ltidegate", f"-Wl,-rpath,{library}")
    (home / "state").write_text(f"{PYBIND11} {state}")
    return own, package.parent
