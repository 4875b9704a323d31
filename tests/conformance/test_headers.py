"""Each header of the ABI can be read alone, by C and C++ of every standard, with the strictest warnings."""
import re
import subprocess

import pytest
from conftest import HEADERS, LONG, ROOT

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
    structs = {}
    for header in HEADERS:
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\n\} (\w+);", header.read_text(), re.S):
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
            structs[name] = re.findall(r"\(\*(\w+)\)\(|(\w+)(?:\[\d+\])?;", body)
    assert len(structs) > 12
    lines = []
    for name, members in structs.items():
        lines.append(f'  printf("{name} %zu\\n", sizeof({name}));')
        for pointer, plain in members:
            lines.append(f'  printf("{name}.{pointer or plain} %zu\\n", offsetof({name}, {pointer or plain}));')
    program = ("#include <stdio.h>\n#include <stddef.h>\n#include <tidegate/tidegate.h>\n#include <tidegate/entry.h>\n"
               "#include <tidegate/ext/admission.h>\n#include <tidegate/ext/event_sink.h>\n"
               "int main(void) {\n" + "\n".join(lines) + "\n  return 0;\n}\n")
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
        for word in ("bool", "long", "size_t", "enum", "int"):
            for line in text.splitlines():
                if "template" in line or line.strip().startswith(("#", "inline", "T ", "value", "return")):
                    continue
                assert not re.search(rf"\b{word}\b", line), f"{header.name}: {line}"
