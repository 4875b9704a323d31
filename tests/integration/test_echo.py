"""The smallest embedding, driven by real TCP clients through drain and resume."""
import os
import resource
import selectors
import signal
import socket
import subprocess

import pytest
from conftest import BUILD, LIMIT, Server, free_port

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


# ---- S: a sample survives what the library survives ----


@pytest.fixture
def descriptors():
    """descriptors(n): from now on this process, and what it starts, may have n."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def limit(count):
        if count > before[1]:
            pytest.skip(f"needs a hard limit of {count} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_S_descriptors_above_4096(descriptors, start, unique_name):
    descriptors(12000)
    port = free_port()
    server = start("echo", port, unique_name, name=unique_name)
    server.wait_for("ECHO", status="Running")
    clients = [connect(port) for _ in range(4500)]
    assert all(echoes(client) for client in clients[-500:])
    assert server.service("ECHO")["sessions"] == 4500
    server.control().ask("stop", service="ECHO")
    assert clients[-1].recv(1) == b"", "a close finds its client"
    for client in clients:
        client.close()


@pytest.mark.parametrize("count", [16, 32, 63])
def test_S_too_few_descriptors_are_refused_with_what_to_do(environment, unique_name, count):
    done = subprocess.run(["sh", "-c", f'ulimit -n {count}; exec "$@"', "sh", str(BUILD / "samples/echo/echo"), str(free_port()),
                           unique_name], env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 1 and f"ulimit -n is {count}; set it to 64 or more" in done.stderr, done


def test_S_few_descriptors_are_a_maximum_of_sessions(environment, unique_name):
    port = free_port()
    script = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", str(BUILD / "samples/echo/echo"), str(port), unique_name]
    server = Server(script, unique_name, lambda: True, environment)
    assert server.wait_for("ECHO", status="Running")["max_sessions"] == 32
    assert server.stop() == 0


def processor_time(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_S_no_descriptor_left_is_no_spin_and_clients_wait(start, unique_name):
    port = free_port()
    server = start("echo", port, unique_name, name=unique_name)
    server.wait_for("ECHO", status="Running")
    used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 10, hard))
    clients = [connect(port) for _ in range(30)]
    inside = [client for client in clients[:10] if echoes(client)]
    assert inside
    before = processor_time(server.process.pid)
    assert echoes(inside[0]), "sessions are served"
    late = clients[-1]
    late.settimeout(1.0)
    late.sendall(b"x")
    with pytest.raises(TimeoutError):
        late.recv(1)
    assert processor_time(server.process.pid) - before < 0.2, "the accept loop does not spin"
    for client in clients[:20]:
        client.close()
    late.settimeout(LIMIT)
    assert late.recv(1) == b"x", "it is accepted once a descriptor is free"
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))


def test_S_connections_in_the_queue_are_told_at_the_end_and_not_reset(start, unique_name):
    port = free_port()
    server = start("echo", port, unique_name, name=unique_name)
    server.wait_for("ECHO", status="Running")
    server.process.send_signal(signal.SIGSTOP)
    clients = [connect(port) for _ in range(100)]
    for client in clients:
        client.sendall(b"hello")  # what is never read must not turn the refusal into a reset
    for _ in range(3):
        server.process.send_signal(signal.SIGTERM)
    server.process.send_signal(signal.SIGCONT)
    ends = []
    for client in clients:
        with client, client.makefile("rb") as reader:
            ends.append(reader.read())
    assert all(end in (b"", b"hello") or end.startswith((b"refused: ", b"hellorefused: ")) for end in ends), set(ends)
    assert server.process.wait(LIMIT) == 0


def test_S_sigterm_before_the_first_turn_of_the_loop_ends_it(environment, unique_name):
    """Signals are blocked from the start: one that comes while the host is made is read once the loop runs."""
    process = subprocess.Popen([str(BUILD / "samples/echo/echo"), str(free_port()), unique_name], env=environment,
                               stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]))
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0


def test_S_second_server_of_a_name_opens_no_port(echo):
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        second = subprocess.run([str(BUILD / "samples/echo/echo"), str(port), echo.name], env=echo.environment,
                                capture_output=True, text=True, timeout=LIMIT)
    assert second.returncode == 1 and "already" in second.stderr and "listen" not in second.stderr
