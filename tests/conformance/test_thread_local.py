"""L11: the library can be loaded late, into a process where other libraries took the loader's static thread-local storage."""
import os
import re
import subprocess
import sys

import pytest
from conftest import BUILD

MOST = 64  # bytes; some of them are found without a call on hot paths, which is what static storage is for
LIBRARY = BUILD / "sdk/libtidegate.so.1"
TAKES_1400 = BUILD / "tests/fixtures/static_tls.so"


def module():
    return next((BUILD / "python/tidegate").glob("_tidegate.*.so"))


def thread_local_bytes(library):
    segments = subprocess.run(["readelf", "-lW", str(library)], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^\s+TLS\s+\S+ \S+ \S+ \S+ (\S+)", segments, re.M)
    return int(found.group(1), 16) if found else 0


@pytest.mark.parametrize("library", [LIBRARY, module()], ids=lambda path: path.name.split(".")[0])
def test_L11_library_takes_64_bytes_of_thread_local_storage_at_most(library):
    symbols = subprocess.run(["readelf", "-sWC", str(library)], capture_output=True, text=True).stdout
    assert thread_local_bytes(library) <= MOST, [line for line in symbols.splitlines() if " TLS " in line]


def test_L11_fixture_takes_what_it_says():
    assert thread_local_bytes(TAKES_1400) == 1400
    flags = subprocess.run(["readelf", "-dW", str(TAKES_1400)], capture_output=True, text=True).stdout
    assert "STATIC_TLS" in flags


LOAD = f"import ctypes; assert ctypes.CDLL({str(TAKES_1400)!r}).taken_here() is not None; "
TRIED = {
    "dlopen": LOAD + f"tg = ctypes.CDLL({str(LIBRARY)!r}); assert tg.tg_host_poll(None) < 0",
    "import": LOAD + "import tidegate; host = tidegate.Host('late-' + str(__import__('os').getpid())); host.close()",
}


@pytest.mark.parametrize("way", TRIED)
def test_L11_library_is_loaded_after_one_that_took_1400_bytes(way):
    done = subprocess.run([sys.executable, "-c", TRIED[way]], env={**os.environ, "PYTHONPATH": str(BUILD / "python")},
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
