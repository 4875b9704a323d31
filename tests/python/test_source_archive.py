"""Y6: the source archive holds the library, and the package finds its command and its plugins."""
from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import tidegate
from tidegate import _bundle

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "bindings/python"


def make_archive(project, folder):
    """Builds the archive as a front end does: by the backend, in a process whose directory is the project."""
    folder.mkdir()
    call = f"import backend; print(backend.build_sdist({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", call], cwd=project, capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "PYTHONPATH": str(project)})
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return make_archive(PROJECT, tmp_path_factory.mktemp("archive") / "first")


def test_Y6_source_archive_holds_every_file_of_the_library(archive):
    folders = ("CMakeLists.txt", "LICENSE", "README.md", "abi", "bindings", "plugins", "sdk")
    tracked = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--", *folders], cwd=ROOT, capture_output=True,
                             text=True, check=True).stdout.split()
    moved = {f"bindings/python/{name}": name for name in ("pyproject.toml", "backend.py", "USING.md")}
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames()}
        assert all(member.isreg() for member in tar.getmembers()), "an archive of plain files"
    assert {moved.get(name, name) for name in tracked} <= names
    untracked = names - {moved.get(name, name) for name in tracked} - {"PKG-INFO"}
    assert not [name for name in untracked if re.search(r"\.(pyc|o|so)$|^build/", name)]


def test_Y6_source_archive_is_the_same_each_time_and_from_itself(archive, tmp_path):
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    again = make_archive(tmp_path / archive.name.removesuffix(".tar.gz"), tmp_path / "again")
    assert again.name == archive.name
    assert again.read_bytes() == archive.read_bytes()


def test_Y6_archive_outside_a_checkout_says_what_it_needs(tmp_path):
    project = tmp_path / "bindings/python"
    project.mkdir(parents=True)
    for name in ("pyproject.toml", "backend.py", "USING.md", "LICENSE"):
        (project / name).write_bytes((PROJECT / name).read_bytes())
    spec = importlib.util.spec_from_file_location("lonely_backend", project / "backend.py")
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    with pytest.raises(FileNotFoundError, match="made in a whole checkout"):
        backend.sources()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_Y6_examples_of_the_users_page_run(number, tmp_path):
    examples = re.findall(r"```python\n(.*?)```", (PROJECT / "USING.md").read_text(), re.S)
    assert len(examples) == 3
    example = examples[number] if number == 0 else "import tidegate\n" + examples[number]
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    if number == 0:
        assert "Paused" in done.stdout


@pytest.mark.parametrize("name", ["limits", "filelog"])
def test_Y6_plugin_of_the_package_is_found(name):
    assert tidegate.plugin_path(name).name == f"{name}.so"
    assert tidegate.plugin_path(name).exists()


@pytest.mark.parametrize("name", ["", "limit", "../limits", "limits.so", "lim\0its"])
def test_Y6_plugin_that_the_package_has_not_is_a_value_error_with_those_it_has(name):
    with pytest.raises(ValueError, match="^name: .*it has filelog, limits"):
        tidegate.plugin_path(name)


@pytest.mark.parametrize("name", [None, 1, b"limits", Path("limits")])
def test_Y6_plugin_name_that_is_no_text_is_a_type_error(name):
    with pytest.raises(TypeError, match="^name: "):
        tidegate.plugin_path(name)


def test_Y6_command_of_the_package_is_the_command():
    call = "import sys; sys.argv = ['tidegate', '--version']; from tidegate._command import main; main()"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.9.0" in done.stdout


def test_Y6_package_without_its_command_says_how_to_build_it(monkeypatch, tmp_path):
    monkeypatch.setattr(_bundle, "_HERE", tmp_path)
    with pytest.raises(FileNotFoundError, match="pip install"):
        _bundle.command_path()
