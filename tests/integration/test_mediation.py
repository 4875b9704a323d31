"""The SIP server against the real sipp, beyond what samples/demo.sh shows."""
import os
import re
import resource
import signal
import socket
import subprocess

import pytest
from conftest import BUILD, LIMIT, ROOT, Server, free_port
from sip import Sip, ended_well, replaces, sipp

SCENARIOS = ROOT / "tests/integration/sipp"


def test_options_follows_the_service(mediation):
    server = mediation()
    sip, control = Sip(server.sip_port), server.control()
    code, headers = sip.ask("OPTIONS")
    assert code == 200 and "INVITE" in headers["Allow"]
    control.ask("drain", service="RTCMEDSRV")
    code, headers = sip.ask("OPTIONS")
    assert code == 503 and 24 <= int(headers["Retry-After"]) <= 36
    control.ask("resume", service="RTCMEDSRV")
    assert sip.ask("OPTIONS")[0] == 200
    control.ask("stop", service="RTCMEDSRV")
    assert sip.ask("OPTIONS")[0] == 503, "a stop keeps the process and its socket"


def test_new_call_while_stopped_gets_503_with_retry_after_and_reason(mediation):
    server = mediation()
    server.control().ask("stop", service="RTCMEDSRV")
    code, headers = Sip(server.sip_port).ask("INVITE")
    assert code == 503
    assert 24 <= int(headers["Retry-After"]) <= 36
    assert headers["Reason"] == 'SIP ;cause=503 ;text="the service is not running"'


def test_cancel_releases(mediation):
    server = mediation("--ring", 20000)
    process = sipp(server, SCENARIOS / "cancel.xml")
    ended_well(process)
    assert server.wait_for("RTCMEDSRV", sessions=0)["admitted"] == 1


def test_call_whose_ack_never_comes_is_given_up(mediation):
    server = mediation()
    code, _ = Sip(server.sip_port).ask("INVITE")
    assert code == 200
    assert server.service("RTCMEDSRV")["sessions"] == 1
    # RFC 3261, 13.3.1.4: 64 x T1, 32 seconds; the server then releases by itself.
    control = server.control()
    control.socket.settimeout(60)
    last = control.ask("drain", service="RTCMEDSRV")["last"]
    assert control.ask("wait", service="RTCMEDSRV", until="drained", after=last, timeout_ns=50_000_000_000)["ok"]


def test_ringing_call_is_answered(mediation):
    server = mediation("--ring", 100)
    ended_well(sipp(server, SCENARIOS / "short_call.xml"))
    assert server.wait_for("RTCMEDSRV", sessions=0)["admitted"] == 1


def test_calls_over_tcp(mediation):
    server = mediation()
    ended_well(sipp(server, SCENARIOS / "short_call.xml", 5, "-t", "t1"))
    assert server.wait_for("RTCMEDSRV", sessions=0)["admitted"] == 5


def test_deadline_hangs_up_with_bye(mediation):
    server = mediation()
    process = sipp(server, SCENARIOS / "hung_up.xml")
    server.wait_for("RTCMEDSRV", sessions=1)
    control = server.control()
    answer = control.ask("stop", service="RTCMEDSRV", graceful=True, deadline_ns=100_000_000)
    assert control.ask("wait", service="RTCMEDSRV", until="stopped", after=answer["last"], timeout_ns=int(LIMIT * 1e9))["ok"]
    ended_well(process)


def test_sessions_tell_who_calls(mediation):
    server = mediation()
    process = sipp(server, SCENARIOS / "hung_up.xml")
    server.wait_for("RTCMEDSRV", sessions=1)
    listing = server.command("sessions", "RTCMEDSRV").stdout
    assert "sip:caller@127.0.0.1" in listing and "call-id" in listing
    server.control().ask("stop", service="RTCMEDSRV")
    ended_well(process)


def test_second_sigterm_hangs_up_and_ends(mediation):
    server = mediation()
    process = sipp(server, SCENARIOS / "hung_up.xml")
    server.wait_for("RTCMEDSRV", sessions=1)
    server.process.send_signal(signal.SIGTERM)
    server.wait_for("RTCMEDSRV", status="Paused")
    server.process.send_signal(signal.SIGTERM)
    ended_well(process)
    assert server.process.wait(LIMIT) == 0


def test_sigterm_deadline_ends_the_process(mediation):
    server = mediation("--deadline", 0.3)
    process = sipp(server, SCENARIOS / "hung_up.xml")
    server.wait_for("RTCMEDSRV", sessions=1)
    server.process.send_signal(signal.SIGTERM)
    ended_well(process)
    assert server.process.wait(LIMIT) == 0


@pytest.mark.parametrize("body", ["", "v=0\r\n", "nonsense", "m=audio\r\n" * 2000, "\0" * 100])
def test_hostile_sdp_is_answered_and_leaves_nothing(mediation, body):
    server = mediation()
    sip = Sip(server.sip_port)
    code, headers = sip.ask("INVITE", headers="Content-Type: application/sdp\r\n", body=body)
    assert code in (200, 400, 488, 500)
    assert Sip(server.sip_port).ask("OPTIONS")[0] == 200
    if code != 200:
        assert server.service("RTCMEDSRV")["sessions"] == 0


def test_garbage_on_the_sip_port_is_survived(mediation):
    server = mediation()
    sip = Sip(server.sip_port)
    for junk in ["", "\r\n\r\n", "INVITE", "INVITE sip: SIP/2.0\r\n\r\n", "\0" * 1000, "SIP/2.0 200 OK\r\n\r\n", "x" * 60000]:
        sip.send(junk)
    assert Sip(server.sip_port).ask("OPTIONS")[0] == 200


def test_replica_runs_on_and_refuses_by_itself(mediation):
    server = mediation()
    with socket.create_connection(("127.0.0.1", server.replica_port), LIMIT) as client, client.makefile() as lines:
        first = int(lines.readline().split()[1])
        server.control().ask("stop", service="RTCMEDSRV", graceful=True)
        assert int(lines.readline().split()[1]) > first
        server.control().ask("drain", service="REPLICA")
        with socket.create_connection(("127.0.0.1", server.replica_port), LIMIT) as late, late.makefile() as answer:
            assert answer.readline().startswith("refused: the service is draining")
        assert lines.readline().startswith("draining: "), "its client is asked to leave"
        assert lines.readline().startswith("version"), "and served as long as it stays"
    server.wait_for("REPLICA", phase="drained")


def test_limits_plugin_holds_a_caller_to_its_number(mediation):
    from conftest import BUILD

    server = mediation("--plugin", f"{BUILD}/plugins/limits.so=" + '{"max_per_peer": 1}')
    process = sipp(server, SCENARIOS / "hung_up.xml")
    server.wait_for("RTCMEDSRV", sessions=1)
    code, headers = Sip(server.sip_port).ask("INVITE")
    assert code == 503 and "maximum of sessions" in headers["Reason"]
    server.control().ask("stop", service="RTCMEDSRV")
    ended_well(process)


def test_port_that_is_taken_is_said(mediation, environment):
    from conftest import BUILD

    server = mediation()
    second = subprocess.run([str(BUILD / "samples/mediation/mediation"), "--name", server.name + "-2", "--sip-port",
                             str(server.sip_port)], env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert second.returncode == 1
    assert f"SIP port {server.sip_port}: Address already in use" in second.stderr


# ---- S: a sample survives what the library survives ----


def test_S_options_is_answered_as_an_invite_would_be(mediation):
    server = mediation("--redirect", "sip:spare@example.org")
    control = server.control()
    control.ask("drain", service="RTCMEDSRV", redirect="sip:other@example.org")
    answers = [Sip(server.sip_port).ask(method) for method in ("OPTIONS", "INVITE")]
    assert [(code, headers["Contact"]) for code, headers in answers] == [(302, "<sip:other@example.org>")] * 2
    control.close()


def test_S_options_hint_is_spread_so_that_proxies_do_not_come_back_together(mediation):
    server = mediation()
    server.control().ask("drain", service="RTCMEDSRV")
    hints = {int(Sip(server.sip_port).ask("OPTIONS")[1]["Retry-After"]) for _ in range(20)}
    assert len(hints) > 1 and min(hints) >= 24 and max(hints) <= 36, hints


def test_S_replaces_takes_over_a_live_call_while_the_service_drains(mediation):
    server = mediation("--max-calls", 1)
    first, second = Sip(server.sip_port), Sip(server.sip_port)
    code, dialog = first.call()
    assert code == 200
    server.control().ask("drain", service="RTCMEDSRV")
    code, taken_over = second.call(headers=replaces(dialog))
    assert code == 200, "work inside a live call goes on"
    assert first.receive_request().startswith("BYE "), "the call that was replaced is hung up"
    service = server.wait_for("RTCMEDSRV", children=0)
    assert service["sessions"] == 1 and service["phase"] == "draining", "one call, which is the same session"
    assert Sip(server.sip_port).call(headers=replaces(dialog))[0] == 481, "that one is gone"
    third = Sip(server.sip_port)
    assert third.call(headers=replaces(taken_over))[0] == 200, "and may be replaced again"
    assert second.receive_request().startswith("BYE ")
    server.control().ask("stop", service="RTCMEDSRV", graceful=True, deadline_ns=50_000_000, replace=True)
    assert "cause=503" in third.receive_request(), "its close reaches the call that is there now"
    server.wait_for("RTCMEDSRV", status="Stopped")


@pytest.mark.parametrize("header, code", [
    ("Replaces: nobody@example.org;to-tag=a;from-tag=b\r\n", 481),
    ("Replaces: nobody@example.org\r\n", 400),
    ("Replaces: ;;;\r\n", 400),
    ("Replaces: a;to-tag=a;from-tag=b\r\nReplaces: b;to-tag=a;from-tag=b\r\n", 400),
])
def test_S_replaces_that_names_no_live_call_is_refused(mediation, header, code):
    server = mediation()
    assert Sip(server.sip_port).call(headers=header)[0] == code
    assert server.service("RTCMEDSRV")["admitted"] == 0


def test_S_replaces_of_a_call_that_rings_is_481(mediation):
    server = mediation("--ring", 20000)
    code, headers = Sip(server.sip_port).ask("INVITE")
    assert code == 180
    assert Sip(server.sip_port).call(headers=replaces(headers))[0] == 481


def test_S_replaces_early_only_of_an_answered_call_is_486(mediation):
    server = mediation()
    code, headers = Sip(server.sip_port).call()
    assert code == 200 and Sip(server.sip_port).call(headers=replaces(headers, ";early-only"))[0] == 486


def test_S_ringing_call_that_is_closed_is_sent_to_another_server(mediation):
    server = mediation("--ring", 20000)
    sip = Sip(server.sip_port)
    assert sip.ask("INVITE")[0] == 180
    server.control().ask("stop", service="RTCMEDSRV", graceful=True, deadline_ns=50_000_000)
    code, headers = sip.receive()
    assert code == 503 and 24 <= int(headers["Retry-After"]) <= 36 and "cause=503" in headers["Reason"]
    server.wait_for("RTCMEDSRV", status="Stopped", sessions=0)


def test_S_replica_asks_its_clients_to_leave(mediation):
    server = mediation()
    with socket.create_connection(("127.0.0.1", server.replica_port), LIMIT) as client, client.makefile() as lines:
        assert lines.readline().startswith("version")
        server.control().ask("stop", service="REPLICA", graceful=True, deadline_ns=3_000_000_000)
        said = lines.readline()
        while said.startswith("version"):
            said = lines.readline()
        assert said.startswith("draining: please connect elsewhere; ") and said.endswith("s left\n")
    server.wait_for("REPLICA", status="Stopped", told=1)


# ---- B15: no descriptor left is no spin, and the operator gets in ----


def processor_time(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def calm(server, clients):
    """With these connections at its ports the server is idle, answers its operator, and answers SIP over UDP."""
    for _ in range(int(LIMIT * 10)):
        before = processor_time(server.process.pid)
        server.control().ask("events", after=1 << 40, wait=True, timeout_ns=500_000_000)
        if processor_time(server.process.pid) - before < 0.1:
            break
    else:
        raise AssertionError("the loop spins")
    assert server.command("services").returncode == 0
    assert Sip(server.sip_port).ask("OPTIONS")[0] == 200
    for client in clients:
        client.close()


def connections(port, count):
    clients = [socket.create_connection(("127.0.0.1", port), LIMIT) for _ in range(count)]
    for client in clients[:5]:
        assert client.send(b"\r\n") == 2
    return clients


@pytest.mark.parametrize("port", ["replica_port", "sip_port"])
def test_S_B15_few_descriptors_are_a_maximum_of_connections(environment, unique_name, port):
    server_ports = {"sip_port": free_port(), "replica_port": free_port()}
    server = Server(["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", str(BUILD / "samples/mediation/mediation"), "--name", unique_name,
                     "--sip-port", str(server_ports["sip_port"]), "--replica-port", str(server_ports["replica_port"])],
                    unique_name, lambda: True, environment)
    server.sip_port = server_ports["sip_port"]
    assert server.wait_for("REPLICA", status="Running")["max_sessions"] == 16
    calm(server, connections(server_ports[port], 90))
    server.wait_for("REPLICA", sessions=0)
    with socket.create_connection(("127.0.0.1", server_ports["replica_port"]), LIMIT) as late:
        assert late.makefile().readline().startswith("version ")
    assert server.stop() == 0


@pytest.mark.parametrize("port", ["replica_port", "sip_port"])
def test_S_B15_limit_that_is_lowered_later_is_no_spin(mediation, port):
    server = mediation()
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 5, hard))
    clients = connections(getattr(server, port), 40)
    before = None
    for _ in range(int(LIMIT * 10)):
        at = processor_time(server.process.pid)
        subprocess.run(["sleep", "0.5"], check=True)
        before = processor_time(server.process.pid) - at
        if before < 0.1:
            break
    assert before < 0.1, "the loop spins"
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    calm(server, clients)


@pytest.mark.parametrize("count", [16, 63])
def test_S_B15_too_few_descriptors_are_refused_with_what_to_do(environment, unique_name, count):
    done = subprocess.run(["sh", "-c", f'ulimit -n {count}; exec "$@"', "sh", str(BUILD / "samples/mediation/mediation"), "--name",
                           unique_name], env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 1 and f"ulimit -n is {count}; set it to 64 or more" in done.stderr, done


def test_S_second_server_of_a_name_opens_no_port(mediation, environment):
    server = mediation()
    sip_port, replica_port = free_port(), free_port()
    # The ports are taken: had it tried them first, it would say so.
    with socket.socket() as sip, socket.socket() as replica:
        for taken, port in ((sip, sip_port), (replica, replica_port)):
            taken.bind(("127.0.0.1", port))
            taken.listen()
        second = subprocess.run([str(BUILD / "samples/mediation/mediation"), "--name", server.name, "--sip-port", str(sip_port),
                                 "--replica-port", str(replica_port)],
                                env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert second.returncode == 1 and "already" in second.stderr and "port" not in second.stderr, second.stderr


def test_S_second_sigterm_answers_ringing_calls(mediation):
    server = mediation("--ring", 20000)
    sip = Sip(server.sip_port)
    assert sip.ask("INVITE")[0] == 180
    server.process.send_signal(signal.SIGTERM)
    server.wait_for("RTCMEDSRV", status="Paused")
    server.process.send_signal(signal.SIGTERM)
    assert sip.receive()[0] == 503
    assert server.process.wait(LIMIT) == 0


def test_S_third_sigterm_waits_for_nothing(mediation):
    server = mediation()
    sip = Sip(server.sip_port)
    assert sip.call()[0] == 200
    server.process.send_signal(signal.SIGTERM)
    server.wait_for("RTCMEDSRV", status="Paused")
    server.process.send_signal(signal.SIGTERM)
    assert sip.socket.recv(65536).startswith(b"BYE "), "which is not answered"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(1.5) == 0, "the answer is waited for 2 s otherwise"


@pytest.mark.parametrize("scenario", sorted([*SCENARIOS.glob("*.xml"), *(ROOT / "samples/demo").glob("*.xml")]),
                         ids=lambda path: path.name)
def test_S_scenario_acknowledges_a_refusal_in_its_transaction(scenario):
    """RFC 3261, 17.1.1.3: the ACK of what is not 2xx has the branch of its INVITE; else each refusal is repeated for 32 s."""
    invite, refused, whole = None, False, scenario.read_text()
    for index, element in enumerate(re.finditer(r"<(send|recv|pause|nop)\b([^>]*)>", whole)):
        kind, attributes = element.groups()
        if kind == "recv":
            answer = re.search(r'response="(\d+)"', attributes)
            if answer and int(answer.group(1)) >= 300:
                refused = True
            elif answer and answer.group(1) == "200":
                refused = False
        if kind != "send":
            continue
        text = whole[element.end():].split("]]>")[0]
        if "\nINVITE " in text:
            invite, refused = index, False
        elif "\nCANCEL " in text or ("\nACK " in text and refused):
            assert f"branch=[branch-{index - invite}]" in text, f"message {index} has a branch of its own"
    assert invite is not None
