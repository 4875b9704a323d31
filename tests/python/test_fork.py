"""Y2: a child that is forked inside a callback. The thread that it has is the library's, and leads nowhere in the child."""
import pytest

FORK_INSIDE = """
import os, signal, sys, threading, time
import tidegate
where, how, directory = {where!r}, {how!r}, {directory!r}
parent, seen, done = os.getpid(), [], threading.Event()

def in_child():
    signal.alarm(20)
    try:
        service.info()
    except tidegate.Error as error:
        assert error.code == tidegate.Result.E_FORKED, error
    own = tidegate.Host("own")
    calls = own.add_service("t")
    calls.start()
    assert calls.wait("running", 10)
    with calls.admit():
        own.open_control(directory)
    os.write(write, b"ready")
    if how == "close":
        own.close()
    if how == "exit":
        sys.exit(7)
    if how == "raise":
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # which gets the traceback
        raise ValueError("in the child")

def hook(name):
    global write
    if name != where or seen:
        return
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        return in_child()
    assert os.read(read, 5) == b"ready"
    began = time.monotonic()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen.append((code, time.monotonic() - began < 0.5, os.listdir(directory)))
    done.set()

hooks = {{name: lambda *_, name=name: hook(name) for name in ("start", "stop", "close", "notice")}}
host = tidegate.Host("parent")
service = host.add_service("s", describe=lambda *_: hook("describe") or "text", **hooks)
subscription = host.on_event(lambda event: hook("event"))

service.start()
assert service.wait("running", 20)
ticket = service.admit()
if where == "describe":
    service.describe(service.sessions()[0])
if where in ("notice", "close"):
    service.drain(deadline=0.1 if where == "close" else 100, kill_grace=100)
    assert done.wait(20)
ticket.release()
service.stop()
assert service.wait("stopped", 20)
assert done.wait(20)
with tidegate.Host("another") as another:  # the parent goes on, and so does its host
    another.add_service("t").start()
assert host.events()
host.close()
assert os.getpid() == parent
print(seen)
"""

WHERE = ["start", "stop", "close", "notice", "describe", "event"]
CODES = {"return": 0, "close": 0, "exit": 7, "raise": 1}


@pytest.mark.parametrize("how", CODES)
@pytest.mark.parametrize("where", WHERE)
def test_Y2_child_forked_inside_a_callback_exits_at_once_and_leaves_nothing(child, tmp_path, where, how):
    directory = tmp_path / "control"
    directory.mkdir(mode=0o700)
    printed = child.ends_clean(FORK_INSIDE.format(where=where, how=how, directory=str(directory)))
    assert printed == f"[({CODES[how]}, True, [])]\n"
