"""Hooks and subscriptions: who is called, with what, and what becomes of their exceptions."""
import select
import threading
from queue import Queue

import pytest
from conftest import LIMIT, numbers, running

from tidegate import Error, EventNumber, Host, Result, Severity, Status


def test_hooks_are_called_in_order(host):
    called = []
    service = running(host, "s", start=lambda: called.append("start"), stop=lambda: called.append("stop"))
    service.stop()
    assert service.wait("stopped", timeout=LIMIT)
    assert called == ["start", "stop"]


def test_start_hook_that_raises_fails_the_start_and_may_be_tried_again(host, unraisable):
    works = False

    def start():
        if not works:
            raise OSError("port in use")

    service = host.add_service("s", start=start)
    service.start()
    with pytest.raises(Error) as ended:
        service.wait("running", timeout=LIMIT)
    assert ended.value.code == Result.E_ENDED
    assert service.status == Status.FAILED
    assert [str(error) for error in unraisable] == ["port in use"]
    works = True
    service.start()
    assert service.wait("running", timeout=LIMIT)


def test_other_hooks_that_raise_stop_nothing(host, unraisable):
    called = Queue()

    def fail(*args):
        called.put(args)
        raise KeyError(*args)

    service = running(host, "s", stop=fail, close=fail, describe=fail)
    ticket = service.admit(tag=3)
    assert service.describe(service.sessions()[0]) == ""
    assert called.get(timeout=LIMIT) == (ticket.id, 3)
    service.stop(deadline=0.001)
    assert called.get(timeout=LIMIT) == (ticket.id, 3)
    ticket.release()
    assert service.wait("stopped", timeout=LIMIT)
    assert [error.args[1:] for error in unraisable] == [(3,), (3,), ()]


@pytest.mark.parametrize("text", [None, 5, b"x", "\udc80"], ids=["none", "number", "bytes", "surrogate"])
def test_Y5_describe_hook_without_a_text_gives_none(host, unraisable, text):
    service = running(host, "s", describe=lambda ticket, tag: text)
    with service.admit():
        assert service.describe(service.sessions()[0]) == ""
    assert len(unraisable) == (0 if text is None else 1)
    assert all(isinstance(each, (TypeError, ValueError)) and str(each).startswith("the result of describe is ") for each in unraisable)


def test_subscription_gets_each_event_once_in_order(host, service):
    got = Queue()
    with host.on_event(got.put, after=0):
        for _ in range(50):
            service.drain()
            service.resume()
        last = host.last_event
        events = [got.get(timeout=LIMIT) for _ in range(last)]
    assert [event.sequence for event in events] == list(range(1, last + 1))
    assert events == host.events()


def test_subscription_from_now_on_gets_nothing_older(host, service):
    got = Queue()
    before = host.last_event
    with host.on_event(got.put):
        service.drain()
        assert got.get(timeout=LIMIT).sequence == before + 1


def test_subscription_that_raises_gets_the_next_event(host, service, unraisable):
    got = Queue()

    def fail(event):
        got.put(event)
        raise ValueError(event.number)

    with host.on_event(fail):
        service.drain()
        assert [got.get(timeout=LIMIT).number for _ in range(3)] == [25165, 25049, 25050]
    assert [error.args for error in unraisable] == [(25165,), (25049,), (25050,)]


def test_subscription_closed_is_not_called_again(host, service):
    got = []
    subscription = host.on_event(got.append)
    subscription.close()
    subscription.close()
    service.drain()
    assert got == []


def test_subscription_not_referred_to_goes_on(host, service):
    got = Queue()
    host.on_event(got.put)
    service.drain()
    assert got.get(timeout=LIMIT).number == 25165


def test_wait_close_and_unsubscribe_inside_a_callback_are_errors(host, service):
    codes = Queue()

    def misuse(event):
        for call in (service.wait, lambda: host.wait_for_event(10**6), subscription.close, host.close):
            try:
                call()
            except Error as error:
                codes.put(error.code)

    subscription = host.on_event(misuse)
    service.drain()
    assert [codes.get(timeout=LIMIT) for _ in range(8)] == [Result.E_MISUSE] * 8
    subscription.close()


def test_host_closed_delivers_the_last_events(service, host):
    got = []
    host.on_event(got.append)
    host.close()
    assert [event.number for event in got] == [25049, 25050, 25130, 25003]


def test_stop_hook_may_look_at_its_host_while_it_closes():
    seen = []
    with Host("x") as host:
        service = running(host, "s", stop=lambda: seen.extend((service.status, host.events()[-1].number)))
    assert seen == [Status.STOP_PENDING, EventNumber.STOPPING]


def test_host_that_is_polled_calls_on_the_polling_thread():
    threads = []
    with Host("polled", loop="poll") as host:
        service = host.add_service("s", start=lambda: threads.append(threading.get_ident()))
        host.on_event(lambda event: threads.append(threading.get_ident()), after=0)
        service.start()
        while service.status != Status.RUNNING or len(threads) < 3:
            assert select.select([host], [], [], LIMIT)[0]
            host.poll()
        assert set(threads) == {threading.get_ident()}
        with pytest.raises(Error) as wrong:
            service.wait("stopped")
        assert wrong.value.code == Result.E_MISUSE


def test_poll_with_a_steward_is_an_error(host):
    for call in (host.poll, host.fileno):
        with pytest.raises(Error) as wrong:
            call()
        assert wrong.value.code == Result.E_MISUSE


def test_event_is_frozen_and_says_all(host, service):
    event = host.events()[-1]
    assert event.number is EventNumber.RUNNING and event.status is Status.RUNNING
    assert event.severity is Severity.INFO and event.service == service.name and event.actor is None
    assert event.time > 1.6e9 and event.monotonic > 0 and event.boot_id != 0 and event.sequence == host.last_event
    assert '"number":25101' in event.json() and "25101" in str(event)
    with pytest.raises(AttributeError):
        event.live = 1
    assert event == host.events()[-1] and hash(event) == hash(host.events()[-1]) and event != host.events()[0]
    assert event != 5 and numbers(host, service) == [25100, 25101]
