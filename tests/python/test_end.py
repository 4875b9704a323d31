"""Forked children and subinterpreters: neither hangs, aborts, nor leaves anything behind."""
import pytest

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
