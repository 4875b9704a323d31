"""The interpreter's end at a random moment, with daemon threads in any call: on each CPython that is here.

With TIDEGATE_PYTHONS=all, as `tests/run.sh --long` sets it, 5,000 exits over all CPythons from 3.9 to 3.13 that pyenv has; else 60
of the interpreter that runs the tests.
"""
import concurrent.futures
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import pythons
import test_fork

import tidegate

ALL = os.environ.get("TIDEGATE_PYTHONS") == "all"
EXITS = 5000 if ALL else 60

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


def end_of(python, path, seed):
    """Returns the seed, the code and the standard error of an exit that was not clean, or None."""
    env = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-c", RANDOM_EXIT, str(seed)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    except subprocess.TimeoutExpired:
        return seed, "hung", ""
    return None if (done.returncode, done.stderr) == (0, "") else (seed, done.returncode, done.stderr)


def places():
    """Returns the interpreters to try, each as its version, its path and the folder of its package."""
    found = [(Path(sys.executable), Path(tidegate.__file__).parent.parent)]
    if ALL:
        assert os.environ.get("TIDEGATE_BUILD"), "TIDEGATE_BUILD is the CMake build folder, whose library is used"
        found = [pythons.package_for(python, Path(os.environ["TIDEGATE_BUILD"])) for python in pythons.found()]
    version = "import platform; print(platform.python_version())"
    return [(pythons.run(python, "-c", version).strip(), python, path) for python, path in found]


@pytest.mark.timeout(5000)
def test_Y1_exit_at_any_moment_with_daemon_threads_in_any_call_is_clean(capsys):
    wrong = {}
    here = places()
    for number, (version, python, path) in enumerate(here):
        seeds = range(number, EXITS, len(here))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(lambda seed: end_of(python, path, seed), seeds))
        wrong[version] = [each for each in ended if each]
        with capsys.disabled():
            hung = sum(each[1] == "hung" for each in wrong[version])
            print(f"CPython {version}: {len(seeds)} random exits, {hung} hung, {len(wrong[version]) - hung} not clean")
    assert not any(wrong.values()), wrong


@pytest.mark.timeout(1000)
def test_Y2_child_forked_inside_a_callback_ends_on_each_python(tmp_path, capsys):
    ways = list(itertools.product(test_fork.WHERE, test_fork.CODES)) if ALL else [("event", "exit")]  # the others are in test_fork
    for version, python, path in places():
        for where, how in ways:
            directory = tmp_path / f"{version}-{where}-{how}"
            directory.mkdir(mode=0o700)
            code = test_fork.FORK_INSIDE.format(where=where, how=how, directory=str(directory))
            # Since 3.12 a fork in a process with threads is a warning.
            done = subprocess.run([str(python), "-W", "ignore::DeprecationWarning", "-c", code], capture_output=True, text=True, timeout=60,
                                  check=False, env={**os.environ, "PYTHONPATH": str(path)})  # fmt: skip
            expected = (0, "", f"[({test_fork.CODES[how]}, True, [])]\n")
            assert (done.returncode, done.stderr, done.stdout) == expected, (version, where, how)
        with capsys.disabled():
            print(f"CPython {version}: {len(ways)} children forked inside a callback")
