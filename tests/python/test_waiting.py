"""Waits: what ends them, and that everything else goes on meanwhile."""
import threading

import pytest
from conftest import LIMIT, running

from tidegate import Error, Host, Result, Until


class Waiter(threading.Thread):
    """Waits on a thread of its own, and keeps what came of it."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.came, self.begun = call, None, threading.Event()
        self.start()
        assert self.begun.wait(LIMIT)

    def run(self):
        self.begun.set()
        try:
            self.came = self.call()
        except Error as error:
            self.came = error

    def result(self):
        self.join(LIMIT)
        assert not self.is_alive()
        return self.came


def test_wait_lets_other_threads_run(service):
    ticket = service.admit()
    service.drain()
    turns = 0

    def work():  # needs the GIL again and again, while the main thread waits
        nonlocal turns
        for turns in range(1, 10_001):
            service.try_admit()
        ticket.release()

    thread = threading.Thread(target=work)
    thread.start()
    assert service.wait(Until.DRAINED, timeout=LIMIT)
    thread.join()
    assert turns == 10_000


def test_wait_over_time_is_false(host, service):
    assert service.wait("drained", timeout=0) is False
    assert service.wait(Until.STOPPED, timeout=0.12) is False
    assert host.wait_for_event(host.last_event, timeout=0.06) is False
    assert host.wait_for_event(0, timeout=0) is True


def test_wait_for_a_moment_that_is_over_is_true(service):
    service.stop()
    assert service.wait("stopped", timeout=LIMIT)
    for moment in ("drained", "stopped"):
        assert service.wait(moment, timeout=0)


def test_wait_for_a_drain_called_off_is_an_error(service):
    with service.admit():
        service.drain()
        waiter = Waiter(lambda: service.wait("drained", LIMIT))
        while waiter.is_alive():  # the first time, perhaps, it has not come to its wait yet
            service.resume()
            service.drain()
        ended = waiter.result()
    assert isinstance(ended, Error) and ended.code == Result.E_ENDED
    assert "RTCMEDSRV: what was waited for did not come; the service is" in str(ended)


def test_Y6_wait_for_the_stop_goes_on_when_an_operator_pauses_and_resumes(service):
    waiter = Waiter(lambda: service.wait("stopped", LIMIT))
    with service.admit():
        for _ in range(200):
            service.drain()
            service.resume()
            service.stop()
            service.resume()
        assert waiter.is_alive()
    service.stop()
    assert waiter.result() is True


def test_Y6_wait_for_the_stop_of_a_service_that_failed_is_an_error(host, unraisable):
    def start():
        raise OSError("no port")

    service = host.add_service("S", start=start)
    service.start()
    with pytest.raises(Error) as ended:
        service.wait("stopped", timeout=LIMIT)
    assert ended.value.code == Result.E_ENDED


def test_wait_sees_each_of_many_short_drains(service):
    for _ in range(50):
        ticket = service.admit()
        service.drain()
        waiter = Waiter(lambda: service.wait("drained", LIMIT))
        ticket.release()
        assert waiter.result() is True
        service.resume()


def test_wait_notices_what_others_did_to_many_services(host):
    services = [running(host, f"s{n}") for n in range(20)]
    waiters = [Waiter(lambda service=service: service.wait("stopped", LIMIT)) for service in services]
    for service in services:
        service.stop()
    assert [waiter.result() for waiter in waiters] == [True] * 20


def test_wait_for_event_ends_with_the_event(host, service):
    last = host.last_event
    waiter = Waiter(lambda: host.wait_for_event(last, LIMIT))
    with service.admit():
        service.drain()
        assert waiter.result() is True


def test_wait_while_the_host_closes_is_an_error():
    host = Host("x")
    service = running(host, "s")
    waiters = [Waiter(service.wait), Waiter(lambda: host.wait_for_event(10**6))]
    host.close()
    for waiter in waiters:
        assert waiter.result().code == Result.E_CLOSING


def test_wait_goes_on_when_the_host_could_not_be_closed(host, service):
    ticket = service.admit()
    service.drain()
    waiter = Waiter(lambda: service.wait("drained", LIMIT))
    for _ in range(100):
        with pytest.raises(Error):
            host.close()
    ticket.release()
    assert waiter.result() is True
