"""P2: texts from outside enter by one border, and the list of the places where they do is whole."""

import re

from conftest import ROOT

SDK = ROOT / "sdk"
TABLE = SDK / "src/core/border.def"
ABI = ROOT / "abi/include/tidegate"
USES = re.compile(r"\b(check_text|clean_text|clean_into|is_redirect|clean)\(")
# What a plugin fills in for the host, and what it calls.
FILLED = {"plugin_entry.h": ["tg_plugin_entry"], "ext/admission.h": ["tg_admission_answer"], "ext/config.h": ["tg_config"],
          "ext/metrics.h": ["tg_metric"]}
CALLED = {"plugin_host.h": ["tg_admission_host", "tg_plugin_host"], "ext/draft/operate.h": ["tg_host_operate"]}


def rows():
    lines = re.findall(r"^BORDER\((\w+), \"([^\"]+)\", \"([^\"]+)\", (\w+)\)", TABLE.read_text(), re.M)
    assert len(lines) == len(re.findall(r"^BORDER", TABLE.read_text(), re.M)), "a row that is none"
    return lines


def body_of(header, struct):
    return re.search(r"typedef struct " + struct + r" \{(.*?)\n\} " + struct + ";", (ABI / header).read_text(), re.S).group(1)


def texts_of_a_plugin():
    for header, structs in FILLED.items():
        for struct in structs:
            for name in re.findall(r"^\s*tg_str (\w+);", body_of(header, struct), re.M):
                yield f"{struct}.{name}"
    for header, structs in CALLED.items():
        for struct in structs:
            for name, arguments in re.findall(r"\(\*(\w+)\)\(([^;]*)\);", body_of(header, struct)):
                if "tg_str" in arguments:
                    yield f"{struct}.{name}"


def test_every_text_that_a_plugin_can_hand_over_has_a_row():
    texts = set(texts_of_a_plugin())
    assert {"tg_plugin_host.log", "tg_admission_answer.redirect", "tg_metric.unit"} <= texts
    assert texts - {what for _, what, _, _ in rows()} == set()


def test_every_row_is_of_a_file_that_is_part_of_the_border():
    for who, what, file, how in rows():
        assert who in {"plugin", "peer", "operator", "server"}, what
        assert how in {"refused", "cleaned", "compared"}, what
        source = (SDK / file).read_text()
        if how == "cleaned":
            assert USES.search(source) or "in_quotes" in source, f"{file} does not clean {what}"


def test_every_file_that_uses_the_border_has_a_row():
    listed = {file for _, _, file, _ in rows()}
    for path in sorted((SDK / "src").rglob("*.[ch]pp")):
        name = str(path.relative_to(SDK))
        if "core/border_text" in name or name.startswith("src/border/") or not USES.search(path.read_text()):
            continue
        if '#include "core/border_text.hpp"' in path.read_text():
            assert name in listed, f"{name} has no row in core/border.def"


def test_no_other_file_cleans_texts_by_a_rule_of_its_own():
    for path in sorted([*(SDK / "src").rglob("*.cpp"), *(SDK / "tools").rglob("*.cpp")]):
        if path.parent.name == "border" or path.name == "event_text.cpp":  # the last look at a line that is written
            continue
        assert not re.search(r"[<>]=? ?0x(20|1f)\b.*0x7f", path.read_text()) or path.name == "redirects.cpp", path
