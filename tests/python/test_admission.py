"""Tickets, verdicts and entries."""
import gc
import threading

import pytest
from conftest import LIMIT, running

from tidegate import Kind, Reason, Refused, Status


def test_ticket_released_twice_is_no_error(service):
    ticket = service.admit()
    assert ticket and ticket.id != 0
    ticket.release()
    ticket.release()
    assert not ticket and ticket.id == 0
    assert service.info().sessions == 0


def test_ticket_at_the_end_of_its_block_is_released(service):
    with pytest.raises(KeyError), service.admit():
        assert service.info().sessions == 1
        raise KeyError
    assert service.info().sessions == 0


def test_ticket_forgotten_is_released(service):
    ticket = service.admit()
    del ticket
    gc.collect()
    assert service.info().sessions == 0


def test_ticket_released_on_another_thread_ends_the_drain(service):
    ticket = service.admit()
    service.drain()
    thread = threading.Thread(target=ticket.release)
    thread.start()
    assert service.wait("drained", timeout=LIMIT)
    thread.join()


def test_verdict_admitted_is_true_and_has_the_ticket(service):
    verdict = service.try_admit(tag=2**64 - 1)
    assert verdict and verdict.reason == Reason.NONE and verdict.retry_after is None
    with verdict.ticket:
        assert [session.tag for session in service.sessions()] == [2**64 - 1]


def test_verdict_at_the_maximum_is_refused_by_limit(host):
    service = running(host, "few", max_sessions=1, retry_after=100)
    with service.admit():
        verdict = service.try_admit()
    assert not verdict and verdict.reason == Reason.LIMIT
    assert 80 <= verdict.retry_after <= 120


def test_child_of_an_ended_session_is_refused(service):
    parent = service.admit()
    number = parent.id
    with service.admit(kind="child", parent=number):
        assert service.info().children == 1
    parent.release()
    for gone in (parent, number):
        assert service.try_admit(parent=gone).reason == Reason.PARENT_GONE
    with pytest.raises(Refused) as refused:
        service.enter_child(parent)
    assert refused.value.verdict.reason == Reason.PARENT_GONE


def test_entry_left_twice_counts_once(service):
    with service.enter() as other:
        entry = service.enter()
        assert entry and service.info().entries == 2
        entry.leave()
        entry.leave()
        assert not entry and service.info().entries == 1
    assert not other


@pytest.mark.parametrize("status", [Status.STOPPED, Status.PAUSED])
def test_entry_refused_says_why(host, status):
    service = host.add_service("s")
    if status == Status.PAUSED:
        service.start()
        service.drain()
    with pytest.raises(Refused) as refused:
        service.enter()
    assert refused.value.verdict.reason == (Reason.STOPPED if status == Status.STOPPED else Reason.PAUSED)


def test_sessions_listed_say_who_they_are(host):
    service = running(host, "calls", describe=lambda ticket, tag: f"call {tag} ü" * 150)
    with service.admit(tag=5, peer="[2001:db8::1]:5060") as call, service.admit(parent=call) as child:
        first, second = sorted(service.sessions(), key=lambda session: session.kind)
        assert (first.ticket, first.tag, first.kind) == (call.id, 5, Kind.NEW)
        assert first.peer == ("2001:db8::1", 5060) and first.age >= 0
        assert (second.ticket, second.kind, second.peer) == (child.id, Kind.CHILD, None)
        assert len(service.sessions(limit=1)) == 1
        text = service.describe(first)
        assert text.startswith("call 5 ü") and 1000 < len(text.encode()) <= 1024
