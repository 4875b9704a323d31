"""The tidegate command against hosts that no sample server is: made here, so that they are as bad as a test wants."""
from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata
from pathlib import Path

import pytest
from conftest import LIMIT, event_of, running

from tidegate import Error, EventNumber, Result, Status


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


@pytest.mark.parametrize("events", [1200, 5000])
def test_C5_sessions_cut_are_told_however_much_has_happened(host, command, events):
    inside = []
    service = running(host, "RTCMEDSRV", close=lambda ticket, tag: inside.pop().release())
    inside.append(service.admit())
    with command.begin("drain", "RTCMEDSRV", "--deadline", "30s") as process:
        event_of(host, EventNumber.DRAIN_STARTED)
        events_in_between(service, events)
        service.drain(deadline=0.001)
        out, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert out.startswith("RTCMEDSRV Paused (drained), at the deadline; 0 of 1 session left by itself, 1 was told to close; held by you")


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
    said = "F Stopped (" if failed.status == Status.STOPPED else "F has Failed before; nothing to wait for\n"
    assert said in done.stdout


@pytest.mark.parametrize("verb", ["drain", "resume", "restart"])
def test_all_that_are_one_that_is_stopped_are_not_waited_for(host, command, verb):
    service = running(host, "A")
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    done = command(verb, "--all", "--timeout", "10s")
    assert (done.returncode, done.stdout) == (0, "A is Stopped already; nothing to wait for\n")
    assert command("stop", "--all", "--graceful").stdout.startswith("A Stopped (")


def test_start_of_all_tells_of_one_that_fails(host, failed, command):
    running(host, "A")
    done = command("start", "--all")
    assert done.returncode == 5
    assert done.stderr.startswith("tidegate: F could not be started: start failed") and "then tidegate " in done.stderr


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
    assert process.returncode == 4 and "B is not drained yet: Paused, draining, 1 session left. It goes on; to wait again: tidegate " in err
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
        assert "owned" in said or done.args[3] not in ("sessions", "blockers")
        assert all(c.isprintable() or c == "\n" for c in said), said
        assert "\nRTCMEDSRV" not in said
    assert "owned" in exact and not any(c in exact for c in "\x1b\x07\n\x9b\x7f"), "it is cleaned where it enters: P2"


# ---- C5, C6: what came of it is told ----

ENDS_WHEN_STOPPED = """
import sys, tidegate
host = tidegate.Host("ends")
service = host.add_service("S")
service.start()
assert service.wait("running", timeout=20)
host.open_control(sys.argv[1])
print("ready", flush=True)
service.wait("stopped")
host.close()
"""


@pytest.mark.parametrize("times", [30])
def test_C6_stop_that_worked_exits_0_when_the_server_ends_right_after(times):
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="tg") as directory:
            with subprocess.Popen([sys.executable, "-c", ENDS_WHEN_STOPPED, directory], stdout=subprocess.PIPE, text=True) as server:
                assert server.stdout.readline() == "ready\n"
                done = Command(f"{directory}/control.sock")("stop", "S", "--graceful")
                assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("S Stopped; it had no sessions ("), done
                assert server.wait(LIMIT) == 0


def outcome_of(done):
    answer = json.loads(done.stdout)
    return answer, answer["services"][0]["outcome"]


def test_C5_who_resumed_it_and_why_is_told(host, command):
    service = running(host, "A")
    with service.admit():
        with command.begin("drain", "A", "--json") as process:
            event_of(host, EventNumber.DRAIN_STARTED)
            service.resume(all_holds=True, actor="op1", reason="incident 4711")
            out, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 5
        answer = json.loads(out)
        outcome = answer["services"][0]["outcome"]
        assert answer["ok"] is False and answer["error"]["code"] == "ended" and answer["error"]["number"] == Result.E_ENDED
        assert outcome["text"] == "A was resumed by op1 (incident 4711) with 1 session left"
        assert (outcome["by"], outcome["reason"], outcome["inside"], outcome["reached"]) == ("op1", "incident 4711", 1, False)


@pytest.mark.parametrize("policy, code, said", [
    ("resume", 5, "A: the drain was called off at its deadline, as asked, with 1 session left"),
    ("stop", 0, "A Stopped, at the deadline; 0 of 1 session left by itself, 1 was told to close"),
    ("force", 0, "A Stopped, at the deadline; 0 of 1 session left by itself, 1 was told to close"),
])  # fmt: skip
def test_C5_end_at_the_deadline_is_told(host, command, policy, code, said):
    inside = []
    service = running(host, "A", close=lambda ticket, tag: inside.pop().release() if inside else None)
    inside.append(service.admit())
    done = command("stop", "A", "--graceful", "--deadline", "100ms", "--at-deadline", policy)
    assert done.returncode == code, done
    assert said in done.stdout + done.stderr
    for ticket in inside:
        ticket.release()


def test_C5_own_hold_that_is_over_is_told(host, command):
    service = running(host, "A")
    with service.admit():
        done = command("drain", "A", "--hold-for", "300ms", "--actor", "op1")
        assert done.returncode == 5
        assert "A: the hold of op1 is over with 1 session left; new ones are admitted again" in done.stderr


def test_C5_drain_that_is_joined_is_told_with_its_deadline(host, command):
    service = running(host, "A")
    with service.admit():
        assert command("drain", "A", "--deadline", "5m", "--at-deadline", "wait", "--no-wait", "--actor", "op1").returncode == 0
        done = command("drain", "A", "--no-wait", "--actor", "op2")
        assert "it joined the drain that op1 began, deadline in 4 min 5" in done.stdout and ", then wait" in done.stdout
        _, outcome = outcome_of(command("drain", "A", "--no-wait", "--actor", "op2", "--json"))
        assert outcome["joined"] is True and outcome["begun_by"] == "op1"


def test_C5_shorter_hold_that_is_not_taken_is_told(host, command):
    running(host, "A")
    assert "your hold stays" not in command("pause", "A", "--actor", "op1").stdout
    done = command("pause", "A", "--actor", "op1", "--hold-for", "2h")
    assert done.returncode == 0
    assert "; your hold stays, as it lasts longer than the one asked for now" in done.stdout


def test_C5_start_that_is_held_names_who_holds_it(host, command):
    service = running(host, "A")
    command("pause", "A", "--actor", "op2", "--reason", "kernel patch")
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    done = command("start", "A", "--actor", "op1")
    assert done.returncode == 6
    assert "A has started and stays Paused: held by op2 until resumed (kernel patch). tidegate " in done.stdout, done


def test_C6_resume_that_is_held_by_others_says_by_whom(host, command):
    running(host, "A")
    command("pause", "A", "--actor", "op1")
    command("pause", "A", "--actor", "op2", "--reason", "disk")
    done = command("resume", "A", "--actor", "op1")
    assert done.returncode == 6
    assert "held by op2 until resumed (disk); tidegate " in done.stdout and done.stdout.endswith("resume A --all-holds lifts them all\n")
    answer, _ = outcome_of(command("resume", "A", "--actor", "op2", "--json"))
    assert answer["ok"] is True


def test_C6_restart_of_a_stopped_service_starts_it(host, command):
    service, other = running(host, "A"), running(host, "B")
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    done = command("restart", "A", "B")
    assert (done.returncode, service.status, other.status) == (0, Status.RUNNING, Status.RUNNING), done
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    assert command("restart", "A").returncode == 0 and service.status == Status.RUNNING


def test_C6_start_of_all_starts_the_stopped_ones_when_one_is_paused(host, command):
    service, other = running(host, "A"), running(host, "B")
    command("pause", "B", "--actor", "op2")
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    done = command("start", "--all")
    assert done.returncode == 0 and (service.status, other.status) == (Status.RUNNING, Status.PAUSED), done
    assert "B stays Paused, and is not started: resume it; held by op2 until resumed" in done.stdout
    assert command("start", "--all", "--except", "NOPE").returncode == 1


def test_C6_resume_of_a_stopped_service_waits_for_nothing(host, command):
    service = running(host, "A")
    command("pause", "A", "--actor", "op1")
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    done = command("resume", "A", "--actor", "op1")
    assert done.returncode == 0 and "it runs when it is started" in done.stdout, done


def test_C6_change_that_a_halted_host_did_not_answer_may_still_be_carried_out():
    with tempfile.TemporaryDirectory(prefix="tg") as directory:
        with subprocess.Popen([sys.executable, "-c", ENDS_WHEN_STOPPED, directory], stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout.readline() == "ready\n"
            os.kill(server.pid, signal.SIGSTOP)
            done = Command(f"{directory}/control.sock")("stop", "S", "--graceful")
            os.kill(server.pid, signal.SIGCONT)
            assert done.returncode == 4 and "what was asked may still be carried out" in done.stderr, done
            assert server.wait(LIMIT) == 0, "and it was"


# ---- C4: the line that changes ----


def on_a_terminal(line, width, until, resize=None):
    """What the command writes to a terminal that is so wide, until `until` says that it is enough."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(line, stdout=theirs, stderr=theirs, start_new_session=True)
    written = b""
    try:
        while not until(written):
            assert select.select([ours], [], [], LIMIT)[0], written
            written += os.read(ours, 65536)
            if resize is not None and b"draining" in written:
                fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, resize, 0, 0))
                resize = None
    finally:
        process.kill()
        process.wait(LIMIT)
        os.close(ours)
        os.close(theirs)
    return written.decode()


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@pytest.mark.parametrize("width", [12, 20, 40, 80, 132])
@pytest.mark.parametrize("label", ["sip:" + "caller" * 40, "电话" * 60])
def test_C4_progress_is_one_line_however_narrow_the_terminal_is(host, command, width, label):
    service = running(host, "RTCMEDSRV", describe=lambda ticket, tag: label)
    with service.admit():
        written = on_a_terminal([*command.line, "drain", "RTCMEDSRV", "--deadline", "1h"], width,
                                lambda so_far: so_far.count(b"draining" if width > 20 else b"RTCMEDSRV") >= 4)
        assert "\n" not in written
        drawn = [part for part in re.split(r"\r\x1b\[J", written) if part]
        assert all(columns(part) < width for part in drawn), drawn
        assert all(part.startswith("RTCMEDSRV d"[:width - 2]) for part in drawn)
        if width >= 80:
            assert all("1 of 1 session left; in 59 min" in part or "in 1 h" in part for part in drawn), "what matters comes first"


def test_C4_terminal_that_becomes_narrower_is_followed(host, command):
    service = running(host, "RTCMEDSRV", describe=lambda ticket, tag: "x" * 200)
    with service.admit():
        written = on_a_terminal([*command.line, "drain", "RTCMEDSRV"], 100, lambda so_far: so_far.count(b"draining") >= 4, resize=40)
        assert "\x1b[2A" in written, "the rows into which the terminal has broken the line are cleared too"
        assert columns(re.split(r"\r\x1b\[J", written)[-1]) < 40


# ---- C7: events that are missing ----


def test_C7_gap_is_told_with_its_size(host, command):
    service = running(host, "A")
    events_in_between(service, 5000)
    last = list(host.events())[-1].sequence
    first = last - 4096 + 1
    lines = command("events", "--after", "2").stdout.splitlines()
    assert lines[0].startswith(f"---  {first - 3} events are missing, 3 to {first - 1}"), lines[0]
    assert lines[1].split()[0] == str(first), "the text form shows sequence numbers"
    objects = [json.loads(line) for line in command("events", "--after", "2", "--json").stdout.splitlines()]
    assert objects[0] == {"gap": first - 3, "after": 2, "before": first}
    assert objects[1]["sequence"] == first
    with command.begin("events", "--follow", "--after", "2") as process:
        assert process.stdout.readline().startswith("---  ")
        process.kill()


def test_C7_numbers_of_a_host_that_has_ended_are_told(host, command):
    running(host, "A")
    lines = command("events", "--after", "90000").stdout.splitlines()
    assert lines[0].startswith("---  the host has been started again since event 90000")
    assert json.loads(command("events", "--after", "90000", "--json").stdout.splitlines()[0])["restarted"] is True


# ---- C8: errors for programs ----


@pytest.mark.parametrize("arguments, code, word", [
    (["serivces"], 2, "usage"), (["drain"], 2, "usage"), (["drain", "NOPE"], 1, "not-found"), (["sessions", "NOPE"], 1, "not-found"),
    (["wait", "A", "--until", "drained", "--timeout", "50ms"], 4, "timeout"), (["services", "--user", "daemon"], 3, "no-host"),
    (["plugins", "reload", "x"], 1, "failed"), (["drain", "A", "--actor", "x" * 64], 1, "invalid"),
    (["services", "NOPE"], 1, "failed"), (["plugins", "reconfigure", "x", "--config", "@/nowhere"], 1, "failed"),
])  # fmt: skip
def test_C8_error_under_json_is_json_on_standard_output(host, command, arguments, code, word):
    running(host, "A")
    done = command(*arguments, "--json")
    assert (done.returncode, done.stderr) == (code, ""), done
    error = json.loads(done.stdout)["error"]
    assert error["code"] == word and error["number"] < 0 and len(error["text"]) > 10


# ---- C9 ----


def test_C9_advice_of_ctrl_c_works_when_it_is_pasted(host):
    with tempfile.TemporaryDirectory(prefix="tg it's $HOME ") as directory:
        host.open_control(directory)
        command = Command(f"{directory}/control.sock")
        service = running(host, "A")
        with service.admit():
            with command.begin("drain", "A") as process:
                process.stderr.readline()
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=LIMIT)
            assert process.returncode == 130
            pasted = err.strip().split("To wait again: ")[1]
            environment = {**os.environ, "PATH": f"{Path(command.line[0]).parent}:{os.environ['PATH']}"}
            done = subprocess.run(["/bin/sh", "-c", pasted + " --timeout 50ms"], env=environment, capture_output=True, text=True,
                                  timeout=LIMIT, check=False)
            assert done.returncode == 4 and "A is not drained yet" in done.stderr, (pasted, done)


def test_L9_resume_without_a_ramp(host, command):
    service = running(host, "A", max_sessions=100)
    assert command("pause", "A").returncode == 0
    done = command("resume", "A", "--no-wait")
    assert "A ContinuePending (ramping)" in done.stdout, done
    assert command("pause", "A").returncode == 0
    done = command("resume", "A", "--no-ramp")
    assert (done.returncode, service.status) == (0, Status.RUNNING) and "ramps" not in done.stdout, done
