"""Dependencies point one way: what a folder may include, beyond the standard library and other people's."""
import json
import re
import shlex
import subprocess

import pytest
from conftest import BUILD, ROOT

# layer -> the folders of sdk/src that it may include
LAYERS = {
    "border": {"border"},
    "core": {"core", "border"},
    "os": {"os", "border"},
    "loop": {"loop", "core", "os"},
    "events": {"events", "loop", "core", "os"},
    "journal": {"journal", "loop", "core", "os"},
    "config": {"config", "core", "border", "os"},
    "plugin_file": {"plugin_file", "loop", "core", "border", "os"},
    "plugins": {"plugins", "plugin_file", "config", "events", "loop", "core", "border", "os"},
    "service": {"service", "plugins", "journal", "events", "loop", "core", "os"},
    "host": {"host", "service", "plugins", "plugin_file", "journal", "events", "loop", "core", "os"},
    "control": {"control", "border", "os"},
    "api": {"api", "control", "host", "service", "plugins", "events", "loop", "core", "border", "os"},
}
# The rooms of a host, above core.
ROOMS = ("loop", "events", "journal", "config", "plugin_file", "plugins", "service", "host")
PARTS = set(LAYERS)


def includes(folder, *suffixes):
    for path in sorted(p for p in folder.rglob("*") if p.suffix in suffixes):
        for name in re.findall(r'^\s*#include ["<]([^">]+)[">]', path.read_text(), re.M):
            yield path.relative_to(ROOT), name


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_includes_only_what_it_is_built_on(layer):
    for path, name in includes(ROOT / "sdk/src" / layer, ".cpp", ".hpp"):
        assert not name.startswith(".."), f"{path}: {name}"
        part = name.split("/")[0]
        assert part not in PARTS or part in LAYERS[layer], f"{path}: {name}"
        if layer in ("core", *ROOMS):
            assert not re.match(r"tidegate/.*\.hpp", name), f"{path}: the wrappers are above this layer: {name}"


@pytest.mark.parametrize("layer,above", [("core", "host/host.hpp"), ("plugins", "service/service.hpp"), ("service", "host/host.hpp"),
                                         ("events", "journal/journal.hpp"), ("host", "api/structs.hpp"),
                                         ("control", "host/host.hpp"), ("core", "tidegate/host.hpp")])
def test_include_that_goes_up_does_not_build(layer, above, tmp_path):
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    command = next(c["command"] for c in commands if f"sdk/src/{layer}/" in c["file"])
    flags = [part for part in shlex.split(command) if part.startswith("-I")]
    source = tmp_path / "wrong.cpp"
    source.write_text(f'#include "{above}"\n')
    result = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", *flags, str(source)], capture_output=True, text=True)
    assert result.returncode != 0 and "No such file" in result.stderr


def test_every_layer_is_listed():
    assert {p.name for p in (ROOT / "sdk/src").iterdir() if p.is_dir()} == PARTS


@pytest.mark.parametrize("folder", ["plugins", "samples", "bindings"])
def test_outside_sees_the_abi_and_the_wrappers_only(folder):
    for path, name in includes(ROOT / folder, ".c", ".cpp", ".h", ".hpp"):
        assert name.split("/")[0] not in PARTS, f"{path}: {name}"
        if folder == "plugins":
            assert not re.match(r"tidegate/.*\.hpp", name) or name == "tidegate/plugin.hpp", f"{path}: {name}"


def test_helper_for_plugins_is_built_on_the_abi_and_the_standard_library():
    wrappers = ROOT / "sdk/include/tidegate"
    for path, name in [*includes(wrappers / "plugin", ".hpp"), *includes(wrappers, ".hpp")]:
        if path.parent.name == "plugin" or path.name in ("plugin.hpp", "text.hpp"):
            ours = name.startswith("tidegate/plugin/") or name == "tidegate/text.hpp"
            standard = re.fullmatch(r"[a-z_]+", name)
            assert ours or standard or (ROOT / "abi/include" / name).exists(), f"{path}: {name}"


def test_core_has_no_threads_no_clock_no_files():
    forbidden = {"thread", "mutex", "condition_variable", "chrono", "fstream", "iostream", "unistd.h", "time.h", "ctime"}
    for path, name in includes(ROOT / "sdk/src/core", ".cpp", ".hpp"):
        asks_for_processors = path.name in ("per_cpu.cpp", "fence.cpp") and name == "unistd.h"
        assert name not in forbidden or asks_for_processors, f"{path}: {name}"


SLOW = ("CLI/CLI.hpp", "nlohmann/json.hpp", "toml++/toml.h", "spdlog/spdlog.h")


@pytest.mark.parametrize("header", SLOW)
def test_slow_headers_stay_in_source_files(header):
    for folder in ("sdk", "plugins", "samples", "bindings"):
        for path, name in includes(ROOT / folder, ".hpp", ".h"):
            assert name != header, f"{path}: {name} takes long to compile; keep it in one .cpp"


@pytest.mark.parametrize("room", ("os", *ROOMS))
def test_room_has_a_page(room):
    page = (ROOT / "sdk/src" / room / "README.md").read_text()
    assert page.startswith(f"# {room}: ") and len(page.splitlines()) <= 60
    for name in re.findall(r"`([a-z_0-9]+)`", page):
        if "_" in name.strip("_") and not name.startswith("tg_") and not name.endswith("_"):
            assert any((ROOT / "sdk/src" / layer / f"{name}{end}").exists() for layer in LAYERS for end in (".hpp", ".cpp")), name
