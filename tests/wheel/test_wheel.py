"""Y6: the repaired wheel, in an environment that holds nothing else. Run by tests/wheel.sh, which makes both."""
from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
import zipfile
from pathlib import Path

import pytest

HOME = Path(os.environ["TIDEGATE_WHEEL_HOME"])
BIN = HOME / "clean/bin"
LIMIT = 60
# What every Linux with this C library has; all else must lie in the wheel.
SYSTEM = re.compile(r"^(libc|libm|libgcc_s|libstdc\+\+|ld-linux[\w-]*|linux-vdso|libpthread|libdl|librt)\.so\.\d+$")


def run(*line, **options):
    return subprocess.run([str(part) for part in line], capture_output=True, text=True, timeout=LIMIT, check=False, **options)


def python(program, *arguments, **options):
    done = run(BIN / "python", "-c", textwrap.dedent(program), *arguments, cwd="/", **options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site():
    """The folder that the package is installed in."""
    return Path(python("import tidegate; print(tidegate.__path__[0])").strip()).parent


def wheel():
    [only] = (HOME / "repaired").glob("*.whl")
    return only


def test_wheel_is_tagged_for_many_machines():
    assert re.search(r"-manylinux_2_\d+_x86_64\.whl$|-manylinux_2_\d+_\w+\.whl$", wheel().name), wheel().name


def test_wheel_holds_licences_a_page_and_types():
    with zipfile.ZipFile(wheel()) as opened:
        names = opened.namelist()
        metadata = opened.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {"tidegate/py.typed", "tidegate/_tidegate.pyi", "tidegate/bin/tidegate"} <= set(names)
    assert {name for name in names if re.match("tidegate/licenses/.", name)} == {
        f"tidegate/licenses/{library}.txt" for library in ("libspdlog-dev", "libfmt-dev", "nettle-dev")}
    assert "License-Expression: MIT" in metadata
    assert "# Tidegate for Python" in metadata and "pip install tidegate" in metadata


def test_every_binary_finds_its_libraries_in_the_wheel(site):
    found = [path for folder in ("tidegate", "tidegate.libs") for path in (site / folder).rglob("*")
             if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    assert {path.name for path in found} >= {"tidegate", "limits.so", "filelog.so", "libtidegate.so.1"}
    for path in found:
        for line in run("ldd", path).stdout.splitlines():
            name, _, where = line.strip().partition(" => ")
            of_the_system = SYSTEM.match(Path(name.split(" (")[0]).name)
            assert of_the_system or Path(os.path.realpath(where.split(" (")[0])).is_relative_to(site), f"{path.name}: {line}"


def test_service_drains():
    told = python("""
        import tidegate
        with tidegate.Host("wheel") as host:
            calls = host.add_service("CALLS")
            calls.start()
            assert calls.wait("running", timeout=20)
            with calls.admit():
                calls.stop()
                assert not calls.try_admit()
            assert calls.wait("stopped", timeout=20)
            print([int(event.number) for event in host.events() if event.number in (25049, 25050, 25003)])
    """)
    assert told.strip() == "[25049, 25050, 25003]"


@pytest.mark.parametrize("name, config", [("limits", {"max_per_peer": 1}), ("filelog", None)])
def test_plugin_of_the_wheel_works(name, config, tmp_path):
    config = config or {"path": str(tmp_path / "events.log")}
    told = python("""
        import json, sys, tidegate
        with tidegate.Host("wheel") as host:
            host.load_plugin(tidegate.plugin_path(sys.argv[1]), json.loads(sys.argv[2]))
            print(host.plugins()[0].state.label)
    """, name, json.dumps(config))
    assert told.strip() == "running"


def test_command_of_the_wheel_drains_a_host_of_the_wheel(tmp_path):
    server = subprocess.Popen([BIN / "python", "-c", textwrap.dedent("""
        import tidegate
        with tidegate.Host("wheel") as host, host.open_control():
            calls = host.add_service("CALLS")
            calls.start()
            assert calls.wait("running", timeout=20)
            print("ready", flush=True)
            assert calls.wait("stopped", timeout=50)
    """)], stdout=subprocess.PIPE, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)})
    try:
        assert server.stdout.readline() == "ready\n"
        done = run(BIN / "tidegate", "stop", "CALLS", "--graceful", "--host", "wheel", env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        assert server.wait(LIMIT) == 0
    finally:
        server.kill()
        server.wait()


def test_command_teaches_and_says_its_version():
    assert "0.9.0" in run(BIN / "tidegate", "--version").stdout
    assert "drain" in run(BIN / "tidegate", "--help").stdout
