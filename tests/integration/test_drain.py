"""All that a drain can do, by the real command against real servers: holds, crashes, announcements, deadlines, groups."""
import signal
import subprocess

import pytest
from conftest import BUILD, LIMIT, free_port
from sip import Sip
from test_echo import connect, echoes, line_of_refusal


def hosted(server, *arguments, code=0):
    """Runs the command, which must end with this code. Returns: what it printed."""
    done = server.command(*arguments)
    assert done.returncode == code, done
    return done.stdout + done.stderr


@pytest.fixture
def restartable(start, environment, unique_name, tmp_path):
    """run() -> a mediation server with a state directory; again after its end, another with the same."""
    sip, replica = free_port(), free_port()

    def run():
        server = start("mediation", "--name", unique_name, "--sip-port", sip, "--replica-port", replica, "--state-dir",
                       tmp_path / "state", name=unique_name)
        server.wait_for("REPLICA", status="Running")
        server.sip_port = sip
        return server

    return run


def crash(server):
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(LIMIT)


def test_hold_outlives_a_crash(restartable):
    server = restartable()
    hosted(server, "pause", "RTCMEDSRV", "--actor", "alice", "--reason", "line test")
    crash(server)
    server = restartable()
    service = server.wait_for("RTCMEDSRV", status="Paused", phase="drained")
    assert [(hold["actor"], hold["reason"]) for hold in service["holds"]] == [("alice", "line test")]
    assert server.service("REPLICA")["status"] == "Running"
    assert Sip(server.sip_port).ask("INVITE")[0] == 503
    assert "25170" in hosted(server, "events", "--id", "25170")

    said = hosted(server, "resume", "RTCMEDSRV", "--actor", "bob", code=6)
    assert "alice" in said and "held" in said
    hosted(server, "resume", "RTCMEDSRV", "--actor", "alice")
    assert Sip(server.sip_port).ask("INVITE")[0] == 200
    crash(server)
    assert restartable().service("RTCMEDSRV")["status"] == "Running", "the hold was lifted before"


def test_graceful_stop_does_not_outlive_the_process(restartable):
    server = restartable()
    hosted(server, "stop", "RTCMEDSRV", "--graceful")
    crash(server)
    assert restartable().service("RTCMEDSRV")["status"] == "Running", "a patched server takes calls"


def test_journal_with_a_torn_end_is_repaired(restartable, tmp_path):
    server = restartable()
    hosted(server, "pause", "RTCMEDSRV", "--actor", "alice")
    crash(server)
    with (tmp_path / "state" / "journal").open("ab") as journal:
        journal.write(b"TGJ1\xff")
    server = restartable()
    assert server.wait_for("RTCMEDSRV", status="Paused")
    assert "5 bytes cut off" in hosted(server, "events", "--id", "25171")
    assert (tmp_path / "state" / "journal.damaged").exists()


def test_state_directory_that_others_may_write_to_is_refused(environment, unique_name, tmp_path):
    from conftest import BUILD

    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    done = subprocess.run([BUILD / "samples/mediation/mediation", "--name", unique_name, "--state-dir", tmp_path / "state"],
                          env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 1
    assert "chmod" in done.stderr or "write" in done.stderr, "it says what to do: " + done.stderr


def test_two_holds_open_when_both_are_lifted(echo):
    hosted(echo, "pause", "ECHO", "--actor", "alice", "--reason", "disk")
    hosted(echo, "pause", "ECHO", "--actor", "bob", "--hold-for", "2h")
    listed = hosted(echo, "holds").splitlines()
    assert listed[0].split() == ["SERVICE", "ACTOR", "SINCE", "LASTS", "REASON"]
    assert "alice" in listed[1] and "until resumed" in listed[1] and listed[1].endswith("disk")
    assert "bob" in listed[2] and (", in 1 h 59 min" in listed[2] or ", in 2 h" in listed[2])
    assert "no service is named" in hosted(echo, "holds", "NOPE", code=1)
    said = hosted(echo, "resume", "ECHO", "--actor", "bob", code=6)
    assert "alice" in said and "disk" in said
    assert echo.service("ECHO")["status"] == "Paused"
    hosted(echo, "resume", "ECHO", "--actor", "alice")
    assert echo.service("ECHO")["status"] == "Running"


def test_all_holds_can_be_lifted_and_it_is_recorded(echo):
    hosted(echo, "pause", "ECHO", "--actor", "alice")
    hosted(echo, "pause", "ECHO", "--actor", "bob", "--until-restart")
    hosted(echo, "resume", "ECHO", "--actor", "root", "--all-holds")
    assert "[by root]" in hosted(echo, "events", "--id", "25168")


def test_hold_expires(echo):
    hosted(echo, "pause", "ECHO", "--hold-for", "1s")
    hosted(echo, "wait", "ECHO", "--until", "running")
    assert "25166" in hosted(echo, "events", "--id", "25166")


def test_announced_drain_admits_until_arrivals_stop(mediation):
    server = mediation()
    control = server.control()
    answer = control.ask("drain", service="RTCMEDSRV", announce=True, quiet_ns=300_000_000, announce_max_ns=20_000_000_000)
    assert answer["service"]["status"] == "PausePending" and answer["service"]["phase"] == "announcing"
    assert Sip(server.sip_port).ask("OPTIONS")[0] == 503, "a proxy is told not to send calls here any more"
    assert Sip(server.sip_port).ask("INVITE")[0] == 200, "but one that comes all the same is taken"
    server.wait_for("RTCMEDSRV", phase="draining")
    numbers = [e["number"] for e in control.ask("events", after=answer["last"])["events"]]
    assert numbers[:4] == [25165, 25110, 25111, 25049]
    assert Sip(server.sip_port).ask("INVITE")[0] == 503
    control.ask("resume", service="RTCMEDSRV", all_holds=True)


def test_emergency_call_gets_in_by_option(mediation):
    server = mediation()
    assert Sip(server.sip_port).ask("INVITE")[0] == 200
    hosted(server, "drain", "RTCMEDSRV", "--emergency", "--no-wait")
    assert Sip(server.sip_port).ask("INVITE")[0] == 503
    assert Sip(server.sip_port).ask("INVITE", headers="Priority: emergency\r\n")[0] == 200
    hosted(server, "drain", "RTCMEDSRV", "--replace", "--no-wait")
    assert Sip(server.sip_port).ask("INVITE", headers="Priority: emergency\r\n")[0] == 503


def test_refused_calls_are_sent_elsewhere(mediation):
    server = mediation("--redirect", "sip:spare@example.org")
    hosted(server, "pause", "RTCMEDSRV")
    code, headers = Sip(server.sip_port).ask("INVITE")
    assert (code, headers["Contact"]) == (302, "<sip:spare@example.org>")
    hosted(server, "resume", "RTCMEDSRV")
    hosted(server, "pause", "RTCMEDSRV", "--redirect", "sip:other@example.org")
    assert Sip(server.sip_port).ask("INVITE")[1]["Contact"] == "<sip:other@example.org>"


def test_drain_all_except(mediation):
    server = mediation()
    said = hosted(server, "drain", "--all", "--except", "REPLICA")
    assert said.count("Paused (drained)") == 1
    assert server.service("REPLICA")["status"] == "Running"
    assert "no service is named" in hosted(server, "drain", "--all", "--except", "REPLIKA", code=1)
    assert hosted(server, "drain", "--all").count("Paused (drained)") == 2
    assert hosted(server, "resume", "--all").count("Running") == 2
    assert hosted(server, "stop", "--graceful", "RTCMEDSRV", "REPLICA").count("Stopped") == 2
    assert hosted(server, "start", "--all").count("Running") == 2


def test_restart_stops_when_nobody_is_left_and_starts_again(echo):
    client = connect(echo.port)
    assert echoes(client)
    waiting = subprocess.Popen(echo.command_line("restart", "ECHO"), env=echo.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    echo.wait_for("ECHO", status="Paused")
    client.close()
    said, _ = waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 0 and "ECHO Running" in said, said
    numbers = [e["number"] for e in echo.control().ask("events")["events"]]
    assert [n for n in numbers if n in (25003, 25100, 25101)] == [25100, 25101, 25003, 25100, 25101]


def test_deadline_that_waits_cuts_nobody(echo):
    client = connect(echo.port)
    assert echoes(client)
    last = echo.control().ask("drain", service="ECHO", deadline_ns=20_000_000, at_deadline="wait")["last"]
    control = echo.control()
    while not [e for e in control.ask("events", after=last)["events"] if e["number"] == 25123]:
        control.ask("events", after=control.ask("events", after=last)["last"], wait=True, timeout_ns=50_000_000)
    assert echoes(client), "it may stay"
    client.close()
    hosted(echo, "wait", "ECHO", "--until", "drained")


def test_deadline_that_resumes_calls_it_off(echo):
    client = connect(echo.port)
    assert echoes(client)
    said = hosted(echo, "drain", "ECHO", "--deadline", "50ms", "--at-deadline", "resume", code=5)
    assert "ECHO: the drain was called off at its deadline, as asked, with 1 connection left" in said
    assert echo.service("ECHO")["status"] == "Running"
    assert echoes(client) and echoes(connect(echo.port))
    client.close()


def test_deadline_that_stops_says_how_many_are_left(echo):
    client = connect(echo.port)
    assert echoes(client)
    said = hosted(echo, "stop", "ECHO", "--graceful", "--deadline", "50ms", "--at-deadline", "stop")
    assert "0 of 1 connection left by itself, 1 was told to close" in said
    client.close()


def test_laxer_drain_needs_replace(echo):
    client = connect(echo.port)
    assert echoes(client)
    hosted(echo, "drain", "ECHO", "--deadline", "20s", "--no-wait")
    assert "replace it" in hosted(echo, "drain", "ECHO", "--deadline", "40s", "--no-wait", code=1)
    hosted(echo, "drain", "ECHO", "--deadline", "40s", "--replace", "--no-wait")
    assert echo.service("ECHO")["deadline_left_ns"] > 21_000_000_000
    client.close()


def test_blockers_are_listed(echo):
    client = connect(echo.port)
    assert echoes(client)
    hosted(echo, "drain", "ECHO", "--no-wait")
    said = hosted(echo, "blockers", "ECHO").splitlines()
    assert said[0].split() == ["TICKET", "KIND", "CLASS", "AGE", "QUIET", "STATE", "PEER", "SESSION"]
    assert "new" in said[1] and "normal" in said[1] and "active" in said[1] and "127.0.0.1" in said[1]
    assert b"draining" in line_of_refusal(echo.port)
    client.close()


@pytest.mark.parametrize("arguments, code, sentence", [
    (["drain", "ECHO", "--all"], 2, "not both"),
    (["drain", "ECHO", "--except", "ECHO"], 2, "--except goes with --all"),
    (["drain", "ECHO", "--at-deadline", "explode"], 2, "is none of force, wait, resume, stop"),
    (["drain", "ECHO", "--at-deadline", "wait"], 2, "goes with --deadline"),
    (["drain", "ECHO", "--announce", "--deadline", "5s", "--announce-max", "5s"], 1, "no time to drain"),
    (["pause", "ECHO", "--hold-for", "1h", "--until-restart"], 2, "--hold-for does not go with --until-restart"),
    (["drain", "ECHO", "--redirect", "two words"], 1, "redirect target"),
    (["resume", "ECHO", "--all"], 2, "not both"),
    (["stop", "--all"], 2, "without --graceful name one service"),
    (["blockers"], 2, "SERVICE is missing; `tidegate blockers --help`"),
    (["pause", "ECHO", "--wait"], 2, ""),
])
def test_mistakes_say_what_to_do(echo, arguments, code, sentence):
    said = hosted(echo, *arguments, code=code)
    assert sentence in said
    assert echo.service("ECHO")["status"] == "Running", "and nothing has been done"


def test_sigterm_escalates(echo):
    client = connect(echo.port)
    assert echoes(client)
    echo.process.send_signal(signal.SIGTERM)
    service = echo.wait_for("ECHO", status="Paused")
    assert 10_000_000_000 < service["deadline_left_ns"] <= 20_000_000_000 and not service["holds"], "a signal holds nothing"
    echo.process.send_signal(signal.SIGTERM)
    assert client.recv(1) == b"", "told to close at once"
    assert echo.process.wait(LIMIT) == 0


def test_L5_disk_that_hangs_delays_one_answer_and_not_the_end(start, environment, unique_name, tmp_path):
    disk = tmp_path / "disk hangs"
    environment.update(LD_PRELOAD=str(BUILD / "tests/fixtures/stuck_disk.so"), STUCK_DISK=str(disk))
    server = start("mediation", "--name", unique_name, "--sip-port", free_port(), "--replica-port", free_port(), "--state-dir",
                   tmp_path / "state", name=unique_name)
    server.wait_for("REPLICA", status="Running")
    disk.touch()
    pausing = subprocess.Popen(server.command_line("pause", "REPLICA"), env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    server.wait_for("REPLICA", status="Paused")
    assert pausing.poll() is None, "its answer waits for the disk"
    hosted(server, "services")
    hosted(server, "stop", "RTCMEDSRV", "--reason", "patch")  # changes no hold: it waits for no disk
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(LIMIT) == 0, server.output()
    pausing.communicate(timeout=LIMIT)
    disk.unlink()
