"""The scenario that everything serves, in process: calls drain, nobody is cut, the service stops and comes back."""
import pytest
from conftest import LIMIT, numbers, running

from tidegate import EventNumber, Kind, Phase, Reason, Refused, Result, Status, VerdictCode


def test_scenario_stop_gracefully_drains_stops_and_restarts(host, service):
    replica = running(host, "REPLICA")
    calls = [service.admit(tag=n, peer=("192.0.2.1", 5060 + n)) for n in range(3)]

    service.stop(deadline=60, actor="operator", reason="patch")
    assert (service.status, service.info().phase) == (Status.PAUSED, Phase.DRAINING)
    assert replica.status == Status.RUNNING

    with pytest.raises(Refused) as late:
        service.admit()
    verdict = late.value.verdict
    assert (verdict.code, verdict.reason, verdict.ticket) == (VerdictCode.REFUSED, Reason.PAUSED, None)
    assert 24 <= verdict.retry_after <= 36
    assert str(late.value) == verdict.text != ""
    with service.admit(kind=Kind.CHILD, parent=calls[0]), service.enter_child(calls[1]):
        assert (service.info().children, service.info().entries) == (1, 1)
    with pytest.raises(Refused):
        service.enter()

    for call in calls[:-1]:
        call.release()
    assert service.wait("drained", timeout=0) is False
    calls[-1].release()
    assert service.wait("drained", timeout=LIMIT)
    assert service.wait("stopped", timeout=LIMIT)
    assert (service.status, replica.status) == (Status.STOPPED, Status.RUNNING)
    seen = [n for n in numbers(host, service) if n in (25049, 25050, 25003)]
    assert seen == [EventNumber.DRAIN_STARTED, EventNumber.DRAINED, EventNumber.STOPPED]
    started = next(event for event in host.events() if event.number == 25049)
    assert (started.actor, started.reason, started.live, started.epoch) == ("operator", "patch", 3, 1)

    assert service.try_admit().reason == Reason.STOPPED
    service.start()
    assert service.wait("running", timeout=LIMIT)
    with service.admit() as call:
        assert call


def test_drain_without_sessions_is_complete_at_once(host, service):
    service.drain()
    assert numbers(host, service)[-2:] == [25049, 25050]
    assert (service.status, service.info().phase) == (Status.PAUSED, Phase.DRAINED)


def test_drain_resumed_admits_again(service):
    with service.admit():
        service.drain()
        service.resume(actor="operator")
        assert service.wait("running", timeout=LIMIT)
        with service.admit():
            assert service.info().sessions == 2


def test_drain_deadline_over_closes_the_sessions_left(host):
    calls = {}
    service = running(host, "calls", close=lambda ticket, tag: calls[tag].release())
    calls[7] = service.admit(tag=7)
    service.drain(deadline=0.001)
    assert service.wait("drained", timeout=LIMIT)
    assert not calls[7]
    assert [n for n in numbers(host, service) if 25121 <= n < 25160] == [25121, 25122, 25128]


def test_stop_not_graceful_stops_with_sessions_left(host, service):
    call = service.admit()
    service.stop(graceful=False)
    assert service.wait("stopped", timeout=LIMIT)
    assert host.events()[-1].live == 1
    assert 25050 not in numbers(host, service)
    call.release()


def test_drain_of_a_stopped_service_is_an_error(host):
    with pytest.raises(Exception, match="cannot drain") as wrong:
        host.add_service("idle").drain()
    assert wrong.value.code == Result.E_STATE
