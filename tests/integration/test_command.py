"""The tidegate command as an operator uses it."""
import json
import pathlib
import re
import signal
import socket
import subprocess

import pytest
from conftest import BUILD, LIMIT, free_port


@pytest.fixture
def session(echo):
    with socket.create_connection(("127.0.0.1", echo.port), LIMIT) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        yield client


def test_services_is_a_table(echo):
    result = echo.command("services")
    assert result.returncode == 0
    host, head, row = result.stdout.splitlines()
    assert host.startswith(f"host {echo.name}, tidegate ")
    assert head.split() == ["SERVICE", "STATUS", "PHASE", "ACTIVITY", "REFUSED", "FOR"]
    assert row.split()[:4] == ["ECHO", "Running", "-", "Connections=0"]


def test_services_json_is_one_object(echo):
    answer = json.loads(echo.command("services", "--json").stdout)
    assert answer["host"] == echo.name
    assert answer["services"][0]["status"] == "Running"


def test_graceful_stop_waits_and_shows_who_is_left(echo, session):
    process = subprocess.Popen(echo.command_line("stop", "ECHO", "--graceful", "--reason", "patch"), env=echo.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    progress = process.stderr.readline()
    assert re.match(r"ECHO draining [\d.]+ s: 1 of 1 connection left; oldest [\d.]+ s: tag \d+$", progress), "and who is left"
    session.close()
    out, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert out.startswith("ECHO Stopped; 1 of 1 connection left by itself (")
    events = echo.command("events").stdout
    assert "[patch]" in events and "25003" in events
    assert echo.command("start", "ECHO").stdout.startswith("ECHO Running")


def test_no_wait_comes_back_at_once(echo, session):
    result = echo.command("stop", "ECHO", "--graceful", "--no-wait")
    assert (result.returncode, result.stdout) == (0, "ECHO Paused (draining), Connections=1; held by you until it stops\n")


def test_timeout_is_exit_code_4_and_the_drain_goes_on(echo, session):
    result = echo.command("drain", "ECHO", "--timeout", "100ms")
    assert result.returncode == 4
    assert echo.service("ECHO")["phase"] == "draining"


def test_resumed_while_waiting_is_exit_code_5(echo, session):
    process = subprocess.Popen(echo.command_line("drain", "ECHO"), env=echo.environment, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    assert echo.command("resume", "ECHO").returncode == 0
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 5
    assert re.search(r"ECHO was resumed by .+ with 1 connection left; it is (Running|ContinuePending)", err), err


def test_interrupt_detaches(echo, session):
    process = subprocess.Popen(echo.command_line("drain", "ECHO"), env=echo.environment, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert "goes on" in err and f"tidegate --host {echo.name} wait ECHO --until drained\n" in err
    assert echo.service("ECHO")["phase"] == "draining"


def test_deadline_says_how_many_were_told_to_close(echo, session):
    result = echo.command("stop", "ECHO", "--graceful", "--deadline", "50ms")
    assert result.returncode == 0
    assert "ECHO Stopped, at the deadline; 0 of 1 connection left by itself, 1 was told to close" in result.stdout


def test_wait(echo, session):
    echo.command("drain", "ECHO", "--no-wait")
    assert echo.command("wait", "ECHO", "--until", "drained", "--timeout", "50ms").returncode == 4
    session.close()
    assert echo.command("wait", "ECHO", "--until", "drained").returncode == 0
    assert echo.command("wait", "ECHO", "--until", "stopped", "--timeout", "50ms").returncode == 4


def test_events_follow_and_filter(echo):
    process = subprocess.Popen(echo.command_line("events", "--follow", "--id", "25049", "--id", "25050"),
                               env=echo.environment, stdout=subprocess.PIPE, text=True)
    echo.command("drain", "ECHO")
    lines = [process.stdout.readline() for _ in range(2)]
    assert "25049" in lines[0] and "25050" in lines[1]
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 0
    process.stdout.close()


def test_C21_events_after_one_of_an_earlier_start_begin_with_the_first_and_it_is_said(start, unique_name):
    def begin():
        server = start("echo", free_port(), unique_name, name=unique_name)
        server.wait_for("ECHO", status="Running")
        return server

    def lines(*arguments):
        return [json.loads(line) for line in server.command("events", "--json", *arguments).stdout.splitlines()]

    server = begin()
    last = lines()[-1]
    after = ("--after", str(last["sequence"]), "--boot", last["boot_id"])
    assert not any("restarted" in line for line in lines(*after))
    assert server.stop() == 0
    server = begin()
    while lines()[-1]["sequence"] <= last["sequence"] + 2:
        server.command("drain", "ECHO")
        server.command("resume", "ECHO")
    said, first, *_ = lines(*after)
    assert said["restarted"] and said["after"] == last["sequence"] and said["boot_id"] == first["boot_id"] != last["boot_id"]
    assert first["sequence"] == 1, "no event is passed over"
    assert re.match(r"---  the host has been started again since event \d+: its newest is", server.command("events", *after).stdout)
    said, first, *_ = lines("--after", "1000000")
    assert said["restarted"] and first["sequence"] == 1, "also when only the number is known"


PLANTED = ["a\u202eb", "k1", "k1\u200d", "k1\u3164", " ", "c\u009b31m", "new\nline", "\x1b[31mred", "x\u2800"]


def test_C20_names_that_others_have_planted_do_not_steer_the_terminal(environment):
    sockets = []
    for name in PLANTED:
        folder = pathlib.Path(environment["XDG_RUNTIME_DIR"], "tidegate", name)
        folder.mkdir(parents=True)
        sockets.append(socket.socket(socket.AF_UNIX))
        sockets[-1].bind(str(folder / "control.sock"))  # nobody listens
    tidegate = str(BUILD / "sdk/tools/tidegate/tidegate")
    for arguments in (["hosts"], ["hosts", "--json"], ["services"], ["--host", "k1", "services"], ["--json", "--host", "k1", "services"]):
        done = subprocess.run([tidegate, *arguments], env=environment, capture_output=True, text=True, timeout=LIMIT)
        wrong = re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2800\u3164]", done.stdout + done.stderr)
        assert set(wrong) <= ({"\u200d"} if "--json" in arguments else set()), (arguments, done)
        if arguments == ["hosts", "--json"]:
            assert set(PLANTED) <= {host["host"] for host in json.loads(done.stdout)["hosts"]}
        if arguments == ["hosts"]:
            for shown in (r"a\u202eb ", "k1 ", r"k1\u200d ", r"k1\u3164 ", r"\x20 ", r"x\u2800 "):
                assert re.search("^" + re.escape(shown), done.stdout, re.M), (shown, done.stdout)
    for each in sockets:
        each.close()


def test_D27_abstract_socket_is_no_dead_host(environment):
    with socket.socket(socket.AF_UNIX) as ghost:
        ghost.bind("\0/run/tidegate/ghost/control.sock")
        tidegate = str(BUILD / "sdk/tools/tidegate/tidegate")
        done = subprocess.run([tidegate, "hosts"], env=environment, capture_output=True, text=True, timeout=LIMIT)
        assert "ghost" not in done.stdout + done.stderr


def test_D28_sentence_about_no_host_names_at_most_eight_places(environment):
    for number in range(300):
        pathlib.Path(environment["XDG_RUNTIME_DIR"], "tidegate", f"h{number:03}").mkdir(parents=True)
    sockets = [socket.socket(socket.AF_UNIX) for _ in range(300)]
    for number, each in enumerate(sockets):
        each.bind(f"{environment['XDG_RUNTIME_DIR']}/tidegate/h{number:03}/control.sock")
    tidegate = str(BUILD / "sdk/tools/tidegate/tidegate")
    done = subprocess.run([tidegate, "--host", "none", "services"], env=environment, capture_output=True, text=True, timeout=LIMIT)
    for each in sockets:
        each.close()
    assert done.returncode == 3 and re.search(r"and (29[2-9]|3\d\d) more", done.stderr) and len(done.stderr) < 4000, done.stderr


def test_sessions(echo, session):
    head, row = echo.command("sessions", "ECHO").stdout.splitlines()
    assert head.split() == ["TICKET", "KIND", "AGE", "PEER", "SESSION"]
    assert f"127.0.0.1:{session.getsockname()[1]}" in row


def test_repeated_changes_are_done_already(echo):
    assert echo.command("start", "ECHO").returncode == 0
    assert echo.command("resume", "ECHO").returncode == 0
    assert echo.command("stop", "ECHO").returncode == 0
    assert echo.command("stop", "ECHO", "--graceful").returncode == 0


@pytest.mark.parametrize("arguments,code,sentence", [
    (["drain", "NOPE"], 1, "no service is named \"NOPE\"; there are: ECHO"),
    (["services", "NOPE"], 1, "no service is named"),
    (["stop", "ECHO", "--deadline", "5s"], 2, "--deadline goes with --graceful"),
    (["stop", "ECHO", "--at-deadline", "wait", "--kill-grace", "20s"], 2, "--at-deadline goes with --graceful"),
    (["stop", "ECHO", "--announce"], 2, "--announce goes with --graceful"),
    (["stop", "ECHO", "--redirect", "sip:x@y"], 2, "--redirect goes with --graceful"),
    (["stop", "ECHO", "--quiet", "1s"], 2, "--quiet goes with --graceful"),
    (["stop", "ECHO", "--replace"], 2, "--replace goes with --graceful"),
    (["drain", "ECHO", "--announce-max", "10s"], 2, "--announce-max goes with --announce"),
    (["stop", "ECHO", "--graceful", "--quiet", "1s"], 2, "--quiet goes with --announce"),
    (["drain", "ECHO", "--at-deadline", "wait"], 2, "--at-deadline goes with --deadline: say when"),
    (["drain", "ECHO", "--at-deadline", "force"], 2, "--at-deadline goes with --deadline: say when"),
    (["stop"], 2, "which service?"),
    (["drain", "ECHO", "--deadline", "soon"], 2, "is not a duration such as"),
    (["drain", "ECHO", "--deadline", "0"], 2, "must be more than 0"),
    (["drain", "ECHO", "--no-wait", "--timeout", "1s"], 2, "--no-wait does not go with --timeout"),
    (["wait", "ECHO"], 2, "--until is missing"),
    (["wait", "ECHO", "--until", "christmas"], 2, "\"christmas\" is none of drained, stopped, running"),
    (["frobnicate"], 2, "no command is named \"frobnicate\"; `tidegate --help` lists the commands"),
    (["serivces"], 2, "did you mean services?"), (["halt"], 2, "no command is named"), (["plugin", "reload"], 2, "did you mean plugins?"),
    (["plugins", "relaod", "x"], 2, "did you mean reload?"), (["drain", "ECHO", "--dedline", "5s"], 2, "did you mean --deadline?"),
    (["drain", "ECHO", "--deadline"], 2, "--deadline is given without a value"),
    (["drain", "ECHO", "--deadline", "5", "--at-deadline", "wiat"], 2, "did you mean wait?"),
    (["sessions", "ECHO", "--limit", "x"], 2, "is no whole number from 1 to 10000"),
    (["sessions", "ECHO", "--limit", "0"], 2, "is no whole number"), (["events", "--after", "-1"], 2, ""),
    (["events", "--id", "99999999999"], 2, "is no whole number"), (["stop", "--all"], 2, "without --graceful name one service"),
    (["stop", "ECHO", "B"], 2, "without --graceful name one service"),
    ([], 2, "which command?"),
    # D29: an empty text, often of a variable that is not set, is not taken for a missing option.
    (["stop", "ECHO", "--actor", ""], 2, "it is empty; give a value"), (["--host", "", "services"], 2, "it is empty"),
    (["--socket", "", "services"], 2, "it is empty"), (["--user", "", "services"], 2, "it is empty"),
    (["drain", "ECHO", "--redirect", ""], 2, "it is empty"),
    (["stop", "ECHO", "--actor", "op1\u3164"], 1, "an invisible character"), (["stop", "ECHO", "--actor", "op1 "], 1, "ends with a blank"),
    (["stop", "ECHO", "--actor", "  "], 1, "begins or ends with a blank"),
    (["events", "--boot", "0123456789abcdef"], 2, "--boot goes with --after"),
    (["events", "--after", "1", "--boot", "x"], 2, "is no boot_id"),
])
def test_mistakes_say_what_to_do(echo, arguments, code, sentence):
    result = echo.command(*arguments)
    assert result.returncode == code, result
    assert sentence in result.stdout + result.stderr
    assert echo.service("ECHO")["status"] == "Running", "nothing has been done"


def test_state_that_does_not_allow_it_is_exit_code_1(echo):
    echo.command("stop", "ECHO")
    result = echo.command("resume", "ECHO")
    assert result.returncode == 1
    assert result.stderr == "tidegate: cannot resume ECHO: it is stopped; start it (status Stopped)\n"


def test_no_such_host(environment):
    result = subprocess.run([str(BUILD / "sdk/tools/tidegate/tidegate"), "--host", "nobody-of-that-name", "services"],
                            env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 3
    result = subprocess.run([str(BUILD / "sdk/tools/tidegate/tidegate"), "--socket", "/nowhere/control.sock", "services"],
                            env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 3
    assert "/nowhere/control.sock" in result.stderr


def test_host_that_dies_while_we_wait_is_exit_code_3(echo, session):
    process = subprocess.Popen(echo.command_line("drain", "ECHO"), env=echo.environment, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    echo.process.kill()
    echo.process.wait(LIMIT)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 3
    assert "ended" in err or "not running" in err


def test_output_that_cannot_be_written_is_a_failure(echo):
    with open("/dev/full", "w") as full:
        for arguments in (["services"], ["events"], ["--json", "services"]):
            result = subprocess.run(echo.command_line(*arguments), env=echo.environment, stdout=full, stderr=subprocess.PIPE,
                                    text=True, timeout=LIMIT)
            assert result.returncode == 1
            assert "could not be written" in result.stderr


def test_wait_sees_what_happens_while_it_is_halted(echo, session):
    echo.command("drain", "ECHO", "--no-wait")
    process = subprocess.Popen(echo.command_line("wait", "ECHO", "--until", "drained"), env=echo.environment,
                               stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    process.send_signal(signal.SIGSTOP)
    echo.command("resume", "ECHO")
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 5
    assert "ECHO was resumed by" in err


def test_help_teaches():
    result = subprocess.run([str(BUILD / "sdk/tools/tidegate/tidegate"), "--help"], capture_output=True, text=True,
                            timeout=LIMIT)
    assert result.returncode == 0
    assert "tidegate stop RTCMEDSRV --graceful" in result.stdout
    assert "Exit codes: 0 done" in result.stdout


@pytest.mark.parametrize("program", ["echo", "mediation"])
def test_C9_hang_up_ends_a_sample_as_a_term_does(program, request):
    server = request.getfixturevalue(program)
    server = server() if program == "mediation" else server
    server.process.send_signal(signal.SIGHUP)
    assert server.process.wait(LIMIT) == 0, "it has drained and ended by itself"


def test_C9_hang_up_that_nohup_has_ignored_ends_nothing(start, unique_name):
    port = free_port()
    server = start("echo", port, unique_name, name=unique_name, hang_up=signal.SIG_IGN)
    server.wait_for("ECHO", status="Running")
    server.process.send_signal(signal.SIGHUP)
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
    assert server.stop() == 0
