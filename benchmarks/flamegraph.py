#!/usr/bin/env python3
"""Draws where the time of a proxied request goes, kernel and Java alike, as a flame graph (SVG).

    benchmarks/flamegraph.py [h1|h1-tls|h2|h2-one|h2-tls|h1-64k] [--seconds 10] [--out docs/flamegraph-h1.svg]

The sidecar runs as in compare.py, on a core of its own, until it is compiled; then `perf` looks 999 times a second at what it does. A
box is a function, what it calls stands above it, its width is its share of the time. Java that was inlined into its caller has no
box of its own. Needs what compare.py needs, `perf` with rights to trace (Debian: linux-perf), and the JDK's jcmd.
"""
import argparse
import collections
import html
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

from compare import SCENARIOS, Bench

WIDTH, ROW, LETTER, SMALLEST = 1200, 16, 6.2, 0.002
COLOURS = {"kernel": "#e8a33d", "java": "#7fb069", "native": "#7a9cc6"}


def stacks(data, pid):
    """Counts by stack, outermost frame first; a frame is its kind and its name."""
    said = subprocess.run(["perf", "script", "-i", data, "--pid", str(pid), "-F", "ip,sym,dso"], capture_output=True, text=True, check=True).stdout
    counts = collections.Counter()
    for sample in said.split("\n\n"):
        frames = [frame for frame in map(named, sample.splitlines()) if frame]
        if frames:
            # A function that calls itself, as the interpreter and the start of a thread do, is one box.
            counts[tuple(frame for frame, _ in itertools.groupby(reversed(frames)))] += 1
    return counts


def named(line):
    found = re.match(r"\s*([0-9a-f]+) (.*) \((.*)\)$", line)
    if not found:
        return None
    address, symbol, where = found.groups()
    if "kernel" in where or address.startswith("ffffffff"):
        return ("kernel", symbol.split("+")[0])
    if where.endswith(".map") or "JIT" in where:
        return ("java", method(symbol))
    return ("native", "JVM" if "libjvm" in where else symbol.split("+")[0].replace("[unknown]", pathlib.Path(where).name))


def method(symbol):
    """`void dev.weft.proxy.forward.Exchange.begin(boolean)` as `Exchange.begin`."""
    plain = re.sub(r"\(.*", "", symbol).split(" ")[-1]
    return ".".join(plain.split(".")[-2:]) or "JVM"


class Box:
    def __init__(self, kind, name):
        self.kind, self.name, self.count, self.above = kind, name, 0, {}


def tree(counts):
    root = Box("native", "all")
    for stack, count in counts.items():
        root.count += count
        box = root
        for kind, name in stack:
            box = box.above.setdefault((kind, name), Box(kind, name))
            box.count += count
    return root


def drawn(root, title):
    rows, parts = [0], []

    def draw(box, left, row):
        width = WIDTH * box.count / root.count
        if box.count < SMALLEST * root.count:
            return
        rows[0] = max(rows[0], row)
        parts.append((box, left, width, row))
        for above in sorted(box.above.values(), key=lambda b: (b.kind, b.name)):
            draw(above, left, row + 1)
            left += WIDTH * above.count / root.count

    draw(root, 0, 0)
    height = (rows[0] + 3) * ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" font-size="10">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="4" y="12">{html.escape(title)}</text>',
    ]
    for box, left, width, row in parts:
        top, letters = height - (row + 1) * ROW, int((width - 4) / LETTER)
        text = box.name if len(box.name) <= letters else box.name[: max(0, letters - 1)] + "…"
        told = html.escape(f"{box.name}: {100 * box.count / root.count:.1f} %")
        lines.append(f'<g><title>{told}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" fill="{COLOURS[box.kind]}"/>')
        lines.append(f'<text x="{left + 2:.1f}" y="{top + 11}">{html.escape(text) if letters > 2 else ""}</text></g>')
    return "\n".join(lines + ["</svg>", ""])


def record(bench, proxy, seconds, data):
    load = threading.Thread(target=bench.load, args=(proxy.port, seconds + 3))
    load.start()
    time.sleep(1)
    command = ["perf", "record", "-q", "-g", "-e", "cpu-clock", "-F", "999", "-p", str(proxy.child.pid), "-o", data]
    subprocess.run([*command, "--", "sleep", str(seconds)], check=True, capture_output=True)
    java = pathlib.Path(os.readlink(f"/proc/{proxy.child.pid}/exe")).parent
    subprocess.run([str(java / "jcmd"), str(proxy.child.pid), "Compiler.perfmap"], check=True, capture_output=True)
    load.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="h1", choices=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--seconds", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--out", help="default: flamegraph-SCENARIO.svg in this folder")
    arguments = parser.parse_args()
    if shutil.which("perf") is None:
        raise SystemExit("perf is not installed (Debian: apt-get install linux-perf)")
    scenario = next(s for s in SCENARIOS if s.name == arguments.scenario)
    with Bench(scenario, argparse.Namespace(connections=64, warmup=1_000_000)) as bench:
        proxy = bench.weft("weft", "-XX:+PreserveFramePointer")
        bench.warm(proxy)
        data = f"{bench.folder}/perf.data"
        record(bench, proxy, arguments.seconds, data)
        counts = stacks(data, proxy.child.pid)
        pathlib.Path(f"/tmp/perf-{proxy.child.pid}.map").unlink(missing_ok=True)
    total = sum(counts.values())
    shares = collections.Counter()
    for stack, count in counts.items():
        shares[stack[-1][0]] += count
    told = ", ".join(f"{kind} {100 * count / total:.0f} %" for kind, count in shares.most_common())
    path = pathlib.Path(arguments.out or f"flamegraph-{scenario.name}.svg")
    path.write_text(drawn(tree(counts), f"{scenario.title}: {told} ({total} samples)"))
    print(f"{path}: {told}")


if __name__ == "__main__":
    main()
