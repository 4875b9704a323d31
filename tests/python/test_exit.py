"""The interpreter's end, Ctrl-C and deadlocks, each in a child process with a time limit.

A thread that asks for the GIL while CPython is torn down is ended inside the library's frames, which would abort the process: so
each of these must end with code 0 and nothing on standard error.
"""
import pytest
from conftest import Hung

START = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background has it ignored
import tidegate
host = tidegate.Host("child")
service = host.add_service("s", start=lambda: None, stop=lambda: None, close=lambda *a: None, describe=lambda *a: "x")
service.start()
assert service.wait("running", 20)

def in_daemon(work):
    begun = threading.Event()
    threading.Thread(target=lambda: (begun.set(), work()), daemon=True).start()
    assert begun.wait(20)
"""


def test_exit_with_nothing_closed_is_clean(child):
    child.ends_clean(START + "events = host.events(); info = service.info(); verdict = service.try_admit()")


def test_exit_with_callbacks_registered_is_clean(child):
    child.ends_clean(START + "host.on_event(lambda event: None, after=0)\nservice.drain()")


def test_exit_while_events_stream_is_clean(child):
    child.ends_clean(START + """
def storm():
    while True:
        service.drain()
        service.resume()

seen = threading.Event()
host.on_event(lambda event: event.number == 25141 and seen.set())
for _ in range(3):
    host.on_event(lambda event: [hash(event) for _ in range(100)])
in_daemon(storm)
assert seen.wait(20)
""")


def test_exit_with_a_drain_in_progress_and_a_live_ticket_is_clean(child):
    child.ends_clean(START + "ticket = service.admit(); host.on_event(print); service.drain(deadline=0.000001)")


def test_exit_with_a_live_ticket_in_a_cycle_is_clean(child):
    child.ends_clean(START + "import gc; gc.disable(); a = [service.admit(), service.enter()]; a.append(a); service.stop()")


def test_exit_with_daemon_threads_waiting_is_clean(child):
    child.ends_clean(START + """
in_daemon(service.wait)
in_daemon(lambda: service.wait("stopped", 1000))
in_daemon(lambda: host.wait_for_event(10**9))
def again():
    while True:
        service.wait(timeout=0.001)
in_daemon(again)
""")


def test_exit_with_daemon_threads_admitting_is_clean(child):
    child.ends_clean(START + """
def storm():
    while True:
        with service.admit():
            service.info()
        host.events()
for _ in range(3):
    in_daemon(storm)
""")


def test_exit_with_a_daemon_thread_closing_is_clean(child):
    child.ends_clean(START + "in_daemon(host.close)")


def test_exit_with_an_open_control_removes_its_socket(child, tmp_path):
    for ticket in ("", "ticket = service.admit()"):
        child.ends_clean(START + f"host.open_control({str(tmp_path / 'c')!r})\n" + ticket)
        assert not (tmp_path / "c" / "control.sock").exists()


def test_exit_by_system_exit_keeps_its_code(child):
    done = child.run(START + "host.on_event(print); service.drain(); sys.exit(7)")
    assert (done.returncode, done.stderr) == (7, "")


def test_exit_with_a_start_hook_that_never_returns_is_clean(child):
    child.ends_clean(START + """
inside = threading.Event()
hanging = host.add_service("t", start=lambda: (inside.set(), threading.Event().wait()))
hanging.start()
assert inside.wait(20)
""")


def test_exit_with_a_callback_that_runs_for_ever_is_clean(child):
    child.ends_clean(START + """
inside = threading.Event()
def spin(event):
    inside.set()
    while True:
        pass
host.on_event(spin)
service.drain()
assert inside.wait(20)
""")


def test_calls_in_a_later_exit_handler_are_errors(child):
    # Handlers run in reverse: this one, registered before the module was imported, after the module's own.
    code = """
import atexit
def late():
    for call in (service.wait, service.admit, lambda: tidegate.Host("late")):
        try:
            call()
        except tidegate.Error as error:
            print(error.code.label)
    host.close()
atexit.register(late)
""" + START
    assert child.ends_clean(code).split() == ["closing"] * 3


@pytest.mark.parametrize("call", ["service.wait()", "service.wait('stopped', 1000)", "host.wait_for_event(10**9)"])
def test_interrupt_during_a_wait_raises_keyboard_interrupt(child, call):
    assert child.ends_clean(START + f"""
main = threading.main_thread().ident
def wait():
    {call}
def interrupt():  # once the main thread is inside the wait, or on its doorstep
    while sys._current_frames()[main].f_code is not wait.__code__:
        pass
    os.kill(os.getpid(), signal.SIGINT)
in_daemon(interrupt)
try:
    wait()
except KeyboardInterrupt:
    print("interrupted")
assert service.status == tidegate.Status.RUNNING
""") == "interrupted\n"


def test_deadlock_on_purpose_is_found_by_the_time_limit(child):
    # The callback wants a lock that is held by whoever waits for the callback to return: no library can help that. It shows
    # that the limit, which all tests here rely on, finds a hang.
    with pytest.raises(Hung, match="in the callback"):
        child.run(START + """
lock, inside = threading.Lock(), threading.Event()
def callback(event):
    print("in the callback", flush=True)
    inside.set()
    with lock:
        pass
subscription = host.on_event(callback)
with lock:
    service.drain()
    assert inside.wait(20)
    subscription.close()
""", limit=5)


@pytest.mark.parametrize("call", ["host.close()", "with host: pass", "subscription.close()", "with subscription: pass"])
def test_Y4_interrupt_during_a_close_raises_keyboard_interrupt(child, call):
    assert child.ends_clean(START + f"""
go, inside = threading.Event(), threading.Event()
def callback(event):
    inside.set()
    go.wait(20)
subscription = host.on_event(callback)
service.drain()
assert inside.wait(20)
main = threading.main_thread().ident
def close():
    {call}
def interrupt():  # once the main thread is inside the close, or on its doorstep
    while sys._current_frames()[main].f_code is not close.__code__:
        pass
    os.kill(os.getpid(), signal.SIGINT)
in_daemon(interrupt)
try:
    close()
except KeyboardInterrupt:
    print("interrupted")
go.set()
host.close()
""") == "interrupted\n"
