"""Samples as an SVG: one panel for each series, over minutes; idle samples as dots."""
from xml.sax.saxutils import escape

WIDTH, PANEL, GAP, LEFT, RIGHT, TOP, BOTTOM = 960, 104, 30, 64, 16, 66, 40
COLOURS = {"kill": "#c0392b", "restart": "#2471a3", "end": "#7d3c98", "full disk": "#d68910"}
TITLES = {
    "rss_kib": "memory of the daemon (MiB, resident)",
    "descriptors": "descriptors",
    "threads": "threads",
    "mounts": "mounts",
    "control_groups": "control groups",
    "directories": "what lies in the store's folders, history of runs left out",
}


def svg(rows, past, names, heading):
    last = max(row["seconds"] for row in rows) or 1
    height = TOP + len(names) * (PANEL + GAP) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" fill="#222">{escape(heading)}</text>',
    ]
    at = LEFT
    for kind, colour in COLOURS.items():
        parts.append(f'<rect x="{at}" y="32" width="10" height="10" fill="{colour}"/><text x="{at + 14}" y="41" fill="#444">{kind}</text>')
        at += 30 + 8 * len(kind)
    parts.append(f'<circle cx="{at + 5}" cy="37" r="3" fill="#117a65"/><text x="{at + 14}" y="41" fill="#444">nothing to do</text>')

    def x(seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / last

    for index, name in enumerate(names):
        top = TOP + index * (PANEL + GAP)
        parts += panel(rows, past, name, x, top)
    foot = TOP + len(names) * (PANEL + GAP) - GAP + 16
    for minutes in ticks(last / 60):
        parts.append(f'<text x="{x(minutes * 60):.1f}" y="{foot}" text-anchor="middle" fill="#444">{minutes:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{foot + 16}" text-anchor="end" fill="#444">minutes</text></svg>')
    return "\n".join(parts) + "\n"


def panel(rows, past, name, x, top):
    scale = 1024 if name.endswith("_kib") else 1
    points = [(row["seconds"], row[name] / scale if row.get(name) is not None else None, row["phase"]) for row in rows]
    steps = ticks(max((value for _, value, _ in points if value is not None), default=1) * 1.05, 4)
    most = steps[-1] + (steps[1] - steps[0])

    def y(value):
        return top + PANEL * (1 - value / most)

    yield f'<text x="{LEFT}" y="{top - 6}" fill="#222">{escape(TITLES[name])}</text>'
    for kind, begin, end in past:
        wide = max(1.5, x(end) - x(begin))
        yield f'<rect x="{x(begin):.1f}" y="{top}" width="{wide:.1f}" height="{PANEL}" fill="{COLOURS[kind]}" opacity="0.35"/>'
    for value in steps:
        yield f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#444">{value:g}</text>'
    path, is_down = [], True
    for seconds, value, _ in points:
        if value is None:
            is_down = True
            continue
        path.append(f"{'M' if is_down else 'L'}{x(seconds):.1f} {y(value):.1f}")
        is_down = False
    yield f'<path d="{"".join(path)}" fill="none" stroke="#566573" stroke-width="1"/>'
    for seconds, value, phase in points:
        if phase == "idle" and value is not None:
            yield f'<circle cx="{x(seconds):.1f}" cy="{y(value):.1f}" r="2" fill="#117a65"/>'


def ticks(most, wanted=8):
    """Round numbers from 0 to what is just below."""
    step = 1
    while most / step > wanted:
        step = step * 2 if str(step)[0] in "15" else step // 2 * 5
    return [step * number for number in range(int(most // step) + 1)] if most >= step else [0, step]
