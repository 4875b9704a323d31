"""The interpreter's end at a random moment, and forked children: neither hangs, aborts, nor leaves anything behind."""
import concurrent.futures
import os
import subprocess
import sys

import pytest

# Y1: each thread is a daemon inside one kind of call, over and over, when the interpreter ends.
RANDOM_EXIT = r"""
import random, sys, threading, time
import tidegate
rng = random.Random(int(sys.argv[1]))
host = tidegate.Host("child")
service = host.add_service("s", start=lambda: None, stop=lambda: None, describe=lambda *a: "x")
service.start()
assert service.wait("running", 20)
host.on_event(lambda event: event.text)

def errors():
    host.service("none")
def admissions():
    with service.admit(peer="192.0.2.1:5060"), service.enter():
        service.sessions()
def verdicts():
    service.try_admit().text, str(host.events()[-1])
def drains():
    service.drain(), service.resume()
def waits():
    service.wait("stopped", 0.001)
def long_wait():
    host.wait()
def others():
    with tidegate.Host("other") as other:
        other.add_service("t", stop=lambda: None).start()
def closes():
    host.close()
def subscriptions():
    with host.on_event(print if False else lambda event: None, after=0):
        pass
def mistakes():
    service.wait("nonsense")

def again(call):
    while True:
        try:
            call()
        except (tidegate.Error, tidegate.Refused, ValueError):
            pass
calls = [errors, admissions, verdicts, drains, waits, long_wait, others, closes, subscriptions, mistakes]
for call in rng.sample(calls, 3):
    threading.Thread(target=again, args=(call,), daemon=True).start()
threading.Event().wait(rng.random() * 0.03)  # the moment of the end
"""


def end_of(seed):
    """What was wrong with one exit, or None."""
    try:
        done = subprocess.run([sys.executable, "-c", RANDOM_EXIT, str(seed)], capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return seed, "hung", ""
    return None if (done.returncode, done.stderr) == (0, "") else (seed, done.returncode, done.stderr)


@pytest.mark.timeout(3000)
def test_Y1_exit_at_any_moment_with_daemon_threads_in_any_call_is_clean():
    exits = 5000 if os.environ.get("TIDEGATE_TIER") == "long" else 60
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = [each for each in pool.map(end_of, range(exits)) if each]
    assert wrong == []


FORK = r"""
import os, sys, threading, time
import tidegate
host = tidegate.Host("parent")
service = host.add_service("s")
service.start()
assert service.wait("running", 20)
begun = threading.Event()
def wait(call):
    begun.set()
    call()
for call in (service.wait, host.wait, lambda: host.wait_for_event(10**9)):
    begun.clear()
    threading.Thread(target=wait, args=(call,), daemon=True).start()
    assert begun.wait(20)
def storm():
    while True:
        service.info()
threading.Thread(target=storm, daemon=True).start()
"""


def test_Y2_child_forked_while_threads_wait_exits_at_once_and_leaves_nothing(child, tmp_path):
    child.ends_clean(FORK + f"""
import signal
directory = {str(tmp_path)!r}
for round in range(20):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            service.info()
        except tidegate.Error as error:
            assert error.code == tidegate.Result.E_FORKED
        own = tidegate.Host("own")
        own.add_service("t").start()
        own.open_control(directory)
        os.write(write, b"ready")
        sys.exit(0)
    assert os.read(read, 5) == b"ready"
    began = time.monotonic()
    assert os.waitpid(pid, 0)[1] == 0
    assert time.monotonic() - began < 0.5
    assert os.listdir(directory) == [], os.listdir(directory)
    os.close(read), os.close(write)
service.info()
""")


def test_Y2_child_may_close_its_own_host_and_not_the_parents(child):
    child.ends_clean(FORK + """
pid = os.fork()
if pid == 0:
    with tidegate.Host("own"):
        pass
    for call in (host.close, service.admit, host.wait):
        try:
            call()
        except tidegate.Error as error:
            assert error.code == tidegate.Result.E_FORKED, error
        else:
            os._exit(1)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
with service.admit():
    pass
""")


@pytest.mark.parametrize("first", ["import tidegate; host = tidegate.Host('x')", "pass"])
@pytest.mark.parametrize("isolated", [True, False])
def test_Y6_import_in_a_subinterpreter_is_an_import_error(child, first, isolated):
    inside = """
try:
    import tidegate
except ImportError as error:
    assert "tidegate" in str(error), error
else:
    raise RuntimeError("imported")
"""
    child.ends_clean(f"""
import sys
{first}
if sys.version_info >= (3, 13):  # the module has another name there, and says it otherwise
    import _interpreters as interpreters
    made = interpreters.create({"isolated" if isolated else "legacy"!r})
else:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated={isolated})
interpreters.run_string(made, {inside!r})
interpreters.destroy(made)
import tidegate
with tidegate.Host("y"):
    pass
""")
