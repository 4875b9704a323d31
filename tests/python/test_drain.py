"""All that a drain can do, from Python."""
import datetime
import os
import queue
import signal
import subprocess
import sys
import time

import pytest
from conftest import LIMIT, event_of, numbers, running

from tidegate import (
    Class,
    Deadline,
    Error,
    EventNumber,
    HoldUntil,
    Host,
    Kind,
    Phase,
    Protocol,
    Reason,
    Refused,
    Result,
    Status,
)


def test_holds_of_two_open_when_both_resume(service):
    service.drain(actor="alice", reason="disk")
    service.drain(actor="bob", hold="until-time", hold_until=datetime.datetime.now() + datetime.timedelta(hours=1))
    alice, bob = service.holds()
    assert (alice.actor, alice.reason, alice.lasts, alice.expires) == ("alice", "disk", HoldUntil.UNTIL_RESUME, None)
    assert bob.lasts == HoldUntil.UNTIL_TIME and bob.expires - bob.since == pytest.approx(3600, abs=60)
    with pytest.raises(Error, match="held by alice, bob") as held:
        service.resume(actor="carol")
    assert held.value.code == Result.E_HELD
    assert service.resume(actor="alice") is False
    assert service.status == Status.PAUSED
    assert service.resume(actor="bob") is True
    assert service.status == Status.RUNNING


def test_all_holds_are_lifted_and_it_is_recorded(host, service):
    service.drain(actor="alice")
    service.drain(actor="bob", hold="until-restart")
    assert service.resume(actor="root", all_holds=True) is True
    assert event_of(host, 25168).actor == "root"


def test_hold_that_expires_opens(service):
    service.drain(hold="until-time", hold_until=time.time() + 0.05)
    assert service.wait("running", timeout=LIMIT)


def test_announced_drain_is_not_ready_but_admits(host, service):
    assert service.ready
    service.drain(announce=True, quiet=0.1, announce_max=10)
    assert not service.ready and service.info().phase == Phase.ANNOUNCING
    with service.admit():
        event_of(host, 25049)
        assert 25111 in numbers(host, service)
    assert service.wait("drained", timeout=LIMIT)


def test_deadline_policies(host, service):
    with service.admit():
        service.drain(deadline=0.01, at_deadline="wait")
        event_of(host, 25123)
        assert service.info().deadline_left is None
        service.resume()
        service.drain(deadline=0.01, at_deadline=Deadline.RESUME)
        assert service.info().at_deadline == Deadline.RESUME
        assert service.wait("running", timeout=LIMIT)


def test_replace_takes_a_deadline_away(service):
    with service.admit():
        service.drain(deadline=5)
        with pytest.raises(Error) as conflict:
            service.drain(deadline=50)
        assert conflict.value.code == Result.E_CONFLICT
        service.drain(deadline=50, replace=True)
        assert service.info().deadline_left > 40


def test_restart(host, service):
    session = service.admit()
    service.restart()
    assert service.holds() == []
    session.release()
    event_of(host, 25101, after=event_of(host, 25003).sequence)
    assert service.status == Status.RUNNING


def test_emergency_and_affinity_by_option(service):
    first = service.admit(key=7)
    service.drain(emergency=True, affinity=True)
    with pytest.raises(Refused):
        service.admit()
    emergency = service.admit(session_class=Class.EMERGENCY)
    second = service.admit(kind="affinity", key=7)
    assert {session.key for session in service.sessions()} == {0, 7}
    assert [session.session_class for session in service.sessions()].count(Class.EMERGENCY) == 1
    with pytest.raises(Refused):
        service.admit(kind=Kind.AFFINITY, key=8)
    for session in (first, second, emergency):
        session.release()
    assert service.wait("drained", timeout=LIMIT)
    assert not service.try_admit(session_class="emergency")


def test_blockers_with_what_the_server_says_of_them(service):
    tickets = [service.admit(tag=tag) for tag in (1, 2, 3)]
    service.drain()
    tickets[0].acknowledge()
    tickets[1].idle()
    tickets[2].idle()
    tickets[2].active()
    blockers = service.blockers()
    assert [(b.tag, b.idle, b.acknowledged) for b in blockers] == [(2, True, False), (3, False, False), (1, False, True)]
    assert len(service.blockers(limit=1)) == 1
    assert 0 <= blockers[0].quiet <= blockers[0].age
    for ticket in tickets:
        ticket.release()


def test_notice_asks_sessions_to_go(host):
    asked = []
    service = running(host, "S", notice=lambda ticket, tag, left: asked.append((ticket, tag, left)))
    with service.admit(tag=5) as ticket:
        service.drain(deadline=100, notice_window=1e-6)
        assert event_of(host, 25113).count == 1
        assert [(t, tag) for t, tag, _ in asked] == [(ticket.id, 5)]
        assert 0 < asked[0][2] <= 100
        assert service.info().told == 1 and service.sessions()[0].told
        service.resume()
        service.drain(notice_window=1e-6)
        event_of(host, 25113, after=event_of(host, 25140).sequence)
        assert asked[1][2] is None, "no deadline"


def test_several_services_with_needs(host):
    a, b, c = host.add_service("A"), host.add_service("B"), host.add_service("C")
    a.needs(b)
    with pytest.raises(Error) as cycle:
        b.needs(a)
    assert cycle.value.code == Result.E_INVALID
    host.start()
    with pytest.raises(Error) as needed:
        b.stop()
    assert needed.value.code == Result.E_BUSY
    host.drain(["A", "B"], intent="stop")
    assert a.wait("stopped", timeout=LIMIT) and b.wait("stopped", timeout=LIMIT)
    stopped = [event.service for event in host.events() if event.number == 25003]
    assert stopped == ["A", "B"] and c.status == Status.RUNNING
    with pytest.raises(Error) as unknown:
        host.drain(except_=["D"])
    assert unknown.value.code == Result.E_NOT_FOUND and c.status == Status.RUNNING
    host.start(except_=["C"])
    host.drain(except_=["B"], actor="alice")
    assert [s.status for s in (a, b, c)] == [Status.PAUSED, Status.RUNNING, Status.PAUSED]
    assert host.resume(actor="alice") is True
    assert c.status == Status.RUNNING


def test_terminate_escalates(host, service):
    closed = queue.Queue()
    other = running(host, "OTHER", close=lambda ticket, tag: closed.put(ticket))
    session = other.admit()
    host.terminate()
    assert 15 < other.info().deadline_left <= 20 and not other.holds()
    host.terminate()
    event_of(host, 25122)
    host.terminate()
    assert other.wait("stopped", timeout=LIMIT)
    assert closed.get(timeout=LIMIT) == session.id, "on the hooks' own thread, maybe after the stop"
    session.release()


def test_host_wait_ends_when_no_service_is_left(host, service):
    assert host.wait(timeout=0) is False
    assert host.wait(timeout=0.06) is False
    with service.admit():
        host.terminate()
        assert host.wait(timeout=0) is False
    assert host.wait(timeout=LIMIT) is True
    with pytest.raises(ValueError, match="timeout"):
        host.wait(timeout=-1)


def test_resume_without_a_ramp_opens_at_once(host):
    service = running(host, "S", max_sessions=10, ramp=3600, ramp_from=20)
    service.drain()
    service.resume(no_ramp=True)
    assert service.info().phase == Phase.NONE and service.info().limit == 10
    service.drain()
    host.resume(no_ramp=True)
    assert service.info().limit == 10


def test_drain_that_joins_anothers_deadline_is_false(service):
    with service.admit():
        assert service.drain(deadline=50, actor="alice") is True
        assert service.drain(actor="bob") is False
        assert service.info().deadline_left > 40


def test_refusal_says_where_to_go_in_each_protocol(host):
    service = running(host, "S", redirect="https://spare.example.org/", retry_after=10, retry_jitter=1)
    service.drain(actor="alice")
    verdict = service.try_admit()
    assert verdict.redirect == "https://spare.example.org/" and 9.9 <= verdict.retry_after <= 10.1
    assert (verdict.response("http").code, verdict.response("http").headers) == (307, {"Location": verdict.redirect})
    assert verdict.response(Protocol.SIP).code == 302
    assert verdict.response("grpc").code == 14 and "grpc-retry-pushback-ms" in verdict.response("grpc").headers
    assert verdict.response("smtp").code == 421
    service.drain(redirect="https://other.example.org/", actor="alice")
    assert service.try_admit().redirect == "https://other.example.org/"
    with pytest.raises(ValueError):
        verdict.response("gopher")
    service.resume(actor="alice")
    with service.admit(), pytest.raises(Error):
        service.try_admit().response("http")


def test_ramp_lets_in_a_part_at_first(host):
    service = running(host, "S", max_sessions=10, ramp=3600, ramp_from=20)
    service.drain()
    service.resume()
    assert service.info().phase == Phase.RAMPING and service.ready and service.info().limit == 2
    inside = [service.admit(), service.admit()]
    assert service.try_admit().reason == Reason.RAMP
    inside.append(service.admit(session_class="priority"))
    for ticket in inside:
        ticket.release()


def test_start_paused_and_usual_drain(host):
    service = host.add_service("S", start_paused=True, drain={"deadline": 50, "at_deadline": "wait"})
    service.start()
    assert service.wait("drained", timeout=LIMIT)
    service.resume(actor="anybody")
    with service.admit():
        service.drain()
        assert 40 < service.info().deadline_left <= 50 and service.info().at_deadline == Deadline.WAIT
        service.resume()
        service.drain(deadline=float("inf"))
        assert service.info().deadline_left is None


def test_usual_drain_gives_way_to_what_is_said(host):
    service = running(host, "S", drain={"deadline": 50, "at_deadline": "wait"})
    with service.admit():
        service.drain(deadline=60, at_deadline="force")
        assert service.info().deadline_left > 50 and service.info().at_deadline == Deadline.FORCE


def test_usual_times_of_an_announcement_wait_for_one(host):
    service = running(host, "S", drain={"announce_max": 1000, "announce_min": 900})
    service.drain(announce=True)
    assert service.info().phase == Phase.ANNOUNCING
    service.resume()
    service.drain()
    assert service.info().phase == Phase.DRAINED


@pytest.mark.parametrize("how", [{"deadline": 5}, {"at_deadline": "wait"}, {"hold": "none"}, {"quiet": 1}])
def test_stop_that_cuts_takes_nothing_of_a_drain(service, how):
    with pytest.raises(ValueError, match="graceful=True"):
        service.stop(graceful=False, **how)
    assert service.status == Status.RUNNING


@pytest.mark.parametrize("usual", [{"dedline": 5}, {"deadline": -1}, {"at_deadline": "explode"}, {"actor": "x"}])
def test_usual_drain_that_is_none(host, usual):
    with pytest.raises(ValueError):
        host.add_service("S", drain=usual)


@pytest.mark.parametrize("how", [
    {"at_deadline": "explode"}, {"hold": "for ever"}, {"hold_until": -1}, {"hold_until": float("nan")}, {"quiet": 0},
    {"announce_max": -5}, {"notice_window": "soon"}, {"redirect": 7},
])  # fmt: skip
def test_argument_that_is_none(service, how):
    with pytest.raises((ValueError, TypeError)):
        service.drain(**how)
    assert service.status == Status.RUNNING


@pytest.mark.parametrize("how", [
    {"at_deadline": "wait"}, {"at_deadline": "force"}, {"announce_min": 1}, {"announce_max": 1}, {"quiet": 1},
    {"hold": "until-time"}, {"hold_until": 5e9}, {"redirect": "two words"},
    {"announce": True, "deadline": 1, "announce_max": 1}, {"announce": True, "announce_min": 9, "announce_max": 3},
])  # fmt: skip
def test_options_that_contradict_themselves(host, service, how):
    with pytest.raises(Error) as error:
        service.drain(**how)
    assert error.value.code == Result.E_INVALID and service.status == Status.RUNNING
    with pytest.raises(Error):
        host.drain(**how)
    assert service.status == Status.RUNNING


CRASHES = """
import os, sys, tidegate
host = tidegate.Host("crash", state_directory=sys.argv[1])
service = host.add_service("S")
service.start()
service.drain(actor="alice", reason="a crash to come")
os.kill(os.getpid(), 9)
"""


def test_hold_outlives_a_crash(tmp_path):
    state = tmp_path / "state"
    crashed = subprocess.run([sys.executable, "-c", CRASHES, state], timeout=LIMIT, check=False)
    assert crashed.returncode == -signal.SIGKILL
    with Host("crash", state_directory=state) as host:
        service = host.add_service("S")
        service.start()
        assert service.status == Status.PAUSED and service.holds()[0].reason == "a crash to come"
        assert event_of(host, 25170).count == 1
        with pytest.raises(Error) as taken:
            Host("second", state_directory=state)
        assert taken.value.code == Result.E_EXISTS
        service.resume(actor="alice")
    assert os.stat(state).st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["n" * 64, "n" * 62 + "é", "op\n1", "op\u202e1"])
def test_L7_actor_that_cannot_be_kept_is_refused(host, name):
    service = running(host, "S")
    for ask in (service.drain, service.stop, service.resume, service.start, host.drain, host.resume, host.start, host.terminate):
        with pytest.raises(Error, match="the actor") as caught:
            ask(actor=name)
        assert caught.value.code == Result.E_INVALID
    assert service.status == Status.RUNNING


def test_L7_event_has_the_process_that_asked(host):
    service = running(host, "S")
    service.drain(actor="op1")
    event = event_of(host, EventNumber.DRAIN_STARTED)
    assert event.peer_pid is None and event.peer_uid is None
