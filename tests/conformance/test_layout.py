"""Where each member of each struct of the ABI lies, kept in layout.txt: structs grow at their end only."""
import os
import re
import subprocess

import pytest
from conftest import HEADERS, ROOT, structs

GOLDEN = ROOT / "tests/conformance/layout.txt"
HEAD = """# Every struct of the ABI: its size, and each member's place and size. A struct grows at its end: lines are added, and of
# the others only sizes grow. TIDEGATE_WRITE=1 writes it anew: read what has changed.
"""


def layout(folder, include=ROOT / "abi/include", headers=HEADERS):
    """name -> (size, {member: (place, size)}), as a C compiler lays it out."""
    found = {name: members for header in headers for name, members in structs(header.read_text())}
    lines = [f"#include <{header.relative_to(include)}>" for header in headers]
    lines += ["#include <stddef.h>", "#include <stdio.h>", "int main(void) {"]
    for name, members in found.items():
        lines.append(f'  printf("{name} %zu\\n", sizeof({name}));')
        for member in members:
            place, wide = f"offsetof({name}, {member})", f"sizeof((({name} *)0)->{member})"
            lines.append(f'  printf("{name}.{member} %zu %zu\\n", {place}, {wide});')
    source, binary = folder / "layout.c", folder / "layout"
    source.write_text("\n".join(lines) + "\n  return 0;\n}\n")
    subprocess.run(["gcc", "-I", str(include), str(source), "-o", str(binary)], check=True)
    return read(subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout)


def read(text):
    out = {}
    for line in text.splitlines():
        name, *numbers = line.split()
        if name == "#" or not numbers:
            continue
        struct, _, member = name.partition(".")
        if member:
            out[struct][1][member] = tuple(int(number) for number in numbers)
        else:
            out[struct] = (int(numbers[0]), {})
    return out


def written(structs_):
    lines = []
    for name, (size, members) in structs_.items():
        lines.append(f"{name} {size}\n")
        lines += [f"{name}.{member} {place} {wide}\n" for member, (place, wide) in members.items()]
    return "".join(lines)


def broken(kept, now):
    """What of the promise `now` does not hold."""
    wrong = [f"{name} is gone" for name in kept if name not in now]
    for name, (size, members) in now.items():
        old_size, old = kept.get(name, (0, {}))
        wrong += [f"{name}.{member} is not where it was" for member in old if members.get(member) != old[member]]
        wrong += [f"{name}.{member} is not behind what was there" for member, (place, _) in members.items()
                  if member not in old and place < old_size]
        wrong += [f"{name} is smaller than it was"] * (size < old_size)
        end = 0
        for member, (place, wide) in members.items():
            wrong += [f"{name}.{member} has padding before it"] * (place != end)
            end = place + wide
        wrong += [f"{name} ends with padding"] * (end != size)
    return wrong


def test_structs_grow_at_their_end_only(tmp_path):
    now = layout(tmp_path)
    if os.environ.get("TIDEGATE_WRITE"):
        GOLDEN.write_text(HEAD + written(now))
    kept = read(GOLDEN.read_text())
    assert broken(kept, now) == []
    assert written(now) == written(kept), "new members: run this test with TIDEGATE_WRITE=1"


KEPT = """tg_thing 16
tg_thing.struct_size 0 4
tg_thing.abi 4 4
tg_thing.count 8 8
"""


@pytest.mark.parametrize("body,said", [
    ("uint32_t struct_size; uint32_t abi; uint64_t count;", []),
    ("uint32_t struct_size; uint32_t abi; uint64_t count; uint64_t more;", []),
    ("uint32_t struct_size; uint32_t abi; uint64_t more; uint64_t count;",
     ["tg_thing.count is not where it was", "tg_thing.more is not behind what was there"]),
    ("uint32_t struct_size; uint32_t abi; uint32_t count; uint32_t more;",
     ["tg_thing.count is not where it was", "tg_thing.more is not behind what was there"]),
    ("uint32_t struct_size; uint32_t abi; uint64_t renamed;",
     ["tg_thing.count is not where it was", "tg_thing.renamed is not behind what was there"]),
    ("uint32_t struct_size; uint32_t abi;", ["tg_thing.count is not where it was", "tg_thing is smaller than it was"]),
    ("uint32_t struct_size; uint32_t abi; uint64_t count; uint32_t more;", ["tg_thing ends with padding"]),
    ("uint32_t struct_size; uint32_t abi; uint64_t count; uint16_t more; uint32_t last;",
     ["tg_thing.last has padding before it"]),
])
def test_change_that_breaks_a_struct_is_noticed(tmp_path, body, said):
    header = tmp_path / "thing.h"
    members = "\n  ".join(part.strip() + ";" for part in body.split(";") if part.strip())
    header.write_text(f"#include <stdint.h>\ntypedef struct tg_thing {{\n  {members}\n}} tg_thing;\n")
    assert broken(read(KEPT), layout(tmp_path, tmp_path, [header])) == said


def test_struct_that_is_gone_is_noticed():
    assert broken(read(KEPT), {}) == ["tg_thing is gone"]


def test_every_struct_is_read():
    declared = set()
    for header in HEADERS:
        declared |= set(re.findall(r"^typedef struct (\w+) \{", header.read_text(), re.M))
    assert declared == set(read(GOLDEN.read_text()))
