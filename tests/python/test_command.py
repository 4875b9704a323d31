"""The tidegate command against hosts that no sample server is: made here, so that they are as bad as a test wants."""
from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from conftest import LIMIT, event_of, running

from tidegate import Error, EventNumber, Status


class Command:
    """Runs `tidegate` for the test's host."""

    def __init__(self, socket):
        program = Path(os.environ["TIDEGATE_BUILD"]).resolve() / "sdk/tools/tidegate/tidegate"
        self.line = [str(program), "--socket", socket]

    def __call__(self, *arguments):
        return subprocess.run([*self.line, *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)

    def begin(self, *arguments):
        return subprocess.Popen([*self.line, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def command(host):
    # Not tmp_path: a socket's path has room for some 100 characters only.
    with tempfile.TemporaryDirectory(prefix="tg") as directory:
        host.open_control(directory)
        yield Command(f"{directory}/control.sock")


def events_in_between(service, events):
    """Something else happens on the host, with so many events."""
    for _ in range(events // 2):
        service.drain(actor="somebody else")
        service.resume(actor="somebody else")


@pytest.mark.parametrize("events, said", [(1200, "1 in progress at the start, 1 told to close"), (5000, "")])
def test_sessions_cut_are_told_however_much_has_happened(host, command, events, said):
    inside = []
    service = running(host, "RTCMEDSRV", close=lambda ticket, tag: inside.pop().release())
    inside.append(service.admit())
    with command.begin("drain", "RTCMEDSRV", "--deadline", "30s") as process:
        event_of(host, EventNumber.DRAIN_STARTED)
        events_in_between(service, events)
        service.drain(deadline=0.001)
        out, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert out.startswith("RTCMEDSRV Paused (drained), Sessions=0" + ("; " + said if said else " ("))


@pytest.fixture
def failed(host, unraisable):
    """A service whose start has failed."""
    service = host.add_service("F", start=lambda: 1 / 0)
    service.start()
    event_of(host, EventNumber.START_FAILED)
    return service


@pytest.mark.parametrize("arguments, status", [
    (["drain", "--all"], Status.PAUSED), (["drain", "A", "F"], Status.PAUSED), (["pause", "--all"], Status.PAUSED),
    (["resume", "--all"], Status.RUNNING), (["restart", "--all"], Status.RUNNING),
    (["stop", "--all", "--graceful"], Status.STOPPED),
])  # fmt: skip
def test_several_do_not_wait_for_one_that_failed(host, failed, command, arguments, status):
    service = running(host, "A")
    if arguments[0] == "resume":
        assert command("pause", "A").returncode == 0
    done = command(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert service.status == status
    said = "F Stopped, Sessions=0 (" if failed.status == Status.STOPPED else "F Failed, Sessions=0; nothing to wait for\n"
    assert said in done.stdout


@pytest.mark.parametrize("verb", ["drain", "resume", "restart"])
def test_all_that_are_one_that_is_stopped_are_not_waited_for(host, command, verb):
    service = running(host, "A")
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    done = command(verb, "--all", "--timeout", "10s")
    assert (done.returncode, done.stdout) == (0, "A Stopped, Sessions=0; nothing to wait for\n")
    assert command("stop", "--all", "--graceful").stdout.startswith("A Stopped, Sessions=0 (")


def test_start_of_all_tells_of_one_that_fails(host, failed, command):
    running(host, "A")
    done = command("start", "--all")
    assert done.returncode == 5
    assert done.stderr.startswith("tidegate: F: ") and "did not come" in done.stderr


@pytest.mark.parametrize("arguments", [["drain", "A", "B"], ["wait", "A", "B", "--until", "drained"]])
def test_timeout_is_one_for_all(host, command, arguments):
    services = [running(host, name) for name in "AB"]
    first, second = [service.admit() for service in services]
    if arguments[0] == "wait":
        host.drain()
    began = time.monotonic()
    with command.begin(*arguments, "--timeout", "2s") as process:
        assert not host.wait_for_event(2**40, timeout=1.5)  # the first takes most of the time
        first.release()
        _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 4 and "B: the time given was over first" in err
    assert time.monotonic() - began < 3.3
    second.release()


STEERING = "\x1b]0;owned\x07\x9b2J\nRTCMEDSRV Stopped\x7f"
SHOWN = r"\x1b]0;owned\x07\x9b2J\x0aRTCMEDSRV Stopped\x7f"


def test_names_that_mean_ill_do_not_reach_the_terminal(host, command):
    service = running(host, "A", describe=lambda ticket, tag: STEERING)
    with pytest.raises(Error, match="remove it"):
        service.drain(actor=STEERING)  # a name that means ill is none: L7
    with service.admit():
        service.drain(actor="op1", reason=STEERING)
        texts = [command(*arguments) for arguments in (
            ["sessions", "A"], ["blockers", "A"], ["holds"], ["events"], ["services"], ["resume", "A", "--actor", "bob"],
            ["wait", "A", "--until", "drained", "--timeout", "500ms"],
        )]  # fmt: skip
        exact = json.loads(command("sessions", "A", "--json").stdout)["sessions"][0]["text"]
    for done in texts:
        said = done.stdout + done.stderr
        assert SHOWN in said or done.args[3] not in ("sessions", "blockers", "wait")
        assert all(c.isprintable() or c == "\n" for c in said), said
        assert "\nRTCMEDSRV" not in said
    assert exact == STEERING
