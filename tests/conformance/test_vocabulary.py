"""The closed vocabularies: one list each, everything else generated from it."""
import re
import subprocess
import sys

from conftest import ROOT


def test_what_is_generated_is_up_to_date():
    result = subprocess.run([sys.executable, str(ROOT / "abi/vocabulary/generate.py"), "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_event_numbers_keep_their_ranges():
    numbers = [int(n) for n in re.findall(r"^TG_EVENT\(\w+, (\d+)", (ROOT / "abi/vocabulary/events.def").read_text(), re.M)]
    assert [n for n in numbers if 25001 <= n <= 25099] == [25003, 25049, 25050]
    assert all(25100 <= n <= 25199 for n in numbers if n not in (25003, 25049, 25050))
    assert numbers == sorted(numbers)


def test_version_is_said_once():
    cmake = re.search(r"project\(tidegate VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    header = re.search(r'#define TG_VERSION "([\d.]+)"', (ROOT / "abi/include/tidegate/version.h").read_text()).group(1)
    assert cmake == header
