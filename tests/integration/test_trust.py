"""C1, C2, C3: whom the command believes, what it takes for a host, and where it finds one, with real accounts."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import accounts
import pytest
from conftest import BUILD, LIMIT, free_port

COMMAND = str(BUILD / "sdk/tools/tidegate/tidegate")


def run(*arguments, **env):
    environment = {key: value for key, value in os.environ.items() if key not in ("TIDEGATE_HOST", "SUDO_UID", "SUDO_USER")}
    return subprocess.run([COMMAND, *arguments], env={**environment, **env}, capture_output=True, text=True, timeout=LIMIT)


# ---- impostors: processes of our own user that answer as no host does ----

IMPOSTOR = r"""
import os, socket, sys, time
path, how = sys.argv[1], sys.argv[2]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, int(sys.argv[3], 8) if len(sys.argv) > 3 else 0o600)
listener.listen(8)
print("ready", flush=True)
kept = []
while True:
    client, _ = listener.accept()
    kept.append(client)
    try:
        if how == "closes":
            client.close()
            continue
        if how == "mute":
            continue
        while how not in ("endless", "trickle", "middle") and client.recv(65536):
            client.sendall(how.encode("utf-8", "surrogateescape") + b"\n")
        if how == "endless":
            while True:
                client.sendall(b"x" * 1000000)
        if how == "trickle":
            client.sendall(b'{"ok":true')
            continue
        if how == "middle":
            client.sendall(b'{"ok":true,"serv')
            client.close()
            continue
    except OSError:
        pass
"""


@pytest.fixture
def impostor():
    """impostor(how, mode="0600", account=None) -> the path of its socket"""
    folder = tempfile.mkdtemp(prefix="tg")
    processes = []

    def begin(how, mode="0600", account=None, at=None):
        path = at or f"{folder}/control.sock"
        line = ["/usr/bin/python3", "-c", IMPOSTOR, path, how, mode]
        process = account.start(line, stdout=subprocess.PIPE) if account else subprocess.Popen(line, stdout=subprocess.PIPE)
        processes.append(process)
        assert process.stdout.readline() == b"ready\n"
        return path

    yield begin
    for process in processes:
        process.kill()
        process.wait(LIMIT)
        process.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)


WRONG = ["", "?", "[]", "null", "5", '"ok"', "{}", '{"ok":1}', '{"ok":"yes"}', '{"ok":true}', '{"ok":true,"services":7}',
         '{"ok":true,"services":[7]}', '{"ok":true,"services":[{}]}', '{"ok":true,"services":[{"name":7,"status":[]}]}',
         '{"ok":true,"last":"x","services":null,"events":5,"sessions":"x","plugins":{},"metrics":3}',
         '{"ok":true,"last":-1,"events":[{"sequence":"x"}],"sessions":[3],"service":[],"services":[{"holds":[5]}]}',
         '{"ok":false}', '{"ok":false,"error":"no"}', '{"ok":false,"error":{"number":"x","text":5}}', "\x01\xff", "[" * 10000]
FOREIGN_TEXTS = ("json.exception", "basic_string", "std::", "terminate called", "type must be", "filesystem error")


@pytest.mark.parametrize("arguments", [
    ["services"], ["stop", "A", "--graceful"], ["drain", "A", "--timeout", "1s"], ["events"], ["sessions", "A"], ["blockers", "A"],
    ["holds"], ["plugins"], ["metrics"], ["wait", "A", "--until", "drained"], ["plugins", "reload", "x"], ["resume", "A"],
], ids=lambda arguments: "-".join(arguments))
def test_C1_C8_answer_of_no_host_is_said_to_be_one(impostor, arguments):
    for how in WRONG:
        with tempfile.TemporaryDirectory(prefix="tg") as folder:
            path = impostor(how, at=f"{folder}/control.sock")
            for json_too in ([], ["--json"]):
                done = run("--socket", path, *json_too, *arguments)
                said = done.stdout + done.stderr
                assert done.returncode in (0, 1, 3), (how, done)
                assert done.returncode != 0 or how.startswith('{"ok":true'), (how, done)
                assert not any(text in said for text in FOREIGN_TEXTS), (how, said)
                if done.returncode != 0 and not json_too:
                    assert done.stderr.startswith("tidegate: "), (how, done)


@pytest.mark.parametrize("how, code, said", [
    ("closes", 3, "closed the connection"), ("middle", 3, "in the middle of an answer"), ("endless", 3, "no end"),
    ("mute", 4, "has not answered for 10 s"), ("trickle", 4, "has not answered for 10 s"),
])
def test_C1_one_that_never_answers_well_is_given_up(impostor, how, code, said):
    done = run("--socket", impostor(how), "stop", "A", "--graceful")
    assert done.returncode == code and said in done.stderr, done
    assert ("may still be carried out" in done.stderr) == (code == 4), "C6: what was asked may be done later"


@pytest.mark.parametrize("mode", ["0666", "0620", "0602"])
def test_C1_socket_that_others_may_write_to_is_not_believed(impostor, mode):
    done = run("--socket", impostor('{"ok":true,"services":[]}', mode), "services")
    assert done.returncode == 3 and "may be written to by others" in done.stderr, done


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702])
@pytest.mark.parametrize("depth", [0, 1])
def test_C1_folder_that_others_may_write_to_is_not_believed(impostor, mode, depth):
    with tempfile.TemporaryDirectory(prefix="tg") as top:
        folder = pathlib.Path(top) / "a" / "b"
        folder.mkdir(parents=True, mode=0o700)
        path = impostor('{"ok":true,"services":[]}', at=f"{folder}/control.sock")
        assert run("--socket", path, "services").returncode == 0
        (folder if depth == 0 else folder.parent).chmod(mode)
        done = run("--socket", path, "services")
        assert done.returncode == 3 and "may be written to by others" in done.stderr, done


def test_C2_socket_that_nobody_answers_behind_is_no_host(impostor):
    with tempfile.TemporaryDirectory(prefix="tg") as runtime:
        folder = pathlib.Path(runtime) / "tidegate" / "gone"
        folder.mkdir(parents=True, mode=0o700)
        left = socket.socket(socket.AF_UNIX)
        left.bind(f"{folder}/control.sock")
        os.chmod(f"{folder}/control.sock", 0o600)
        left.close()
        done = run("--host", "gone", "services", XDG_RUNTIME_DIR=runtime)
        assert done.returncode == 3
        assert "nobody listens" in done.stderr and f"{runtime}/tidegate" in done.stderr
        listed = json.loads(run("hosts", "--json", XDG_RUNTIME_DIR=runtime).stdout)
        assert [h["state"] for h in listed["hosts"] if h["host"] == "gone"] == ["dead"]
        assert f"{runtime}/tidegate" in listed["looked_in"]


LEAVES_A_CHILD = r"""
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o600)
listener.listen(8)
if os.fork() == 0:
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)
os._exit(1)
"""


def test_C2_L10_child_of_a_crashed_host_is_no_host():
    with tempfile.TemporaryDirectory(prefix="tg") as folder:
        path = f"{folder}/control.sock"
        with subprocess.Popen(["/usr/bin/python3", "-c", LEAVES_A_CHILD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
            assert it.stdout.readline() == b"ready\n"
            it.wait(LIMIT)
            done = run("--socket", path, "services")
            assert done.returncode == 3 and "has ended; a child of it keeps the socket" in done.stderr, done
            it.stdin.close()


def test_C2_one_that_hangs_is_said_to(echo):
    os.kill(echo.process.pid, signal.SIGSTOP)
    try:
        listed = json.loads(run("hosts", "--json", XDG_RUNTIME_DIR=echo.environment["XDG_RUNTIME_DIR"]).stdout)
        assert [h["state"] for h in listed["hosts"] if h["host"] == echo.name] == ["hangs"]
    finally:
        os.kill(echo.process.pid, signal.SIGCONT)


def test_C2_hosts_lists_who_answers(echo):
    listed = json.loads(run("hosts", "--json", XDG_RUNTIME_DIR=echo.environment["XDG_RUNTIME_DIR"]).stdout)
    mine = next(h for h in listed["hosts"] if h["host"] == echo.name)
    assert mine["state"] == "live" and mine["uid"] == os.geteuid() and mine["pid"] == echo.process.pid
    assert mine["services"] == 1 and mine["socket"] == str(echo.socket)
    table = echo.command("hosts").stdout
    assert table.split()[:6] == ["HOST", "STATE", "USER", "PID", "SERVICES", "SOCKET"]
    assert "1 of 1 Running" in table


# ---- L10: what happens around a host that runs ----


def wait_until_answered(server, seconds):
    """Returns how long it took until the host was reached again."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            control = server.control()
            assert control.ask("services")["ok"]
            control.close()
            return time.monotonic() - began
        except OSError:
            try:
                server.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
    raise AssertionError(f"not reached within {seconds} s")


@pytest.mark.parametrize("removed", ["socket", "lock", "folder", "replaced"])
def test_L10_socket_that_was_removed_is_made_again_within_5_s(echo, removed):
    folder = echo.socket.parent
    if removed == "folder":
        shutil.rmtree(folder)
    elif removed == "replaced":
        echo.socket.unlink()
        other = socket.socket(socket.AF_UNIX)
        other.bind(str(echo.socket))
        other.close()
    else:
        (echo.socket if removed == "socket" else folder / "control.lock").unlink()
    if removed != "lock":
        assert wait_until_answered(echo, 5.0) < 5.0
    assert echo.command("services").returncode == 0
    assert oct(echo.socket.stat().st_mode & 0o777) == "0o600" and oct(folder.stat().st_mode & 0o777) == "0o700"


def test_L10_crashed_host_is_followed_by_another(start, unique_name):
    first = start("echo", free_port(), unique_name, name=unique_name)
    first.process.kill()
    first.process.wait(LIMIT)
    assert first.socket.exists(), "what a crash leaves"
    second = start("echo", free_port(), unique_name, name=unique_name)
    assert second.command("services").returncode == 0


def test_L10_second_host_of_a_name_names_the_process_of_the_first(echo):
    done = subprocess.run([str(BUILD / "samples/echo/echo"), str(free_port()), echo.name], env=echo.environment, capture_output=True,
                          text=True, timeout=LIMIT)
    assert done.returncode != 0 and f"already, by process {echo.process.pid}" in done.stderr, done


# ---- real accounts ----


@pytest.fixture(scope="module")
def people():
    """alice and bob, who may use sudo, and a service's user whose home does not exist."""
    if os.geteuid() != 0:
        pytest.skip("accounts are made and used by root only: run tests/run.sh as root, as CI does")
    programs = accounts.make_programs()
    suffix = str(os.getpid())
    names = {"alice": ["--create-home"], "bob": ["--create-home"], "daemon": ["--no-create-home", "--home-dir", "/nonexistent"]}
    made = {}
    try:
        for name, options in names.items():
            accounts.make(f"tg{name}{suffix}", *options)
            made[name] = accounts.Account(f"tg{name}{suffix}", programs)
        accounts.SUDOERS.write_text("".join(f"tg{name}{suffix} ALL=(ALL) NOPASSWD: ALL\n" for name in ("alice", "bob")))
        accounts.SUDOERS.chmod(0o440)
        yield made
    finally:
        accounts.SUDOERS.unlink(missing_ok=True)
        for account in made.values():
            accounts.remove(account)
            for left in pathlib.Path("/tmp").glob(f"tidegate-{account.uid}*"):
                shutil.rmtree(left, ignore_errors=True)
        shutil.rmtree(programs, ignore_errors=True)


@pytest.fixture
def serve(people):
    """serve(account, **environment) -> the name of a host that the account runs"""
    begun = []

    def begin(account, **environment):
        name = f"test-{os.getpid()}-{len(begun)}-{account.name}"
        process = account.start([account.programs / "echo", free_port(), name], env=environment, stderr=subprocess.PIPE, text=True)
        begun.append(process)
        for _ in range(int(LIMIT * 20)):
            if process.poll() is not None:
                raise AssertionError(process.stderr.read())
            if account.command("--host", name, "services", **environment).returncode == 0:
                return name
        raise AssertionError("the host is not found by its own user")

    yield begin
    for process in begun:
        process.kill()
        process.wait(LIMIT)
        process.stderr.close()


@pytest.fixture
def planted(people, impostor):
    """planted(victim) -> bob was first at /tmp/tidegate-UID of the victim, with a host that says it has stopped."""
    folders = []

    def plant(victim, host="east"):
        bob = people["bob"]
        folder = f"/tmp/tidegate-{victim.uid}"
        bob.run("/bin/mkdir", "-p", f"{folder}/{host}")
        folders.append(folder)
        stopped = {"name": "A", "status": "Stopped", "phase": "none", "activity": "Calls",
                   "outcome": {"reached": True, "end": "reached", "text": "A Stopped"}}
        return impostor(json.dumps({"ok": True, "last": 0, "events": [], "service": stopped, "services": [stopped]}), account=bob,
                        at=f"{folder}/{host}/control.sock")

    yield plant
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("who", ["alice", "daemon"])
def test_C1_planted_host_is_not_believed(people, planted, who):
    path = planted(people[who])
    for more in ([], ["--host", "east"], ["--socket", path]):
        done = people[who].command(*more, "stop", "A", "--graceful")
        assert done.returncode == 3 and done.stdout == "", done
        assert people["bob"].name in done.stderr, "whose it is"
    done = run("--host", "east", "stop", "A", "--graceful")
    assert done.returncode == 3 and done.stdout == "" and people["bob"].name in done.stderr, done
    listed = json.loads(people[who].command("hosts", "--json").stdout)["hosts"]
    assert [h["state"] for h in listed if h["socket"] == path] == ["foreign"]


def test_C1_planted_host_is_believed_by_who_asks_for_its_user(people, planted):
    path = planted(people["alice"])
    folder = pathlib.Path(path).parent.parent
    assert run("--user", people["bob"].name, "--host", "east", "stop", "A", "--graceful").returncode == 0
    assert run("--user", people["alice"].name, "--host", "east", "stop", "A", "--graceful").returncode == 3
    assert folder.exists()


@pytest.mark.parametrize("who", ["alice", "daemon"])
def test_C1_planted_folder_keeps_no_server_from_starting(people, planted, serve, who):
    planted(people[who])
    name = serve(people[who])
    assert people[who].command("services").returncode == 0, "the only one that is believed"
    assert people[who].command("--host", name, "stop", "ECHO", "--graceful").returncode == 0


def test_C1_runtime_directory_of_somebody_else_is_passed_over(people, serve):
    with tempfile.TemporaryDirectory(prefix="tg") as runtime:  # root's, as it stays in the environment after su
        os.chmod(runtime, 0o777)
        name = serve(people["alice"], XDG_RUNTIME_DIR=runtime)
        assert not os.path.exists(f"{runtime}/tidegate")
        assert people["alice"].command("--host", name, "services").returncode == 0


@pytest.mark.parametrize("place", ["runtime", "home", "temporary"])
def test_C3_host_is_found_from_every_login(people, serve, place):
    account = people["daemon" if place == "temporary" else "alice"]
    with tempfile.TemporaryDirectory(prefix="tg") as runtime:
        os.chown(runtime, account.uid, account.gid)
        name = serve(account, **({"XDG_RUNTIME_DIR": runtime} if place == "runtime" else {}))
        for environment in ({}, {"XDG_RUNTIME_DIR": "/nowhere"}, {"XDG_RUNTIME_DIR": "/run/user/0"}, {"HOME": "/"}):
            assert account.command("--host", name, "services", **environment).returncode == 0, environment
        done = run("--host", name, "services")
        assert done.returncode == 3 and f"--user {account.uid}" in done.stderr, "root is told what to add"
        assert run("--host", name, "--user", account.name, "services").returncode == 0
        assert run("--host", name, "services", TIDEGATE_USER=str(account.uid)).returncode == 0
        state = {h["host"]: h["state"] for h in json.loads(run("hosts", "--json").stdout)["hosts"]}
        assert state[name] == "foreign"
        other = people["bob"].command("--host", name, "services")
        assert other.returncode == 3 and name in other.stderr
        if place != "temporary":
            assert account.sudo("--host", name, "services").returncode == 0, "the user who calls sudo is no stranger to himself"


def test_C3_where_it_looked_and_what_it_saw_is_said(people):
    done = people["daemon"].command("services")
    assert done.returncode == 3
    for place in (f"/run/user/{people['daemon'].uid}/tidegate", f"/tmp/tidegate-{people['daemon'].uid}", "/run/tidegate", "bound"):
        assert place in done.stderr, done.stderr


def test_L10_host_whose_runtime_directory_is_removed_at_logout_is_found_again(people, serve):
    alice = people["alice"]
    runtime = tempfile.mkdtemp(prefix="tg")
    os.chown(runtime, alice.uid, alice.gid)
    name = serve(alice, XDG_RUNTIME_DIR=runtime)
    shutil.rmtree(runtime)
    began = time.monotonic()
    while alice.command("--host", name, "services").returncode != 0:
        assert time.monotonic() - began < 5, "not found again within 5 s"
    listed = json.loads(alice.command("--host", name, "hosts", "--json").stdout)["hosts"]
    assert f"{alice.home}/.local/state/tidegate/{name}/control.sock" in [h["socket"] for h in listed if h["state"] == "live"]


def test_C2_C8_names_that_are_no_text_harm_neither_json_nor_the_terminal():
    with tempfile.TemporaryDirectory(prefix="tg") as runtime:
        folder = os.fsencode(f"{runtime}/tidegate/") + b"\xff\x1b[31mred"
        os.makedirs(folder, mode=0o700)
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(folder + b"/control.sock")
        listed = json.loads(run("hosts", "--json", XDG_RUNTIME_DIR=runtime).stdout)["hosts"]
        assert any(h["host"].endswith("[31mred") and h["state"] == "dead" for h in listed)
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        for arguments in ([b"hosts"], [b"--host", b"nobody-of-that-name", b"services"], [b"--host", b"\xff\x1b[31m", b"services"]):
            done = subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, timeout=LIMIT)
            assert b"\x1b" not in done.stdout + done.stderr
        done = subprocess.run([COMMAND, "--json", "--host", b"\xff", "services"], env=environment, capture_output=True, timeout=LIMIT)
        assert done.returncode == 3 and json.loads(done.stdout)["error"]["code"] == "no-host"
