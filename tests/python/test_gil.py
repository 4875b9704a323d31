"""Y3: whatever vendors, disks and pipes do, other Python threads go on.

No times are measured: a thing that hangs is let go by another Python thread only, after that has counted, so that a call that kept
the GIL while it waited would never end, and the limit of the child would find it.
"""
import pytest

START = """
import ctypes, os, sys, threading, time
import tidegate

def meanwhile(call, hangs, let_go):
    '''Makes the call on a thread; once it hangs, counts on this one, and lets it go.'''
    raised = []
    def work():
        try:
            call()
        except BaseException as error:
            raised.append(error)
    thread = threading.Thread(target=work)
    thread.start()
    while not hangs():
        os.sched_yield()
    for count in range(100_000):
        assert thread.is_alive(), raised
    let_go()
    thread.join(20)
    assert not thread.is_alive() and not raised, raised
"""

# The plugin waits in the function that `wild.hangs` names until `wild.go_on`.
WILD = """
class Wild(ctypes.Structure):
    _fields_ = [("host", ctypes.c_void_p), ("throws", ctypes.c_char_p), ("hangs", ctypes.c_char_p), ("waiting", ctypes.c_uint32),
                ("go_on", ctypes.c_uint32), ("rest", ctypes.c_char * 1024)]
wild = Wild()

def hang_in(place):
    wild.waiting = wild.go_on = 0
    wild.hangs = place

def let_go():
    wild.hangs = None
    wild.go_on = 1

host = tidegate.Host("child")
service = host.add_service("s")
service.start()
assert service.wait("running", 20)
def load():
    host.load_plugin({wild!r}, {{"at": ctypes.addressof(wild)}}, hang_after=1000, slow_after=1000, hook_limit=1000)
"""


@pytest.fixture
def fixtures(plugins):
    return plugins.parent / "tests" / "fixtures"


CALLS = {
    "admit": ("ask", "", "service.admit()"),
    "try_admit": ("ask", "", "service.try_admit()"),
    "release": ("released", "ticket = service.admit()", "ticket.release()"),
    "exit": ("released", "ticket = service.admit()", "ticket.__exit__(None, None, None)"),
    "del": ("released", "held = [service.admit()]", "held.clear()"),
    "reload": ("start", "", "host.reload_plugin(host.plugins()[0].id)"),
}


@pytest.mark.parametrize("name", CALLS)
def test_Y3_plugin_that_hangs_keeps_only_its_own_caller(child, fixtures, name):
    place, before, call = CALLS[name]
    child.ends_clean(START + WILD.format(wild=str(fixtures / "wild.so")) + f"""
load()
{before}
hang_in({place.encode()!r})
meanwhile(lambda: {call}, lambda: wild.waiting, let_go)
""")


def test_Y3_admission_begun_before_a_policy_is_loaded_and_after(child, fixtures):
    """Threads admit by the fast path while the policy is loaded; from then on it is asked without the GIL."""
    child.ends_clean(START + WILD.format(wild=str(fixtures / "wild.so")) + """
stop = threading.Event()
admitted = [0, 0, 0]
def storm(number):
    while not stop.is_set():
        with service.admit(), service.enter():
            admitted[number] += 1
def more():
    before = list(admitted)
    while any(now == then for now, then in zip(admitted, before)):
        os.sched_yield()
threads = [threading.Thread(target=storm, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
early = service.admit()
more()
for place in (b"create", b"start"):  # the policy is on its way: the plugin's own code runs, and none of the three waits for it
    hang_in(place)
    meanwhile(load, lambda: wild.waiting, lambda: (more(), let_go()))
    if place == b"create":
        assert host.plugins()
        host.unload_plugin(host.plugins()[0].id)
hang_in(b"ask")
while wild.waiting < 1:
    os.sched_yield()
for count in range(100_000):
    pass
let_go()
more()
hang_in(b"released")
while wild.waiting < 1:
    os.sched_yield()
early.release()  # the policy has not admitted it, and is not told
let_go()
more()
stop.set()
for thread in threads:
    thread.join()
assert service.info().sessions == 0
""")


DISK = START + """
stuck = {stuck!r}
def hang():
    open(stuck, "w").close()
def waiting():
    return os.path.exists(stuck + ".waiting")
def let_go():
    os.unlink(stuck)
    os.unlink(stuck + ".waiting")
"""


def test_Y3_disk_that_hangs_keeps_only_its_own_caller(child, fixtures, tmp_path):
    environment = {"LD_PRELOAD": str(fixtures / "stuck_disk.so"), "STUCK_DISK": str(tmp_path / "stuck")}
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    child.ends_clean(DISK.format(stuck=environment["STUCK_DISK"]) + f"""
hosts = []
def make():
    hosts.append(tidegate.Host("child", state_directory={str(state)!r}))
    hosts[0].add_service("s")
    hosts[0].service("s").start()
    hosts[0].service("s").wait("running", 20)
hang()
meanwhile(make, waiting, let_go)
service = hosts[0].service("s")
hang()
meanwhile(service.drain, waiting, let_go)
hang()
meanwhile(service.resume, waiting, let_go)

# While the disk hangs under a drain, the fast path waits for nothing.
hang()
thread = threading.Thread(target=service.drain)
thread.start()
while not waiting():
    os.sched_yield()
for _ in range(1000):
    service.try_admit()
    service.ready
let_go()
thread.join()
hosts[0].close()
""", **environment)


def test_Y3_fast_path_waits_for_no_callback_log_or_disk(child, fixtures, tmp_path):
    """Everything hangs that can: the log's pipe is full, each hook and the subscriber wait, the disk does not answer. The main
    thread admits, releases, enters and leaves all the same, and is the only one that lets them go."""
    environment = {"LD_PRELOAD": str(fixtures / "stuck_disk.so"), "STUCK_DISK": str(tmp_path / "stuck")}
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    child.ends_clean(DISK.format(stuck=environment["STUCK_DISK"]) + f"""
log = {str(tmp_path / "log")!r}
os.mkfifo(log)
reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
inside, go = threading.Semaphore(0), threading.Event()
def hangs(*_):
    inside.release()
    go.wait(25)
host = tidegate.Host("child", log="json", log_path=log, state_directory={str(state)!r})
service = host.add_service("s", close=hangs, notice=hangs, describe=hangs)
other = host.add_service("t", start=hangs)
service.start()
assert service.wait("running", 20)
writer = os.open(log, os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(writer, b"x" * 4096)
except BlockingIOError:
    pass
tickets = [service.admit(tag=tag) for tag in range(100)]
other.start()
host.on_event(hangs, after=0)
threading.Thread(target=lambda: service.describe(service.sessions(1)[0])).start()
for _ in range(3):
    assert inside.acquire(timeout=20)  # the start, the subscriber, the description
service.drain(affinity=True)
assert inside.acquire(timeout=20)  # the notice
hang()
threading.Thread(target=service.resume).start()
while not waiting():
    os.sched_yield()

for _ in range(1000):
    assert not service.try_admit() or service.status == tidegate.Status.RUNNING
    with service.admit(parent=tickets[0]) as ticket, service.enter_child(tickets[1]):
        ticket.idle(), ticket.active(), ticket.acknowledge()
    service.ready
for ticket in tickets:
    ticket.release()

let_go()
go.set()
os.set_blocking(reader, True)
threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(reader, 65536), b"")], daemon=True).start()
os.close(writer)
host.close()
""", **environment)
