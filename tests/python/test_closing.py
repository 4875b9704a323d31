"""A host that is closed: nothing of it may be used, and nothing of it crashes."""
import gc
import threading

import pytest
from conftest import LIMIT, event_of, running

from tidegate import Error, Host, Refused, Result


def test_close_with_a_live_session_is_an_error_and_changes_nothing(host, service):
    last = host.last_event
    ticket, entry = service.admit(), service.enter()
    with pytest.raises(Error, match="RTCMEDSRV has 2 live sessions; drain it") as busy:
        host.close()
    assert busy.value.code == Result.E_BUSY
    assert host.last_event == last
    with service.admit():
        pass
    ticket.release()
    with pytest.raises(Error, match="has 1 live session;"):
        host.close()
    entry.leave()
    host.close()
    host.close()


def test_everything_used_after_close_is_an_error(tmp_path):
    host = Host("x")
    service = running(host, "s", describe=lambda ticket, tag: "text")
    ticket, entry, control = service.admit(), service.enter(), host.open_control(tmp_path / "control")
    subscription = host.on_event(print)
    session, info, events = service.sessions()[0], service.info(), host.events()
    ticket.release()
    entry.leave()
    host.close()
    calls = [
        service.info, service.start, service.drain, service.stop, service.resume, service.wait, service.admit,
        service.try_admit, service.enter, service.sessions, host.services, host.events, host.poll, host.fileno,
        host.open_control, lambda: service.status, lambda: service.describe(session), lambda: service.enter_child(ticket),
        lambda: service.stop(graceful=False), lambda: host.service("s"), lambda: host.add_service("t"),
        service.restart, service.holds, host.wait, service.blockers, lambda: service.ready, lambda: service.needs(service), host.drain,
        host.resume, host.start, host.terminate, lambda: host.wait_for_event(0), lambda: host.on_event(print), lambda: host.load_plugin("/x"), lambda: host.last_event,
        lambda: host.reload_plugin("x"), lambda: host.reconfigure_plugin("x", {}), lambda: host.unload_plugin("x"), host.plugins,
        host.metrics,
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Error, match="host x is closed") as closed:
            call()
        assert closed.value.code == Result.E_CLOSING
    ticket.release()
    entry.leave()
    subscription.close()
    control.close()
    host.close()
    assert (service.name, host.name, info.name, info.activity, bool(ticket)) == ("s", "x", "s", "Sessions", False)
    assert events[-1].text and session.peer is None and repr(service) and repr(host) and repr(info)


def test_host_forgotten_stays_as_long_as_it_is_used():
    service = running(Host("forgotten"), "s")
    gc.collect()
    with service.admit():
        assert service.info().sessions == 1


def test_block_that_raises_with_a_live_ticket_says_what_was_raised():
    with pytest.raises(KeyError), Host("x") as host:
        ticket = running(host, "s").admit()
        raise KeyError
    ticket.release()
    host.close()


def test_close_on_two_threads_ends_once():
    for _ in range(20):
        host = Host("x")
        running(host, "s", stop=lambda: None)
        errors = []

        def close():
            try:
                host.close()
            except Error as error:
                errors.append(error.code)

        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(errors) <= {Result.E_CLOSING}
        host.close()


def test_close_while_others_use_the_host_never_crashes():
    for _ in range(10):
        host = Host("x")
        service = running(host, "s")
        started = threading.Barrier(4)

        def use():
            started.wait()
            try:
                while True:
                    with service.admit():
                        service.info()
                    service.sessions(), host.events(), host.services()
            except (Error, Refused):
                pass

        threads = [threading.Thread(target=use) for _ in range(3)]
        for thread in threads:
            thread.start()
        started.wait()
        while True:
            try:
                host.close()
                break
            except Error as error:
                assert error.code == Result.E_BUSY
        for thread in threads:
            thread.join()


def test_close_waits_for_a_hook_that_needs_the_interpreter():
    with Host("x") as host:
        stopped = []
        running(host, "s", stop=lambda: stopped.extend(range(1000)))
    assert len(stopped) == 1000


def test_callbacks_are_let_go_of_with_their_host():
    class Hook:
        def __call__(self, *args):
            pass

    made = Host("x")
    running(made, "s", start=Hook(), close=Hook())
    made.on_event(Hook())
    made.on_event(Hook()).close()
    gc.collect()
    assert sum(isinstance(each, Hook) for each in gc.get_objects()) == 3
    made.close()
    gc.collect()
    assert sum(isinstance(each, Hook) for each in gc.get_objects()) == 0


def test_control_socket_is_there_until_it_is_closed(host, tmp_path):
    with host.open_control(tmp_path / "a") as control:
        assert (tmp_path / "a" / "control.sock").is_socket() and control.path == str(tmp_path / "a" / "control.sock")
        with pytest.raises(Error) as second:
            host.open_control(str(tmp_path / "a"))
        assert second.value.code == Result.E_EXISTS
    assert not (tmp_path / "a" / "control.sock").exists()


def test_control_socket_open_ends_with_the_host_but_not_before(tmp_path):
    host = Host("x")
    service = running(host, "s")
    host.open_control(tmp_path / "a")
    ticket = service.admit()
    with pytest.raises(Error, match="live session"):
        host.close()
    assert (tmp_path / "a" / "control.sock").is_socket()
    ticket.release()
    host.close()
    assert not (tmp_path / "a" / "control.sock").exists()


def test_subscription_closed_waits_for_the_call_in_progress(host, service):
    inside, done = threading.Event(), []

    def slow(event):
        inside.set()
        done.append(sum(range(100_000)))

    subscription = host.on_event(slow)
    with service.admit():
        service.drain(hold="none")  # one event
        assert inside.wait(LIMIT)
        subscription.close()
        assert len(done) == 1
    assert event_of(host, 25050)


def test_Y4_close_with_a_limit_is_false_until_the_callback_is_done():
    host, go, inside = Host("x"), threading.Event(), threading.Event()
    running(host, "s", stop=lambda: (inside.set(), go.wait(LIMIT)))
    assert host.close(timeout=0.06) is False
    assert inside.wait(LIMIT)
    with pytest.raises(Error) as closing:
        host.services()
    assert closing.value.code == Result.E_CLOSING
    assert host.close(timeout=0) is False
    go.set()
    assert host.close(timeout=LIMIT) is True
    assert host.close() is True


def test_Y4_subscription_closed_delivers_no_backlog_and_may_be_waited_for_again(host, service):
    go, inside, calls = threading.Event(), threading.Event(), []

    def slow(event):
        calls.append(event)
        inside.set()
        assert go.wait(LIMIT)

    subscription = host.on_event(slow)
    for _ in range(100):
        service.drain()
        service.resume()
    assert inside.wait(LIMIT)
    assert subscription.close(timeout=0.06) is False
    go.set()
    assert subscription.close(timeout=LIMIT) is True
    assert len(calls) == 1
    with pytest.raises(ValueError, match="timeout"):
        subscription.close(timeout=-1)


def test_Y4_subscription_whose_callbacks_cause_events_can_be_closed(host, service):
    begun, more = threading.Event(), True

    def cause(event):
        if more:
            service.drain()
            service.resume()
            begun.set()

    subscription = host.on_event(cause)
    service.drain()
    assert begun.wait(LIMIT)
    assert subscription.close(timeout=LIMIT) is True
    more = False


def test_Y4_object_whose_end_closes_the_host_does_not_deadlock():
    class Closer:
        def __call__(self, *args):
            pass

        def __del__(self):
            closed.append(host.close(timeout=LIMIT))

    closed = []
    host = Host("x")
    running(host, "s")
    host.on_event(Closer()).close()  # the callback is let go of inside close()
    assert closed == [True]
    host = Host("y")
    running(host, "s", stop=Closer())
    host.close()
    gc.collect()
    assert closed == [True, True]


def test_Y4_callback_that_does_not_come_back_is_a_warning():
    host, go = Host("x"), threading.Event()
    running(host, "s", stop=lambda: go.wait(60))
    with pytest.warns(ResourceWarning, match="host x is closed, but"):
        assert host.close() is True
    go.set()
