"""Real processes: the sample servers, the tidegate command, sipp. Everything that is started is ended, also when a test fails."""
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["TIDEGATE_BUILD"])
LIMIT = 20.0  # seconds that anything may take before a test gives up on it
_names = itertools.count(1)


_ports = itertools.cycle(range(20000 + os.getpid() % 8000, 32000))


def free_port():
    """A port that nobody has, and that the system gives to nobody who asks for any: those begin at 32768."""
    for port in _ports:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Control:
    """A client of the control socket that speaks lines of JSON."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT)
        self.socket.connect(str(path))
        self.reader = self.socket.makefile("rb")

    def send(self, request):
        line = request if isinstance(request, bytes) else json.dumps(request).encode() + b"\n"
        self.socket.sendall(line)

    def receive(self):
        line = self.reader.readline()
        return json.loads(line) if line else None

    def ask(self, verb, **more):
        self.send({"verb": verb, **more})
        return self.receive()

    def close(self):
        self.reader.close()
        self.socket.close()


class Server:
    """A sample server, its host's name, and its control socket."""

    def __init__(self, arguments, name, ready, environment, hang_up=signal.SIG_DFL):
        self.name = name
        self.environment = environment
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            arguments, stdout=self.log, stderr=self.log, env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, hang_up))  # whatever these tests were started with
        self.socket = self._socket_path()
        self._wait(ready)

    def _socket_path(self):
        base = "/run/tidegate" if os.geteuid() == 0 else self.environment["XDG_RUNTIME_DIR"] + "/tidegate"
        return pathlib.Path(base) / self.name / "control.sock"

    def _wait(self, ready):
        for _ in range(int(LIMIT * 100)):
            if self.process.poll() is not None:
                raise AssertionError("the server ended: " + self.output())
            if self._answers() and ready():
                return
            try:
                self.process.wait(0.01)
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError("the server does not come up: " + self.output())

    def _answers(self):
        """A socket that a crash has left is there, but nobody answers."""
        try:
            self.control().close()
            return True
        except OSError:
            return False

    def output(self):
        self.log.seek(0)
        return self.log.read()

    def control(self):
        return Control(self.socket)

    def command(self, *arguments, **more):
        """Runs `tidegate` for this host. Returns: the finished process with its output."""
        return subprocess.run(self.command_line(*arguments), env=self.environment, capture_output=True, text=True,
                              timeout=LIMIT, **more)

    def command_line(self, *arguments):
        return [str(BUILD / "sdk/tools/tidegate/tidegate"), "--host", self.name, *arguments]

    def service(self, name):
        control = self.control()
        try:
            return next(s for s in control.ask("services")["services"] if s["name"] == name)
        finally:
            control.close()

    def wait_for(self, name, **wanted):
        """Waits until the service's fields are so."""
        control = self.control()
        try:
            for _ in range(int(LIMIT * 50)):
                service = next(s for s in control.ask("services")["services"] if s["name"] == name)
                if all(service[key] == value for key, value in wanted.items()):
                    return service
                control.ask("events", after=control.ask("events", after=0, limit=1)["last"], wait=True, timeout_ns=20_000_000)
        finally:
            control.close()
        raise AssertionError(f"{name} does not become {wanted}: {service}")

    def stop(self):
        """SIGTERM, and after a second another, which does not wait for sessions. Returns: the exit code."""
        for limit in (1.0, LIMIT):
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(limit)
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        raise AssertionError("the server does not end: " + self.output())


@pytest.fixture
def environment():
    # Not tmp_path: a socket's path has room for some 100 characters only.
    with tempfile.TemporaryDirectory(prefix="tg") as runtime:
        yield {**os.environ, "XDG_RUNTIME_DIR": runtime}


@pytest.fixture
def start(environment):
    """start(program, *arguments, ready=...) -> Server, which is ended after the test and must end well."""
    servers = []

    def run(program, *arguments, name, ready=lambda: True, **options):
        line = [str(BUILD / "samples" / program / program), *map(str, arguments)]
        servers.append(Server(line, name, ready, environment, **options))
        return servers[-1]

    yield run
    for server in servers:
        if server.process.poll() is None:
            assert server.stop() == 0, server.output()


@pytest.fixture
def unique_name():
    return f"test-{os.getpid()}-{next(_names)}"


@pytest.fixture
def echo(start, unique_name):
    port = free_port()
    server = start("echo", port, unique_name, name=unique_name)
    server.wait_for("ECHO", status="Running")  # the control socket answers before the port is open
    server.port = port
    return server


@pytest.fixture
def mediation(start, unique_name):
    def run(*arguments):
        sip, replica = free_port(), free_port()
        server = start("mediation", "--name", unique_name, "--sip-port", sip, "--replica-port", replica, *arguments,
                       name=unique_name)
        server.wait_for("REPLICA", status="Running")
        server.sip_port, server.replica_port = sip, replica
        return server

    return run
