#!/usr/bin/env python3
"""Writes every form of the closed vocabularies from their .def files.

Without arguments the files are written; with --check nothing is, and the exit code is 1 when one is out of date.
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INCLUDE = HERE.parent / "include" / "tidegate"
GENERATED = "Generated from abi/vocabulary/{}; do not edit."

# .def file -> (C header, Python class, Python base)
FORMS = {
    "results": ("vocabulary/result.h", "Result", "IntEnum"),
    "statuses": ("vocabulary/status.h", "Status", "IntEnum"),
    "phases": ("vocabulary/phase.h", "Phase", "IntEnum"),
    "intents": ("vocabulary/intent.h", "Intent", "IntEnum"),
    "kinds": ("vocabulary/kind.h", "Kind", "IntEnum"),
    "classes": ("vocabulary/class.h", "Class", "IntEnum"),
    "deadlines": ("vocabulary/deadline.h", "Deadline", "IntEnum"),
    "holds": ("vocabulary/hold.h", "HoldUntil", "IntEnum"),
    "protocols": ("vocabulary/protocol.h", "Protocol", "IntEnum"),
    "verdicts": ("vocabulary/verdict.h", "VerdictCode", "IntEnum"),
    "reasons": ("vocabulary/reason.h", "Reason", "IntEnum"),
    "untils": ("vocabulary/until.h", "Until", "IntEnum"),
    "severities": ("vocabulary/severity.h", "Severity", "IntEnum"),
    "loops": ("vocabulary/loop.h", "Loop", "IntEnum"),
    "formats": ("vocabulary/format.h", "Format", "IntEnum"),
    "steps": ("vocabulary/step.h", "Step", "IntEnum"),
    "plugin_states": ("vocabulary/plugin_state.h", "PluginState", "IntEnum"),
    "metric_kinds": ("vocabulary/metric_kind.h", "MetricKind", "IntEnum"),
    "events": ("vocabulary/event_number.h", "EventNumber", "IntEnum"),
}

LINE = re.compile(
    r'^TG_(?P<prefix>[A-Z_]+)\((?P<name>[A-Z_]+), (?P<number>-?\d+), (?:(?P<severity>[A-Z_]+), )?'
    r'"(?P<label>[^"]+)", "(?P<text>[^"]+)"\)$'
)


class Vocabulary:
    def __init__(self, stem):
        self.file = stem + ".def"
        self.title = self.unknown = ""
        self.values = []
        for number, line in enumerate((HERE / self.file).read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("// title: "):
                self.title = line[10:]
            elif line.startswith("// unknown: "):
                self.unknown = line[12:]
            elif line and not line.startswith("//"):
                match = LINE.match(line)
                if not match:
                    sys.exit(f"{self.file}:{number}: not a vocabulary line: {line}")
                self.values.append(match.groupdict())
        if not self.title or not self.unknown:
            sys.exit(f"{self.file}: needs a '// title:' and a '// unknown:' line")
        for key in ("name", "number"):
            seen = [value[key] for value in self.values]
            if len(set(seen)) != len(seen):
                sys.exit(f"{self.file}: a {key} is given twice")

    def constant(self, value):
        prefix = "" if value["prefix"] == "RESULT" else value["prefix"] + "_"
        return f"TG_{prefix}{value['name']}"


def c_header(vocabulary, header):
    guard = "TIDEGATE_" + re.sub(r"[./]", "_", header.upper())
    width = max(len(vocabulary.constant(value)) for value in vocabulary.values)
    signed = vocabulary.file == "results.def"
    out = [
        f"/* {GENERATED.format(vocabulary.file)} */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        f"/** {vocabulary.title}.",
        f" *  Unknown value: {vocabulary.unknown} */",
        "",
    ]
    for value in vocabulary.values:
        number = f"({value['number']})" if signed else f"{value['number']}u"
        out += [f"/** {value['label']}: {value['text']}. */",
                f"#define {vocabulary.constant(value).ljust(width)} {number}"]
    return "\n".join(out + ["", f"#endif /* {guard} */", ""])


def table(vocabulary):
    severity = any(value["severity"] for value in vocabulary.values)
    out = [f"## {vocabulary.title}", "", f"Unknown value: {vocabulary.unknown}", ""]
    out.append("| value | constant | label |" + (" severity |" if severity else "") + " meaning |")
    out.append("|---|---|---|" + ("---|" if severity else "") + "---|")
    for value in vocabulary.values:
        out.append(f"| {value['number']} | `{vocabulary.constant(value)}` | {value['label']} |"
                   + (f" {value['severity'].lower()} |" if severity else "") + f" {value['text']} |")
    return "\n".join(out) + "\n"


def python_module(vocabularies):
    out = [f'"""The closed vocabularies. {GENERATED.format("*.def")}"""', "from enum import IntEnum", ""]
    for stem, vocabulary in vocabularies.items():
        _, name, base = FORMS[stem]
        out += ["", f"class {name}({base}):", f'    """{vocabulary.title}."""', ""]
        for value in vocabulary.values:
            out.append(f"    {value['name']} = {value['number']}  # {value['text']}")
        out += ["", "    @property", "    def label(self) -> str:", '        """Word that people see, and that calls take in place of the member."""',
                f"        return _{name.upper()}_LABELS[self]", "", "",
                f"_{name.upper()}_LABELS = {{"]
        for value in vocabulary.values:
            out.append(f"    {name}.{value['name']}: \"{value['label']}\",")
        out += ["}", ""]
    return "\n".join(out)


def outputs():
    vocabularies = {stem: Vocabulary(stem) for stem in FORMS}
    for stem, vocabulary in vocabularies.items():
        yield INCLUDE / FORMS[stem][0], c_header(vocabulary, FORMS[stem][0])
    note = "<!-- " + GENERATED.format("*.def") + " -->\n"
    yield HERE.parent / "EVENTS.md", note + "# Events\n\n" + table(vocabularies["events"])
    rest = "\n".join(table(vocabulary) for stem, vocabulary in vocabularies.items() if stem != "events")
    yield HERE.parent / "VOCABULARY.md", note + "# Vocabulary\n\n" + rest
    yield ROOT / "bindings" / "python" / "tidegate" / "_vocabulary.py", python_module(vocabularies)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    check = parser.parse_args().check
    stale = []
    for path, text in outputs():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path}: {'out of date; run abi/vocabulary/generate.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
