"""tests/FEATURES.md promises nothing without a test."""
import re
import subprocess

from conftest import BUILD, ROOT

FEATURES = (ROOT / "tests/FEATURES.md").read_text()


def test_every_named_test_is_there():
    listed = subprocess.run(["ctest", "--test-dir", str(BUILD), "-N"], capture_output=True, text=True, check=True).stdout
    gtests = set(re.findall(r"Test +#\d+: (\S+)", listed))
    for suite, name in re.findall(r"`(\w+)\.([A-Z]\w+)`", FEATURES):
        assert f"{suite}.{name}" in gtests, f"{suite}.{name}"
    for file, name in re.findall(r"`(test_\w+\.py)::(\w+)`", FEATURES):
        found = [path for path in (ROOT / "tests").rglob(file)]
        assert found and re.search(rf"^(async )?def {name}\(", found[0].read_text(), re.M), f"{file}::{name}"


def test_every_row_that_says_yes_names_a_test():
    rows = re.findall(r"^\| (.+) \| ([Ypn]) \| (.*) ?\|$", FEATURES, re.M)
    assert len(rows) == 40
    for feature, yes, tests in rows:
        assert (yes == "Y") == ("`" in tests), feature
