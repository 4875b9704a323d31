"""What the tests share: a host, waits for events with a limit, and children for what may hang or crash."""
from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import tidegate

LIMIT = 20.0  # seconds, for what comes at once unless something is broken


@pytest.fixture
def host():
    with tidegate.Host("test") as made:
        yield made


@pytest.fixture
def service(host):
    """A running service."""
    return running(host, "RTCMEDSRV", activity="Concurrent Calls")


def running(host, name, **options):
    service = host.add_service(name, **options)
    service.start()
    assert service.wait("running", timeout=LIMIT)
    return service


def numbers(host, service):
    """The numbers of a service's events so far."""
    return [event.number for event in host.events() if event.service == service.name]


def event_of(host, number, after=0):
    """Waits for an event with this number."""
    while True:
        assert host.wait_for_event(after, timeout=LIMIT), f"no {number!r}"
        for event in host.events(after):
            after = event.sequence
            if event.number == number:
                return event


@pytest.fixture
def plugins() -> Path:
    build = os.environ.get("TIDEGATE_BUILD")
    assert build, "TIDEGATE_BUILD is the CMake build folder, where plugins/limits.so is"
    return Path(build).resolve() / "plugins"


@pytest.fixture
def unraisable(monkeypatch):
    """What sys.unraisablehook was told, as exceptions."""
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: told.append(args.exc_value))
    return told


class Hung(Exception):
    """A child was still there when its time was over."""


class Child:
    """Runs code in a process of its own, in development mode, with a time limit."""

    def run(self, code: str, limit: float = 30, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "dev", "-c", textwrap.dedent(code)]
        env = {**os.environ, **environment}
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False, env=env)
        except subprocess.TimeoutExpired as late:
            raise Hung(f"no end after {limit} s; it wrote {late.stdout!r} and {late.stderr!r}") from None

    def ends_clean(self, code: str, limit: float = 30, **environment: str) -> str:
        """Returns: what it printed. It must end with code 0 and nothing on standard error."""
        done = self.run(code, limit, **environment)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture
def child() -> Child:
    return Child()
