"""The SIP server against the real sipp, beyond what samples/demo.sh shows."""
import signal
import socket
import subprocess

import pytest
from conftest import BUILD, LIMIT, ROOT, free_port
from sip import Sip, ended_well, sipp

SCENARIOS = ROOT / "tests/integration/sipp"


def test_options_follows_the_service(mediation):
    server = mediation()
    sip, control = Sip(server.sip_port), server.control()
    code, headers = sip.ask("OPTIONS")
    assert code == 200 and "INVITE" in headers["Allow"]
    control.ask("drain", service="RTCMEDSRV")
    code, headers = sip.ask("OPTIONS")
    assert code == 503 and int(headers["Retry-After"]) == 30
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
        assert lines.readline().startswith("version")
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
