#!/usr/bin/env python3
"""Makes the table of a run: of rows.jsonl, which bench wrote, and callgrind's dumps of instructions.

report.py --rows FILE --counts FOLDER [--quick] [--json FILE] [--report FOLDER]
"""
import argparse
import json
import os
import pathlib
import platform
import re
import sys

import pictures

HERE = pathlib.Path(__file__).resolve().parent
REACH = json.loads((HERE / "reach.json").read_text())

# Which loops were counted for the two sides of a row, where their name says it too little.
COUNTED = {"G14": ("gate: entry", "empty pair"), "G15": ("portable gate: session", "unordered_map + mutex"),
           "P1": ("gate: session, with a policy", "gate: session")}


# ---- what was measured ----

def counts_in(folder):
    """Name of a loop -> (instructions of one pair, {function: its own})."""
    found = {}
    for dump in sorted(folder.glob("*.out.*")):
        text = dump.read_text(errors="replace")
        trigger = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.M)
        total = re.search(r"^summary: (\d+)", text, re.M)
        if not trigger or not total:
            continue
        own, function, after_call = {}, None, False
        for line in text.splitlines():
            if line.startswith("fn="):
                function = line[3:]
            elif line.startswith("calls="):
                after_call = True  # the next line is what was spent in the function called
            elif re.match(r"^[+\-*]?\d* ?\d+$", line) and function:
                if not after_call:
                    own[function] = own.get(function, 0) + int(line.split()[-1])
                after_call = False
        found[trigger[1]] = (int(total[1]) / PAIRS, {name: cost / PAIRS for name, cost in own.items()})
    return found


PAIRS = 10_000  # as instructions.cpp runs them


def machine(header, quiet):
    cpus = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpus, re.M)
    hugepages = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return {
        "cpu": model[1] if model else platform.processor(),
        "virtual": bool(re.search(r"^flags.*\bhypervisor\b", cpus, re.M)),
        "processors": header.get("processors", os.cpu_count()),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release(),
        "compiler": "g++ " + header["compiler"] if re.match(r"\d", header["compiler"]) else header["compiler"],
        "gate": "per-CPU" if header["sequences"] else "portable",
        "transparent_hugepages": re.search(r"\[(\w+)\]", hugepages.read_text())[1] if hugepages.exists() else "none",
        "load": [round(load, 1) for load in os.getloadavg()],
        "measured": quiet["measured"],
        "disturbed": quiet["disturbed"],
    }


def read(path):
    header, quiet, rows = None, {"measured": 0, "disturbed": 0}, []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if "compiler" in row:
            header = header or row
        elif "measured" in row:
            quiet = {key: quiet[key] + row[key] for key in quiet}
        else:
            rows.append(row)
    return header, quiet, rows


# ---- what it comes to ----

def reached(rows, counts):
    by_id = {row["id"]: row for row in rows if "id" in row}
    out = []
    for goal in REACH:
        name = goal["id"]
        row = by_id.get(name)
        if name in ("G14", "G15"):
            loop = COUNTED[name][0]
            row = {"value": round(counts[loop][0], 1)} if loop in counts else None
        if row is None:
            continue
        value = row["value"]
        under = value <= goal["bound"]
        entry = {**goal, "value": round(value, 4), "met": under if goal["better"] == "lower" else value >= goal["bound"]}
        for key in ("low", "high", "from", "to", "rounds", "ours", "theirs", "ours_ns", "theirs_ns"):
            if key in row:
                entry[key] = round(row[key], 4) if isinstance(row[key], float) else row[key]
        entry["in_noise"] = "from" in row and row["from"] <= goal["bound"] <= row["to"] and row["from"] < row["to"]
        out.append(entry)
    return out


def number(value):
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def verdict(entry):
    said = "met" if entry["met"] else "MISSED"
    return said + (", in the noise" if entry["in_noise"] else "")


def spread(entry):
    if "low" not in entry or entry["low"] == entry["high"]:
        return ""
    return f"{number(entry['low'])} – {number(entry['high'])}"


def why(entry, counts):
    """What each side of a missed row costs, in instructions: a line, then the functions that have most of them."""
    measured = {entry.get("ours"): entry.get("ours_ns"), entry.get("theirs"): entry.get("theirs_ns")}
    lines = []
    for side in COUNTED.get(entry["id"], (entry.get("ours"), entry.get("theirs"))):
        # What was counted need not be what was measured: a difference of two pairs has no instructions of its own.
        took = f", {number(measured[side])} ns" if measured.get(side) else ""
        if side not in counts:
            lines.append(f"{side}{took}: it waits; instructions say nothing of that" if side else "")
            continue
        total, own = counts[side]
        most = sorted(own.items(), key=lambda item: -item[1])[:6]
        parts = ", ".join(f"{short(name)} {cost:.0f}" for name, cost in most if cost >= 1)
        lines.append(f"{side}{took}: {total:.0f} instructions ({parts})")
    return [line for line in lines if line]


def short(function):
    name = re.sub(r"\(anonymous namespace\)::", "", function)
    name = re.sub(r"<.*>", "", name.split("(")[0])
    return name.removeprefix("tidegate::sdk::").removeprefix("tidegate::bench::").split("@")[0]


def table(entries):
    lines = [f"{'id':4} {'value':>8} {'bound':>8}  {'':22} {'lowest – highest':18} what"]
    for entry in entries:
        bound = ("≤ " if entry["better"] == "lower" else "≥ ") + number(entry["bound"])
        lines.append(f"{entry['id']:4} {number(entry['value']):>8} {bound:>8}  {verdict(entry):22} {spread(entry):18} "
                     f"{entry['what']}")
    return lines


def floor(entry, rows):
    """What neither the gate nor the measurement can do without, each alone, and what the row would be with nothing else."""
    alone = {row["what"]: row["value"] for row in rows if row.get("threads") == 1 and row.get("unit") == "ns"}
    parts = [part for part in entry.get("floor", []) if part in alone]
    if not parts or not entry.get("theirs_ns"):
        return []
    said = ", ".join(f"{part} {number(alone[part])} ns" for part in parts)
    least = sum(alone[part] for part in parts) / entry["theirs_ns"]
    return [f"alone: {said}; with nothing but that the row would be {number(least)}"]


def missed(entries, rows, counts):
    lines = []
    for entry in entries:
        if entry["met"]:
            continue
        lines += [f"{entry['id']} is missed: {number(entry['value'])}, not {number(entry['bound'])}"]
        lines += ["  " + line for line in why(entry, counts) + floor(entry, rows)]
    return lines


def besides(rows):
    """Ratios that no bound is set for."""
    known = {goal["id"] for goal in REACH}
    return [f"{row['id']:12} {number(row['value']):>8}   {row['ours']} ÷ {row['theirs']} ({row['group']}, {row['threads']} "
            f"thread{'s' if row['threads'] > 1 else ''}): {number(row['ours_ns'])} and {number(row['theirs_ns'])} ns"
            for row in rows if "id" in row and row["id"] not in known]


# ---- the report ----

def figures(rows):
    lines, group = [], None
    for row in sorted((row for row in rows if "what" in row), key=lambda row: row["group"]):
        if row["group"] != group:
            group = row["group"]
            lines += ["", f"### {group}", "", "| | threads | median | lowest – highest | unit |", "|---|---|---|---|---|"]
        lines.append(f"| {row['what']} | {row['threads']} | {number(row['value'])} | {spread(row)} | {row['unit']} |")
    return lines


def counted(counts):
    lines = ["| loop | instructions of one turn |", "|---|---|"]
    return lines + [f"| {name} | {total:.1f} |" for name, (total, _) in sorted(counts.items(), key=lambda item: item[1][0])]


def report(folder, about, entries, rows, counts):
    lines = ["# What the benchmarks came to", "",
             "Written by `tests/bench.sh`; do not edit. How it is measured: [README.md](README.md).", "",
             f"{about['cpu']}, {about['processors']} processors{' of a virtual machine' if about['virtual'] else ''}, "
             f"{about['memory_gb']} GB; Linux {about['kernel']}; {about['compiler']}; the {about['gate']} gate; "
             f"transparent huge pages: {about['transparent_hugepages']}. Load average at the end: {about['load'][0]}. "
             f"Of {about['measured']:,} measurements {about['disturbed']:,} never had the processors for themselves.", "",
             "| id | what | value | bound | | lowest – highest |", "|---|---|---|---|---|---|"]
    for entry in entries:
        sign = "≤" if entry["better"] == "lower" else "≥"
        lines.append(f"| {entry['id']} | {entry['what']} | {number(entry['value'])} | {sign} {number(entry['bound'])} | "
                     f"{verdict(entry)} | {spread(entry)} |")
    explained = missed(entries, rows, counts)
    if explained:
        lines += ["", "## Missed", ""] + ["    " + line for line in explained]
    lines += ["", "## Beside them", ""] + ["    " + line for line in besides(rows)]
    lines += ["", "![What an entry pair costs](entry.svg)", "", "![Memory of a live session](memory.svg)"]
    lines += ["", "## Instructions", ""] + counted(counts)
    lines += ["", "## Figures"] + figures(rows)
    (folder / "REPORT.md").write_text("\n".join(lines) + "\n")
    pictures.entries(folder / "entry.svg", rows)
    pictures.memory(folder / "memory.svg", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=pathlib.Path, required=True)
    parser.add_argument("--counts", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path)
    arguments = parser.parse_args()
    header, quiet, rows = read(arguments.rows)
    counts = counts_in(arguments.counts)
    about = machine(header, quiet)
    entries = reached(rows, counts)
    if arguments.quick:
        about["quick"] = True

    print("\n".join(table(entries)))
    if arguments.quick:
        print("\nA quick run: 1 M sessions where 10 M are said, and few rounds.")
    share = about["disturbed"] / max(1, about["measured"])
    if share > 0.1:
        print(f"\nThe machine was busy: {share:.0%} of the measurements never had the processors for themselves.")
    print("\n" + "\n".join(besides(rows)))
    explained = missed(entries, rows, counts)
    if explained:
        print("\n" + "\n".join(explained))

    if arguments.json:
        counted_rows = [{"group": "instructions", "what": name, "threads": 1, "unit": "instructions", "value": total}
                        for name, (total, _) in counts.items()]
        written = {"machine": about, "reach": entries, "rows": rows + counted_rows}
        arguments.json.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
    if arguments.report:
        report(arguments.report, about, entries, rows, counts)
    absent = [goal["id"] for goal in REACH if goal["id"] not in {entry["id"] for entry in entries}]
    if absent:
        print("not measured: " + ", ".join(absent), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
