"""Line pictures with logarithmic axes, as SVG."""
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 60, 210, 40, 50
COLOURS = ["#0b6e4f", "#8d99ae", "#3a6ea5", "#e07a1f", "#b23a48", "#6a4c93", "#444444"]


def scale(low, high, begin, end):
    span = math.log(high / low) or 1
    return lambda value: begin + (end - begin) * math.log(value / low) / span


def ticks(low, high):
    """1, 2 and 5 of each power of ten; only 1 where that would be too many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    shown = [tick for tick in fine if low <= tick <= high]
    return shown if len(shown) <= 10 else [10.0**power for power in powers if low <= 10.0**power <= high]


def plain(value):
    for limit, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= limit:
            return f"{value / limit:g}{suffix}"
    return f"{value:g}"


def lines(path, title, across, up, series, across_ticks):
    """series: name -> [(x, y)]; the first is drawn boldest."""
    points = [point for line in series.values() for point in line]
    if not points:
        return
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high = min(ys) / 1.3, max(ys) * 1.3
    x_at = scale(min(xs), max(xs) if max(xs) > min(xs) else min(xs) * 2, LEFT, WIDTH - RIGHT)
    y_at = scale(low, high, HEIGHT - BOTTOM, TOP)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" '
           f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{title}</text>',
           f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>',
           f'<text x="16" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" '
           f'transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})">{up}</text>']
    for tick in ticks(low, high):
        y = y_at(tick)
        out += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>',
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{plain(tick)}</text>']
    for tick in across_ticks:
        x = x_at(tick)
        out += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#eeeeee"/>',
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{plain(tick)}</text>']
    labels = spaced([(y_at(line[-1][1]), name) for name, line in series.items() if line], 15)
    for index, (name, line) in enumerate(series.items()):
        if not line:
            continue
        colour, width = COLOURS[index % len(COLOURS)], 3 if index == 0 else 1.5
        path_points = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        out += [f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        out.append(f'<text x="{WIDTH - RIGHT + 10}" y="{labels[name] + 4:.1f}" fill="{colour}">{name}</text>')
    path.write_text("\n".join(out + ["</svg>"]) + "\n")


def spaced(wanted, apart):
    """Places for labels near where they are wanted, none upon another."""
    out, last = {}, -math.inf
    for place, name in sorted(wanted):
        last = max(place, last + apart)
        out[name] = last
    return out


def collect(rows, names, group, x_of):
    series = {}
    for name, shown in names.items():
        found = {x_of(row): row["value"] for row in rows if row.get("what") == name and group(row["group"])}
        series[shown] = sorted(found.items())
    return {name: line for name, line in series.items() if line}


def entries(path, rows):
    names = {"gate: entry": "Tidegate", "portable gate: entry": "Tidegate, portable gate", "empty pair": "two empty calls",
             "liburcu (memb)": "liburcu (memb)", "shared atomic": "one shared atomic", "std::mutex": "std::mutex",
             "std::shared_mutex": "std::shared_mutex"}
    series = collect(rows, names, lambda group: group == "entry", lambda row: row["threads"])
    across = sorted({x for line in series.values() for x, _ in line})
    lines(path, "An entry: in and out", "threads", "processor time of a pair, ns", series, across)


def memory(path, rows):
    names = {"gate": "Tidegate", "unordered_map": "std::unordered_map", "flat_map": "absl::flat_hash_map",
             "concurrent_map": "tbb::concurrent_hash_map"}
    series = collect(rows, names, lambda group: group.startswith("memory, "), lambda row: int(row["group"].split()[1]))
    across = sorted({x for line in series.values() for x, _ in line})
    lines(path, "Memory that a live session costs", "sessions live", "bytes of RSS a session", series, across)
