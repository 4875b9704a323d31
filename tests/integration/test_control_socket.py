"""The control socket against clients that mean it ill: refused or answered, and the service undisturbed."""
import os
import socket
import stat
import subprocess
import sys
import time

import pytest
from conftest import LIMIT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def healthy(server):
    service = server.service("ECHO")
    assert service["status"] == "Running"
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"


def test_modes(echo):
    assert stat.S_IMODE(echo.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(echo.socket.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("line", [
    b"\n\nhello\n", b"{\n", b"[]\n", b"null\n", b"5\n", b"\"verb\"\n", b"{}\n", b"{\"verb\":5}\n", b"{\"verb\":\"\"}\n",
    b"{\"verb\":\"explode\"}\n", b"\xff\xfe\n", b"{\"verb\":\"services\xff\"}\n", b"\0\0\0\n", b"[" * 30000 + b"\n",
    b"{\"a\":" * 10000 + b"\n", b"{\"verb\":\"drain\"}\n", b"{\"verb\":\"drain\",\"service\":\"NOPE\"}\n",
    b"{\"verb\":\"drain\",\"service\":7}\n", b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"deadline_ns\":-1}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"deadline_ns\":1e400}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"deadline_ns\":18446744073709551614}\n",
    b"{\"verb\":\"wait\",\"service\":\"ECHO\",\"until\":\"christmas\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"dedline_ns\":5}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"what_if\":true}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"graceful\":\"yes\"}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"announce\":true}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"deadline_ns\":10000000000}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"graceful\":false,\"redirect\":\"sip:x@y\"}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"hold\":\"none\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"at_deadline\":\"explode\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"at_deadline\":\"wait\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"at_deadline\":\"force\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"deadline_ns\":0,\"at_deadline\":\"force\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"hold\":\"until-time\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"hold\":\"until-time\",\"hold_until_unix_ns\":1}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"redirect\":\"two words\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"redirect\":\"line\\r\\nX: y\"}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"announce\":true,\"announce_max_ns\":5,\"deadline_ns\":5}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"announce_min_ns\":5}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"announce\":false,\"announce_max_ns\":5}\n",
    b"{\"verb\":\"restart\",\"service\":\"ECHO\",\"quiet_ns\":5}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"all\":true}\n",
    b"{\"verb\":\"drain\",\"all\":true,\"except\":[\"NOPE\"]}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"except\":[\"ECHO\"]}\n",
    b"{\"verb\":\"drain\",\"service\":\"ECHO\",\"except\":[\"NOPE\"]}\n",
    b"{\"verb\":\"drain\",\"services\":[\"ECHO\",\"ECHO\"],\"except\":[\"NOPE\"]}\n",
    b"{\"verb\":\"stop\",\"service\":\"ECHO\",\"except\":[\"ECHO\"]}\n",
    b"{\"verb\":\"start\",\"all\":true,\"except\":[\"NOPE\"]}\n",
    b"{\"verb\":\"resume\",\"all\":true,\"except\":[\"NOPE\"]}\n",
    b"{\"verb\":\"drain\",\"services\":[\"ECHO\",\"NOPE\"]}\n",
    b"{\"verb\":\"drain\",\"services\":[7]}\n", b"{\"verb\":\"stop\",\"all\":true}\n",
    b"{\"verb\":\"blockers\",\"service\":\"ECHO\",\"limit\":\"many\"}\n",
    b"{\"verb\":\"events\",\"after\":\"x\"}\n", b"{\"verb\":\"events\",\"limit\":-3}\n",
], ids=lambda line: repr(line[:40]))
def test_garbage_is_answered_with_a_sentence(echo, line):
    control = echo.control()
    control.send(line)
    answer = control.receive()
    assert answer["ok"] is False
    assert answer["error"]["text"] and answer["error"]["number"] < 0
    listed = control.ask("services")
    assert listed["ok"], "the connection goes on"
    assert listed["services"][0]["status"] == "Running", "nothing has been done"
    control.close()
    healthy(echo)


def test_stop_may_say_that_it_does_not_drain(echo):
    answer = echo.control().ask("stop", service="ECHO", graceful=False, announce=False, deadline_ns=0, hold=None)
    assert answer["ok"]
    echo.wait_for("ECHO", status="Stopped")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200).map(lambda b: b.replace(b"\n", b" ")))
def test_any_bytes_get_an_answer(echo, line):
    control = echo.control()
    control.send(line + b"\n{\"verb\":\"services\"}\n")
    answers = [control.receive()]
    if not (line.strip(b"\r") == b""):  # an empty line is no request
        answers.append(control.receive())
    assert answers[-1]["ok"]
    control.close()


def test_oversized_line_is_refused_and_closed(echo):
    control = echo.control()
    try:
        control.send(b"x" * 200_000)
    except (BrokenPipeError, ConnectionResetError):
        pass
    try:
        assert "65,536" in control.receive()["error"]["text"]
        assert control.receive() is None
    except ConnectionResetError:
        pass  # it closed while we were still sending
    healthy(echo)


def test_line_in_pieces_is_one_line(echo):
    control = echo.control()
    for byte in b"{\"verb\":\"services\"}\r\n":
        control.send(bytes([byte]))
    assert control.receive()["ok"]


def test_client_that_never_reads_holds_up_nobody(echo):
    control = echo.control()
    control.socket.settimeout(0.2)
    sent = 0
    try:
        while sent < 50_000_000:
            sent += control.socket.send(b"{\"verb\":\"services\"}\n" * 1000)
    except TimeoutError:
        pass
    assert sent < 50_000_000, "what it sends is bounded, as it does not take the answers"
    healthy(echo)
    control.close()
    healthy(echo)


def test_200_clients_at_once(echo):
    clients = [echo.control() for _ in range(200)]
    for client in clients:
        client.send({"verb": "services"})
    for client in clients:
        client.send({"verb": "events", "after": 2, "wait": True})
    assert all(client.receive()["ok"] for client in clients)
    echo.control().ask("drain", service="ECHO")
    assert all(client.receive()["events"][0]["number"] == 25165 for client in clients)
    for client in clients:
        client.close()
    echo.control().ask("resume", service="ECHO")
    healthy(echo)


def test_clients_that_only_stay_connected_keep_nobody_out(echo):
    idle = [echo.control() for _ in range(520)]
    assert echo.control().ask("services")["ok"]
    assert idle[0].receive() is None, "the one that has been silent for longest has made room"
    for client in idle:
        client.close()
    healthy(echo)


def test_C24_half_a_request_and_an_answer_that_is_not_read_keep_nobody_out(echo):
    stuck = []
    began = time.monotonic()
    for number in range(512):
        stuck.append(echo.control())
        # Half a request; or answers to many requests, which fill the socket as they are not read.
        stuck[-1].send(b'{"verb":"services"}\n' + (b'{"verb":"serv' if number % 2 else b'{"verb":"services"}\n' * 2000))
        assert stuck[-1].receive()["ok"]  # what comes behind it has been read too
    end = time.monotonic() + LIMIT + 10
    while time.monotonic() < end:
        try:
            operator = echo.control()
            if operator.ask("services")["ok"]:
                break
            operator.close()
        except (ConnectionError, TypeError):
            operator.close()
    else:
        raise AssertionError("the operator is kept out")
    assert time.monotonic() - began > 5, "a client that is only slow is not cut off at once"
    operator.close()
    for client in stuck:
        client.close()
    healthy(echo)


@pytest.mark.parametrize("line,said", [
    (b'{"verb":"services"}\0{"verb":"stop","service":"ECHO"}', "zero byte"),
    (b'{"verb":"services","verb":"stop","service":"ECHO"}', 'the key "verb" twice'),
    (b'{"verb":"stop","service":"NOPE","service":"ECHO"}', 'the key "service" twice'),
    (b'{"verb":"stop","service":"ECHO\\u0000NOPE"}', "U+0000"), (b'{"verb":"services","x\\u0000y":1}', "U+0000"),
    (b'{"verb":"stop","services":["ECHO\\u0000"]}', "U+0000"),
])
def test_D26_line_of_which_a_part_would_be_passed_over_is_refused(echo, line, said):
    control = echo.control()
    control.send(line + b"\n")
    answer = control.receive()
    assert not answer["ok"] and said in answer["error"]["text"] and answer["error"]["text"].endswith("without a zero character"), answer
    assert control.ask("services")["services"][0]["status"] == "Running"
    control.close()


def test_clients_that_all_wait_are_512_at_most(echo):
    waiting = []
    for _ in range(512):
        waiting.append(echo.control())
        # The answer to the first shows that the second has been read too: from then on this client is not idle.
        waiting[-1].send(b'{"verb":"services"}\n{"verb":"wait","service":"ECHO","until":"stopped"}\n')
        assert waiting[-1].receive()["ok"]
    late = echo.control()
    assert "too many clients" in late.receive()["error"]["text"]
    late.close()
    for client in waiting:
        client.close()
    for _ in range(10_000):  # until the host has seen that they are gone
        try:
            if echo.control().ask("services")["ok"]:
                break
        except (ConnectionError, TypeError):
            pass
    healthy(echo)


def test_line_that_is_too_long_is_refused_even_in_one_piece(echo):
    control = echo.control()
    control.send(b'{"verb":"services","x":"' + b"y" * 70_000 + b'"}\n')
    assert "65,536" in control.receive()["error"]["text"]
    control.close()


def test_client_that_shuts_its_side_down_gets_its_answers(echo):
    control = echo.control()
    control.send(b'{"verb":"services"}\n{"verb":"wait","service":"ECHO","until":"stopped","timeout_ns":100000000}')
    control.socket.shutdown(socket.SHUT_WR)
    assert control.receive()["ok"]
    assert control.receive()["error"]["code"] == "timeout"
    assert control.receive() is None
    control.close()


def test_one_who_asks_without_end_does_not_hold_up_others(echo):
    greedy = [echo.control() for _ in range(20)]
    for client in greedy:
        client.send(b'{"verb":"sessions","service":"ECHO"}\n' * 1500)
    assert echo.control().ask("services")["ok"]
    for client in greedy:
        client.close()
    healthy(echo)


def test_client_that_leaves_does_not_end_the_drain(echo):
    with socket.create_connection(("127.0.0.1", echo.port), LIMIT) as session:
        session.sendall(b"x")
        assert session.recv(1) == b"x"
        control = echo.control()
        control.send({"verb": "drain", "service": "ECHO"})
        control.send({"verb": "wait", "service": "ECHO", "until": "drained"})
        assert control.receive()["ok"]
        control.close()
        echo.wait_for("ECHO", status="Paused", phase="draining")
    echo.wait_for("ECHO", phase="drained")


def as_another_user(script, *arguments):
    """Runs a Python script as the user nobody."""
    command = [sys.executable if os.access(sys.executable, os.X_OK) else "/usr/bin/python3", "-c", script, *arguments]
    command[0] = "/usr/bin/python3"
    if os.geteuid() == 0:
        return subprocess.run(command, user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True,
                              text=True, timeout=LIMIT)
    return subprocess.run(["sudo", "-n", "-u", "nobody", *command], cwd="/", capture_output=True, text=True, timeout=LIMIT)


CONNECT = """
import socket, sys
client = socket.socket(socket.AF_UNIX)
try:
    client.connect(sys.argv[1])
    client.sendall(b'{"verb":"stop","service":"ECHO"}\\n')
    print(client.makefile().readline())
except OSError as error:
    print(type(error).__name__)
"""


def test_another_user_cannot_even_connect(echo):
    assert as_another_user(CONNECT, str(echo.socket)).stdout.strip() == "PermissionError"
    healthy(echo)


def test_another_user_is_refused_even_where_the_modes_let_it_in(echo, tmp_path):
    folders = [echo.socket.parent]
    while os.stat(folders[-1]).st_uid == os.geteuid() and folders[-1] != folders[-1].parent and str(folders[-1]) != "/run":
        folders.append(folders[-1].parent)
    before = [(folder, stat.S_IMODE(folder.stat().st_mode)) for folder in folders if os.stat(folder).st_uid == os.geteuid()]
    try:
        for folder, mode in before:
            folder.chmod(mode | 0o055)
        echo.socket.chmod(0o666)
        answer = as_another_user(CONNECT, str(echo.socket)).stdout
        assert "only the host's own user and root" in answer or "ConnectionResetError" in answer or "BrokenPipeError" in answer
    finally:
        for folder, mode in before:
            folder.chmod(mode)
    healthy(echo)
