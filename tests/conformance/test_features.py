"""tests/FEATURES.md and abi/README.md promise nothing without a test."""
import re
import subprocess

from conftest import BUILD, ROOT

FEATURES = (ROOT / "tests/FEATURES.md").read_text()
PROMISES = (ROOT / "abi/README.md").read_text()


def test_every_promise_of_the_abi_names_a_test():
    rows = re.findall(r"^\| TG-A(\d+) \| (.+) \| (.*) \|$", PROMISES, re.M)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1)) and rows
    for number, promise, tests in rows:
        assert promise and "`" in tests, f"TG-A{number}"


def test_every_named_test_is_there():
    listed = subprocess.run(["ctest", "--test-dir", str(BUILD), "-N"], capture_output=True, text=True, check=True).stdout
    gtests = set(re.findall(r"Test +#\d+: (\S+)", listed))
    for suite, name in re.findall(r"`(\w+)\.([A-Z]\w+)`", FEATURES + PROMISES):
        assert f"{suite}.{name}" in gtests, f"{suite}.{name}"
    for file, name in re.findall(r"`(test_\w+\.py)::(\w+)`", FEATURES + PROMISES):
        found = [path for path in (ROOT / "tests").rglob(file)]
        assert found and re.search(rf"^(async )?def {name}\(", found[0].read_text(), re.M), f"{file}::{name}"


def test_every_row_that_says_yes_names_a_test():
    rows = re.findall(r"^\| (.+) \| ([Ypn]) \| (.*) ?\|$", FEATURES, re.M)
    assert len(rows) == 40
    for feature, yes, tests in rows:
        assert (yes == "Y") == ("`" in tests), feature
