#!/usr/bin/env python3
"""Prints what a proxied request costs in Weft's sidecar and in other proxies, side by side, as Markdown tables.

    benchmarks/compare.py                       # every table, every proxy that is installed
    benchmarks/compare.py h1 h2 --peers nginx,haproxy --rounds 8
    benchmarks/compare.py h1 --peers= --variant epoll=-Ddev.weft.transport=epoll

Tables: h1, h1-tls, h2, h2-one (a single endpoint), h2-tls (bodies of 100 bytes), h1-64k, latency (of 2,000 requests a second,
however long each takes), first (the first 10,000 requests after a start), warm (each of the first seconds), busy (memory under
1,000 connections), idle (memory of connections that wait, 10,000 or as many as --idle-connections says), start,
allocation (heap that a request takes).

One core carries the proxy, another the origin and the load. All proxies are up at the same time and take turns of a few
seconds, because a machine is never as quiet in one minute as in the next: what counts is the ratio within a round. CPU time
is that of all threads, from /proc, kernel included. The sidecar and Envoy read the same bootstrap: 20 routes, three
endpoints with health checks, least request, outlier detection, retries. The others proxy to one origin and add
X-Forwarded-For, with one worker, keep-alive on both sides and no access log.

Needs Linux with two cores, Python 3.9, and on PATH: nginx (it is the origin, too), wrk for HTTP/1.1, h2load and nghttpd for
HTTP/2 and the first requests, openssl for TLS, vegeta (go install github.com/tsenart/vegeta/v12@latest) for latency; haproxy and
envoy where they are to be compared ($ENVOY may name the binary).
"""
import argparse
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORES = sorted(os.sched_getaffinity(0))
PROXY_CORE, OTHER_CORE = CORES[0], CORES[-1]  # one and the same where there is but one: enough for memory, not for the rest
ENDPOINTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
TYPE = "type.googleapis.com/envoy."


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    http2: bool = False
    tls: bool = False
    body: int = 100
    endpoints: int = 3


SCENARIOS = (
    Scenario("h1", "HTTP/1.1"),
    Scenario("h1-tls", "HTTP/1.1 over TLS on both hops", tls=True),
    Scenario("h2", "HTTP/2", http2=True),
    Scenario("h2-one", "HTTP/2 to one endpoint", http2=True, endpoints=1),
    Scenario("h2-tls", "HTTP/2 over TLS on both hops", http2=True, tls=True),
    Scenario("h1-64k", "HTTP/1.1, bodies of 64 KiB", body=65536),
)


# What the sidecar and Envoy are told.


def bootstrap(scenario, port, origin, certificate):
    protocol = "http2_protocol_options" if scenario.http2 else "http_protocol_options"
    cluster = {
        "name": "origin",
        "type": "STATIC",
        "connect_timeout": "5s",
        "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {"thresholds": [{key: 100000 for key in ("max_connections", "max_pending_requests", "max_requests")}]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {protocol: {}},
            }
        },
        "load_assignment": {
            "cluster_name": "origin",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(ip, origin)}} for ip in ENDPOINTS[: scenario.endpoints]]}],
        },
        "outlier_detection": {"consecutive_5xx": 5, "interval": "10s", "base_ejection_time": "30s"},
        "health_checks": [
            {
                "timeout": "1s",
                "interval": "2s",
                "healthy_threshold": 1,
                "unhealthy_threshold": 3,
                "http_health_check": {"path": "/index.html", "codec_client_type": "HTTP2" if scenario.http2 else "HTTP1"},
            }
        ],
    }
    chain = {"filters": [{"name": "http", "typed_config": connection_manager()}]}
    if scenario.tls:
        alpn = ["h2"] if scenario.http2 else ["http/1.1"]
        authority = {"trusted_ca": {"filename": certificate + ".crt"}}
        served = {"certificate_chain": {"filename": certificate + ".crt"}, "private_key": {"filename": certificate + ".key"}}
        chain["transport_socket"] = tls_socket("DownstreamTlsContext", {"alpn_protocols": alpn, "tls_certificates": [served]})
        cluster["transport_socket"] = tls_socket("UpstreamTlsContext", {"alpn_protocols": alpn, "validation_context": authority}, sni="localhost")
    return json.dumps(
        {
            "node": {"id": "benchmark", "cluster": "benchmark"},
            "static_resources": {
                "listeners": [{"name": "http", "address": address("127.0.0.1", port), "filter_chains": [chain]}],
                "clusters": [cluster],
            },
        },
        indent=1,
    )


def address(ip, port):
    return {"socket_address": {"address": ip, "port_value": port}}


def tls_socket(kind, context, **more):
    config = {"@type": f"{TYPE}extensions.transport_sockets.tls.v3.{kind}", "common_tls_context": context, **more}
    return {"name": "tls", "typed_config": config}


def connection_manager():
    to = {"cluster": "origin"}
    routes = []
    for i in range(5):
        routes.append({"match": {"prefix": f"/team-{i}/"}, "route": to})
        routes.append({"match": {"path": f"/status/{i}"}, "route": to})
        routes.append({"match": {"prefix": "/", "headers": [{"name": "x-release", "string_match": {"exact": f"r{i}"}}]}, "route": to})
        routes.append({"match": {"safe_regex": {"regex": f"/orders/[0-9]+/line-{i}"}}, "route": to})
    retry = {"retry_on": "connect-failure,refused-stream,reset,gateway-error", "num_retries": 2}
    routes[-1] = {"match": {"prefix": "/"}, "route": {**to, "retry_policy": retry}}
    return {
        "@type": TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        "codec_type": "AUTO",
        "use_remote_address": True,
        "route_config": {"name": "routes", "virtual_hosts": [{"name": "any", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": TYPE + "extensions.filters.http.router.v3.Router"}}],
    }


# What the others are told.


def nginx_file(folder, name, http, connections=32_768):
    temporary = " ".join(f"{kind}_temp_path {folder}/{name}.{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        f"daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.err; worker_rlimit_nofile {2 * connections};\n"
        f"events {{ worker_connections {connections}; multi_accept on; }}\n"
        f"http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; {temporary}\n{http} }}\n"
    )


def nginx_proxy(scenario, folder, port, origin, certificate, connections):
    scheme, served, checked = "http", "", ""
    if scenario.tls:
        scheme = "https"
        served = f"ssl_certificate {certificate}.crt; ssl_certificate_key {certificate}.key;"
        checked = f"proxy_ssl_trusted_certificate {certificate}.crt; proxy_ssl_verify on; proxy_ssl_name localhost;"
    return nginx_file(
        folder,
        "proxy",
        f"""{served} {checked}
        upstream origin {{ server 127.0.0.1:{origin}; keepalive 512; keepalive_requests 1000000000; }}
        server {{ listen 127.0.0.1:{port}{" ssl" if scenario.tls else ""}; location / {{
          proxy_pass {scheme}://origin; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; }} }}""",
        connections,
    )


def haproxy_file(scenario, port, origin, certificate):
    front = back = " proto h2" if scenario.http2 else ""
    if scenario.tls:
        alpn = " alpn h2" if scenario.http2 else ""
        front = f" ssl crt {certificate}.pem{alpn}"
        back = f" ssl verify required ca-file {certificate}.crt verifyhost localhost{alpn}"
    descriptors = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 120_000)
    return f"""global
  nbthread 1
  maxconn {(descriptors - 200) // 2}
defaults
  mode http
  timeout client 600s
  timeout server 60s
  timeout connect 5s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:{port}{front}
  default_backend back
backend back
  server origin 127.0.0.1:{origin}{back}
"""


# Processes.


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server on one core, until closed."""

    def __init__(self, name, command, core, port, folder, environment=None):
        self.name, self.port = name, port
        self.log = pathlib.Path(folder, f"{name}.log")
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                ["taskset", "-c", str(core), *command],
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        self.await_listening()
        self.listens_after = time.monotonic() - began

    def await_listening(self):
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} does not listen:\n{self.log.read_text()}")
            time.sleep(0.003)

    def await_line(self, beginning):
        deadline = time.monotonic() + 60
        while not any(line.startswith(beginning) for line in self.log.read_text().splitlines()):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} does not say that it is ready:\n{self.log.read_text()}")
            time.sleep(0.01)

    def pids(self):
        children = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    children.setdefault(parent, []).append(int(entry.name))
        found, left = [], [self.child.pid]
        while left:
            found.append(left.pop())
            left += children.get(found[-1], [])
        return found

    def cpu_seconds(self):
        nanos = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with contextlib.suppress(OSError):
                    nanos += int(task.read_text().split()[0])
        return nanos / 1e9

    def resident_bytes(self):
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                total += int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024
        return total

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(8)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


class Bench:
    """The origin and the proxies of one scenario, in a temporary folder."""

    def __init__(self, scenario, arguments):
        self.scenario, self.arguments = scenario, arguments
        self.folder = tempfile.mkdtemp(prefix="weft-compare-")
        os.chmod(self.folder, 0o755)
        self.certificate = f"{self.folder}/certificate"
        self.running = []

    def __enter__(self):
        try:
            self.start_origin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        path = pathlib.Path(self.folder, name)
        path.write_text(text)
        return str(path)

    def run(self, name, command, core, port, environment=None):
        process = Process(name, command, core, port, self.folder, environment)
        self.running.append(process)
        return process

    def start_origin(self):
        scenario, self.origin_port = self.scenario, free_port()
        if scenario.tls:
            self.make_certificate()
        if scenario.http2:
            os.makedirs(f"{self.folder}/www")
            self.write("www/index.html", "x" * scenario.body)
            secured = [self.certificate + ".key", self.certificate + ".crt"] if scenario.tls else ["--no-tls"]
            command = ["nghttpd", "-d", f"{self.folder}/www", str(self.origin_port), *secured]
        else:
            secured = " ssl" if scenario.tls else ""
            served = f"ssl_certificate {self.certificate}.crt; ssl_certificate_key {self.certificate}.key;" if scenario.tls else ""
            listens = " ".join(f"listen {ip}:{self.origin_port}{secured};" for ip in ENDPOINTS)
            if scenario.body <= 1024:
                answer = f'return 200 "{"x" * scenario.body}";'
            else:
                os.makedirs(f"{self.folder}/www", mode=0o755)
                self.write("www/index.html", "x" * scenario.body)
                answer = f"root {self.folder}/www; sendfile on; open_file_cache max=8;"
            file = self.write("origin.conf", nginx_file(self.folder, "origin", f"{served} server {{ {listens} location / {{ default_type text/plain; {answer} }} }}"))
            command = ["nginx", "-c", file, "-p", self.folder]
        self.run("origin", command, OTHER_CORE, self.origin_port)

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", self.certificate + ".key", "-out", self.certificate + ".crt"],
            check=True,
            capture_output=True,
        )
        os.chmod(self.certificate + ".key", 0o644)
        both = (pathlib.Path(self.certificate + end).read_text() for end in (".crt", ".key"))
        pathlib.Path(self.certificate + ".pem").write_text("".join(both))

    def weft(self, name, how, *flags):
        port = free_port()
        file = self.write(f"{name}.json", bootstrap(self.scenario, port, self.origin_port, self.certificate))
        launcher, options = how.partition(" ")[::2] if how.startswith("/") else (str(ROOT / "weft"), how)
        environment = {"WEFT_JAVA_OPTS": f"{os.environ.get('WEFT_JAVA_OPTS', '')} {options}".strip()}
        return self.run(name, [launcher, "sidecar", "-c", file, *flags], PROXY_CORE, port, environment)

    def warm(self, proxy):
        left = self.arguments.warmup
        while left > 0:
            done, _ = self.load(proxy.port, 2)
            if done == 0:
                raise SystemExit(f"{proxy.name} serves nothing:\n{proxy.log.read_text()[-2000:]}")
            left -= done

    def peer(self, name):
        """The running peer, or why there is none."""
        scenario, port = self.scenario, free_port()
        program = os.environ.get("ENVOY", "envoy") if name == "envoy" else name
        if shutil.which(program) is None:
            return f"{name} is not installed"
        if name == "nginx":
            if scenario.http2:
                return "nginx speaks no HTTP/2 to origins"
            connections = max(32_768, self.arguments.idle_connections + 1_000)
            file = self.write("proxy.conf", nginx_proxy(scenario, self.folder, port, self.origin_port, self.certificate, connections))
            command = [program, "-c", file, "-p", self.folder]
        elif name == "haproxy":
            command = [program, "-db", "-f", self.write("haproxy.cfg", haproxy_file(scenario, port, self.origin_port, self.certificate))]
        else:
            file = self.write("envoy.json", bootstrap(scenario, port, self.origin_port, self.certificate))
            command = [program, "-c", file, "--concurrency", "1", "-l", "warn", "--use-dynamic-base-id"]
        return self.run(name, command, PROXY_CORE, port)

    def load(self, port, seconds):
        """Requests that succeeded, and failures."""
        url = f"http{'s' if self.scenario.tls else ''}://127.0.0.1:{port}/index.html"
        if not self.scenario.http2:
            said = output(["taskset", "-c", str(OTHER_CORE), "wrk", "-t1", f"-c{self.arguments.connections}", f"-d{seconds}s", url])
            failed = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", said))
            failed += sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", said))
            return int(re.search(r"(\d+) requests in", said).group(1)), failed
        said = output(["taskset", "-c", str(OTHER_CORE), "h2load", "-t1", "-c8", "-m8", f"-n{40000 * seconds}", url])
        done, failed, errored = map(int, re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", said).groups())
        return done, failed + errored


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# Tables.


def cpu_table(scenario, arguments):
    with Bench(scenario, arguments) as bench:
        proxies, absent = [], []
        for name, how in arguments.weft:
            proxies.append(bench.weft(name, how))
            bench.warm(proxies[-1])
        for name in arguments.peers:
            peer = bench.peer(name)
            if isinstance(peer, Process):
                proxies.append(peer)
                bench.load(peer.port, 1)
            else:
                absent.append(peer)
        costs = {proxy.name: [] for proxy in proxies}
        failures = {proxy.name: 0 for proxy in proxies}
        for _ in range(arguments.rounds):
            for proxy in proxies:
                before = proxy.cpu_seconds()
                done, failed = bench.load(proxy.port, arguments.seconds)
                costs[proxy.name].append((proxy.cpu_seconds() - before) * 1e6 / max(done, 1))
                failures[proxy.name] += failed
        print(f"\n### {scenario.title}\n\n| proxy | CPU µs a request: median | least | weft's cost by its: median (all rounds) | RSS MB | failed |\n|---|---|---|---|---|---|")
        for proxy in proxies:
            mine = costs[proxy.name]
            ratios = sorted(ours / theirs for ours, theirs in zip(costs["weft"], mine))
            ratio = "" if proxy.name == "weft" else f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            rss = proxy.resident_bytes() / 2**20
            print(f"| {proxy.name} | {statistics.median(mine):.2f} | {min(mine):.2f} | {ratio} | {rss:.0f} | {failures[proxy.name]} |")
        for why in absent:
            print(f"\nLeft out: {why}.")


def latency_table(arguments):
    """In open loop: a request is sent when its time has come, so that a slow answer does not make the next ones look fast."""
    if shutil.which("vegeta") is None:
        print("\nLatency: left out, vegeta is not installed.")
        return
    rate, seconds = 2000, max(5, arguments.seconds)
    print(f"\n### {rate} requests a second\n\n| proxy | p50 ms: median of rounds | p99 | p99.9 | failed |\n|---|---|---|---|---|")
    with Bench(SCENARIOS[0], arguments) as bench:
        proxies = []
        for name, how in arguments.weft:
            proxies.append(bench.weft(name, how))
            bench.warm(proxies[-1])
        for name in arguments.peers:
            peer = bench.peer(name)
            if isinstance(peer, Process):
                proxies.append(peer)
                bench.load(peer.port, 1)
        rounds, failures = {proxy.name: [] for proxy in proxies}, {proxy.name: 0 for proxy in proxies}
        for _ in range(arguments.rounds):
            for proxy in proxies:
                latencies, failed = paced(proxy.port, rate, seconds)
                rounds[proxy.name].append(latencies)
                failures[proxy.name] += failed
        for name, of_rounds in rounds.items():
            columns = [f"{statistics.median(percentile(round, share) for round in of_rounds):.2f}" for share in (0.5, 0.99, 0.999)]
            print(f"| {name} | {' | '.join(columns)} | {failures[name]} |")


def paced(port, rate, seconds):
    """Sorted milliseconds, and failures."""
    attack = ["vegeta", "attack", f"-rate={rate}", f"-duration={seconds}s", "-max-workers=64", "-connections=64", "-http2=false"]
    target = f"GET http://127.0.0.1:{port}/index.html\n".encode()
    shots = subprocess.run(["taskset", "-c", str(OTHER_CORE), *attack], input=target, capture_output=True, check=True).stdout
    lines = subprocess.run(["vegeta", "encode"], input=shots, capture_output=True, check=True).stdout.splitlines()
    results = [json.loads(line) for line in lines]
    return sorted(result["latency"] / 1e6 for result in results), sum(result["code"] != 200 for result in results)


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def first_table(arguments):
    """The first requests that a new process gets, from 64 connections at once, as soon as it is ready."""
    print("\n### The first 10,000 requests\n\n| proxy | p50 ms: median of starts | p99 | slowest | failed |\n|---|---|---|---|---|")
    for name, how in arguments.weft + [(peer, None) for peer in arguments.peers]:
        starts, failures = [], 0
        with Bench(SCENARIOS[0], arguments) as bench:
            for _ in range(arguments.rounds):
                proxy = bench.peer(name) if how is None else bench.weft(name, how)
                if not isinstance(proxy, Process):
                    break
                if how is not None:
                    proxy.await_line("sidecar")  # says that it is ready
                log = bench.write("first.log", "")
                url = f"http://127.0.0.1:{proxy.port}/index.html"
                output(["taskset", "-c", str(OTHER_CORE), "h2load", "--h1", "-t1", "-c64", "-n10000", f"--log-file={log}", url])
                requests = [line.split() for line in pathlib.Path(log).read_text().splitlines()]
                starts.append(sorted(int(request[2]) / 1e3 for request in requests))
                failures += sum(request[1] != "200" for request in requests)
                bench.running.remove(proxy)
                proxy.close()
        if starts:
            columns = [f"{statistics.median(percentile(start, share) for start in starts):.1f}" for share in (0.5, 0.99, 1)]
            print(f"| {name} | {' | '.join(columns)} | {failures} |")


def warm_table(arguments):
    """The sidecar's first seconds under full load, with what its compilers take."""
    print("\n### The first seconds\n\n| proxy | second | requests | CPU µs a request |\n|---|---|---|---|")
    for name, how in arguments.weft:
        with Bench(SCENARIOS[0], arguments) as bench:
            proxy = bench.weft(name, how)
            for second in range(1, 16):
                before = proxy.cpu_seconds()
                done, _ = bench.load(proxy.port, 1)
                print(f"| {name} | {second} | {done} | {(proxy.cpu_seconds() - before) * 1e6 / max(done, 1):.1f} |")


def busy_table(arguments):
    """Memory while 1,000 connections ask as fast as they can."""
    print("\n### 1,000 connections\n\n| proxy | RSS MB before | after the load |\n|---|---|---|")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    many = argparse.Namespace(**{**vars(arguments), "connections": 1000})
    for name, how in arguments.weft + [(peer, None) for peer in arguments.peers]:
        with Bench(SCENARIOS[0], many) as bench:
            proxy = bench.peer(name) if how is None else bench.weft(name, how)
            if not isinstance(proxy, Process):
                continue
            before = proxy.resident_bytes()
            bench.load(proxy.port, 15)
            print(f"| {name} | {before / 2**20:.0f} | {proxy.resident_bytes() / 2**20:.0f} |")


def start_table(arguments):
    print("\n### Start and rest\n\n| proxy | listens after ms: median | least | RSS MB at rest |\n|---|---|---|---|")
    for name, how in arguments.weft + [(peer, None) for peer in arguments.peers]:
        times, resident = [], 0
        with Bench(SCENARIOS[0], arguments) as bench:
            for _ in range(arguments.rounds):
                proxy = bench.peer(name) if how is None else bench.weft(name, how)
                if not isinstance(proxy, Process):
                    break
                times.append(proxy.listens_after * 1e3)
                time.sleep(8)  # what starts late, and memory that is given back: the JVM does that after six seconds
                resident = proxy.resident_bytes() / 2**20
                bench.running.remove(proxy)
                proxy.close()
        if times:
            print(f"| {name} | {statistics.median(times):.0f} | {min(times):.0f} | {resident:.0f} |")


def idle_table(arguments):
    """Memory of connections that have had one request and wait for the next, and whether they still answer that."""
    wanted = arguments.idle_connections
    needed = 2 * wanted + 1_000  # proxies keep as many file descriptors for upstreams as for clients
    limit = raised_descriptors(needed)
    connections = min(wanted, (limit - 1_000) // 2)
    if connections < wanted:
        print(f"\n**Not {wanted} idle connections: they take {needed} file descriptors a process, and this machine grants {limit}.**")
    if connections < 100:
        return
    print(f"\n### {connections} idle connections\n\n| proxy | KiB a connection | RSS MB before | after | answer once more | RSS MB then | in /memory |\n|---|---|---|---|---|---|---|")
    for name, how in arguments.weft + [(peer, None) for peer in arguments.peers]:
        with Bench(SCENARIOS[0], arguments) as bench, contextlib.ExitStack() as held:
            admin = None if how is None else free_port()
            proxy = bench.peer(name) if how is None else bench.weft(name, how, "--admin", f"127.0.0.1:{admin}")
            if not isinstance(proxy, Process):
                continue
            bench.load(proxy.port, 3)
            time.sleep(5)
            before = proxy.resident_bytes()
            groups = []
            for first in range(0, connections, 50):
                groups.append([held.enter_context(connected(proxy.port, i)) for i in range(first, min(first + 50, connections))])
                if answers(groups[-1]) < len(groups[-1]):
                    raise SystemExit(f"{name} does not answer on each of {first + 50} connections:\n{proxy.log.read_text()[-2000:]}")
            time.sleep(5)
            after = proxy.resident_bytes()
            counted = "" if admin is None else downstream_connections(admin)
            answered = sum(map(answers, groups))
            time.sleep(5)
            columns = [f"{(after - before) / 1024 / connections:.1f}", f"{before / 2**20:.0f}", f"{after / 2**20:.0f}"]
            columns += [answered, f"{proxy.resident_bytes() / 2**20:.0f}", counted]
            print(f"| {name} | {' | '.join(map(str, columns))} |")


def raised_descriptors(wanted):
    """Raises the limit of file descriptors for this process and those that it starts, and says what it is now."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = max(wanted, hard)
    with contextlib.suppress(OSError, ValueError):  # beyond the hard limit only root may go, and not on each machine
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextlib.contextmanager
def connected(port, i):
    """A connection that is not opened again. Some 14,000 from one address are found quickly, and after 28,000 there are no ports."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, 30, (f"127.0.0.{101 + i // 10_000}", 0))) as client:
        client.connect()
        client.auto_open = False
        yield client


def answers(clients):
    """How many of these connections answer a request with 200. All are asked before the first answer is read."""
    answered = 0
    for client in clients:
        with contextlib.suppress(OSError, http.client.HTTPException):
            client.request("GET", "/index.html")
    for client in clients:
        with contextlib.suppress(OSError, http.client.HTTPException):
            response = client.getresponse()
            response.read()
            answered += response.status == 200
    return answered


def downstream_connections(admin):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", admin, 30)) as client:
        client.request("GET", "/memory")
        return json.load(client.getresponse())["downstream_connections"]


def allocation_table(arguments):
    """What the event loops allocate on the heap, once the code is compiled."""
    if shutil.which("jcmd", path=java_path()) is None:
        print("\nAllocation: left out, there is no jcmd in JAVA_HOME or on PATH.")
        return
    print("\n### Allocation\n\n| | proxy | bytes a request |\n|---|---|---|")
    for scenario in SCENARIOS:
        for name, how in arguments.weft:
            with Bench(scenario, arguments) as bench:
                proxy = bench.weft(name, how)
                bench.warm(proxy)
                before = allocated_by_loops(proxy)
                done, _ = bench.load(proxy.port, 5)
                print(f"| {scenario.title} | {name} | {(allocated_by_loops(proxy) - before) / max(done, 1):.0f} |")


def java_path():
    home = os.environ.get("JAVA_HOME")
    return os.pathsep.join(([f"{home}/bin"] if home else []) + [os.environ["PATH"]])


def allocated_by_loops(proxy):
    jcmd = shutil.which("jcmd", path=java_path())
    threads = re.findall(r'^"weft-loop-.* allocated=(\d+)([BKMG]) ', output([jcmd, str(proxy.child.pid), "Thread.print", "-e"]), re.MULTILINE)
    return sum(int(number) * 1024 ** "BKMG".index(unit) for number, unit in threads)


def variant(text):
    name, _, how = text.partition("=")
    if not re.fullmatch(r"[a-z0-9-]+", name) or not how:
        raise argparse.ArgumentTypeError(f"{text} (expected: NAME=JAVA_OPTIONS or NAME=/path/of/another/bin/weft)")
    return name, how


def parsed():
    tables = [scenario.name for scenario in SCENARIOS] + ["latency", "first", "warm", "busy", "idle", "start", "allocation"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"{', '.join(tables)} (default: all)")
    parser.add_argument("--peers", default="nginx,haproxy,envoy", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=6, help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=2, help="of a turn (default: %(default)s)")
    parser.add_argument("--warmup", type=int, default=400_000, help="requests before the first round (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="of the load, HTTP/1.1 (default: %(default)s)")
    parser.add_argument("--idle-connections", type=int, default=10_000, metavar="N", help="of the table idle (default: %(default)s)")
    parser.add_argument("--weft", default="", metavar="HOW", help="the sidecar: JVM options, or another launcher and JVM options")
    parser.add_argument("--variant", type=variant, action="append", default=[], metavar="NAME=HOW", help="one more sidecar")
    arguments = parser.parse_args()
    unknown = set(arguments.tables) - set(tables)
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))} (expected: {', '.join(tables)})")
    arguments.tables = arguments.tables or tables
    arguments.weft = [("weft", arguments.weft), *arguments.variant]
    arguments.peers = [peer for peer in arguments.peers.split(",") if peer]
    return arguments


def main():
    arguments = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    subprocess.run([str(ROOT / "weft"), "version"], check=True)  # builds it first where that is needed
    for scenario in SCENARIOS:
        if scenario.name in arguments.tables:
            cpu_table(scenario, arguments)
    if "latency" in arguments.tables:
        latency_table(arguments)
    if "first" in arguments.tables:
        first_table(arguments)
    if "warm" in arguments.tables:
        warm_table(arguments)
    if "busy" in arguments.tables:
        busy_table(arguments)
    if "idle" in arguments.tables:
        idle_table(arguments)
    if "start" in arguments.tables:
        start_table(arguments)
    if "allocation" in arguments.tables:
        allocation_table(arguments)


if __name__ == "__main__":
    main()
