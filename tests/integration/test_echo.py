"""The smallest embedding, driven by real TCP clients through drain and resume."""
import selectors
import socket

from conftest import LIMIT

CLIENTS = 200


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), LIMIT)
    client.settimeout(LIMIT)
    return client


def echoes(client, text=b"hello"):
    client.sendall(text)
    received = b""
    while len(received) < len(text):
        chunk = client.recv(len(text) - len(received))
        if not chunk:
            return False
        received += chunk
    return received == text


def line_of_refusal(port):
    with connect(port) as client, client.makefile("rb") as reader:
        return reader.read()


def test_200_clients_through_drain_and_resume(echo):
    control = echo.control()
    clients = [connect(echo.port) for _ in range(CLIENTS)]
    assert all(echoes(client) for client in clients)
    assert echo.service("ECHO")["sessions"] == CLIENTS

    assert control.ask("drain", service="ECHO", reason="test")["service"]["status"] == "Paused"
    # Sessions in progress run on; every new one is told why not.
    refusals = [line_of_refusal(echo.port) for _ in range(50)]
    assert all(line.startswith(b"refused: the service is draining") and b"retry after" in line for line in refusals)
    assert all(echoes(client) for client in clients)

    for client in clients[: CLIENTS // 2]:
        client.close()
    assert echo.wait_for("ECHO", sessions=CLIENTS // 2)["phase"] == "draining"

    assert control.ask("resume", service="ECHO")["service"]["status"] == "Running"
    newcomer = connect(echo.port)
    assert echoes(newcomer)

    assert control.ask("drain", service="ECHO")["ok"]
    for client in [newcomer, *clients[CLIENTS // 2:]]:
        assert echoes(client)
        client.close()
    assert control.ask("wait", service="ECHO", until="drained", timeout_ns=int(LIMIT * 1e9))["ok"]
    events = [e["number"] for e in control.ask("events")["events"] if e["number"] != 25150]
    assert events == [25100, 25101, 25165, 25049, 25167, 25140, 25141, 25165, 25049, 25050]
    assert echo.service("ECHO")["refused"] == 50
    control.close()


def test_deadline_closes_those_who_stay(echo):
    control = echo.control()
    stayer = connect(echo.port)
    assert echoes(stayer)
    answer = control.ask("stop", service="ECHO", graceful=True, deadline_ns=50_000_000)
    assert answer["ok"]
    assert stayer.recv(1) == b"", "the server ends the session when its time is over"
    assert control.ask("wait", service="ECHO", until="stopped", after=answer["last"], timeout_ns=int(LIMIT * 1e9))["ok"]
    events = [e["number"] for e in control.ask("events", after=answer["last"])["events"]]
    assert events == [25165, 25049, 25121, 25122, 25128, 25050, 25130, 25003]
    control.close()


def test_sigterm_waits_for_sessions_and_the_second_does_not(echo):
    import signal

    client = connect(echo.port)
    assert echoes(client)
    echo.process.send_signal(signal.SIGTERM)
    echo.wait_for("ECHO", status="Paused")
    assert echoes(client), "sessions in progress run on"
    echo.process.send_signal(signal.SIGTERM)
    assert echo.process.wait(LIMIT) == 0
    client.close()


def test_crash_leaves_a_socket_that_the_next_start_takes_over(start, unique_name):
    from conftest import free_port

    first = start("echo", free_port(), unique_name, name=unique_name)
    first.process.kill()
    first.process.wait(LIMIT)
    assert first.socket.exists()
    result = first.command("services")
    assert result.returncode == 3
    assert "nobody listens at" in result.stderr
    second = start("echo", free_port(), unique_name, name=unique_name,
                   ready=lambda: first.command("services").returncode == 0)
    assert second.service("ECHO")["status"] == "Running"


def test_second_host_of_the_same_name_is_refused(echo):
    import subprocess

    from conftest import BUILD, free_port

    second = subprocess.run([str(BUILD / "samples/echo/echo"), str(free_port()), echo.name], env=echo.environment,
                            capture_output=True, text=True, timeout=LIMIT)
    assert second.returncode == 1
    assert "already" in second.stderr
    assert echo.service("ECHO")["status"] == "Running"


def test_host_that_ends_leaves_nothing_behind(echo):
    folder = echo.socket.parent
    assert folder.exists()
    assert echo.stop() == 0
    assert not folder.exists()


def test_many_waiting_clients_do_not_starve_sessions(echo):
    waiting = [echo.control() for _ in range(50)]
    for control in waiting:
        control.send({"verb": "wait", "service": "ECHO", "until": "drained"})
    client = connect(echo.port)
    assert echoes(client)
    assert echo.control().ask("drain", service="ECHO")["ok"]
    selector = selectors.DefaultSelector()
    for control in waiting:
        selector.register(control.socket, selectors.EVENT_READ)
    assert selector.select(0) == [], "one session is left"
    client.close()
    assert all(control.receive()["service"]["phase"] == "drained" for control in waiting)
    for control in waiting:
        control.close()
