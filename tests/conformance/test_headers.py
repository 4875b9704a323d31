"""Each header of the ABI can be read alone, by C and C++ of every standard, with the strictest warnings."""
import re
import subprocess

import pytest
from conftest import HEADERS, LONG, ROOT, structs

COMPILERS = [("gcc", std) for std in ("c11", "c17")] + [("g++", std) for std in ("c++11", "c++14", "c++17", "c++20")]
if LONG:
    COMPILERS += [(f"clang{'++' if std.startswith('c++') else ''}-14", std) for _, std in list(COMPILERS)]


@pytest.mark.parametrize("compiler,standard", COMPILERS)
def test_every_header_alone(compiler, standard, tmp_path):
    for header in HEADERS:
        name = header.relative_to(ROOT / "abi/include")
        source = tmp_path / ("t.c" if standard.startswith("c1") else "t.cpp")
        source.write_text(f"#include <{name}>\n#include <{name}>\ntypedef int used;\n")
        result = subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-pedantic", "-Wpadded", "-Werror",
                                 "-fsyntax-only", "-I", str(ROOT / "abi/include"), str(source)], capture_output=True, text=True)
        assert result.returncode == 0, f"{name}: {result.stderr}"


def test_c_and_cpp_agree_on_every_struct(tmp_path):
    """The size of each struct and the place of each member are the same in C and C++."""
    found = {name: members for header in HEADERS for name, members in structs(header.read_text())}
    assert len(found) > 12
    lines = []
    for name, members in found.items():
        lines.append(f'  printf("{name} %zu\\n", sizeof({name}));')
        lines += [f'  printf("{name}.{member} %zu\\n", offsetof({name}, {member}));' for member in members]
    included = "".join(f"#include <{header.relative_to(ROOT / 'abi/include')}>\n" for header in HEADERS)
    program = ("#include <stdio.h>\n#include <stddef.h>\n" + included + "int main(void) {\n" + "\n".join(lines)
               + "\n  return 0;\n}\n")
    layouts = []
    for compiler, suffix in (("gcc", "c"), ("g++", "cpp")):
        source = tmp_path / f"layout.{suffix}"
        source.write_text(program)
        binary = tmp_path / f"layout_{suffix}"
        subprocess.run([compiler, "-I", str(ROOT / "abi/include"), str(source), "-o", str(binary)], check=True)
        layouts.append(subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout)
    assert layouts[0] == layouts[1]


def test_every_struct_that_crosses_begins_with_its_size_and_abi():
    values = {"tg_str", "tg_address"}  # never grow, by promise
    for header in HEADERS:
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\n\} (\w+);", header.read_text(), re.S):
            if name not in values:
                assert re.match(r"\s*uint32_t struct_size;.*?\n\s*uint32_t abi;", body), name


def test_nothing_crosses_that_has_no_fixed_size():
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/|//.*?\n", "", header.read_text(), flags=re.S)
        text = text.replace("  double value;", "")  # the one figure of a metric
        for word in ("bool", "long", "size_t", "enum", "int", "float", "double"):
            for line in text.splitlines():
                if "template" in line or line.strip().startswith(("#", "inline", "T ", "value", "return")):
                    continue
                assert not re.search(rf"\b{word}\b", line), f"{header.name}: {line}"


def reached_from(header):
    """The header and all of the ABI's that it includes, at any depth."""
    found, left = set(), [header]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += re.findall(r'#include "(tidegate/[^"]+)"', (ROOT / "abi/include" / name).read_text())
    return found


def test_what_a_plugin_includes_declares_no_function_of_the_library():
    reached = reached_from("tidegate/plugin.h")
    assert {"tidegate/plugin_entry.h", "tidegate/event.h", "tidegate/types.h"} <= reached
    # The one draft of the rest: it is a table of what the library's functions do, and takes their structs.
    reached |= {str(path.relative_to(ROOT / "abi/include")) for path in HEADERS if path.parent.name == "draft"}
    reached.remove("tidegate/ext/draft/operate.h")
    for name in sorted(reached):
        assert not re.search(r"^TG_API ", (ROOT / "abi/include" / name).read_text(), re.M), name


def test_every_role_is_reached_by_a_plugin_but_drafts():
    roles = {str(path.relative_to(ROOT / "abi/include")) for path in HEADERS if path.parent.name == "ext"}
    drafts = {str(path.relative_to(ROOT / "abi/include")) for path in HEADERS if path.parent.name == "draft"}
    reached = reached_from("tidegate/plugin.h")
    assert roles <= reached and not drafts & reached
