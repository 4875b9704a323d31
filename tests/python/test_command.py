"""The tidegate command against hosts that no sample server is: made here, so that they are as bad as a test wants."""
from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import LIMIT, event_of, running

from tidegate import EventNumber


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
