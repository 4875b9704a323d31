"""The tree itself: what is at the top, and that every test runs and none sleeps."""
import re
import subprocess

import pytest
from conftest import BUILD, ROOT

TOP = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "abi", "bindings", "plugins", "samples", "sdk", "tests"}


def tracked(*patterns):
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True,
                            text=True, check=True)
    return listed.stdout.split()


def test_top_level_is_what_was_agreed():
    assert {path.split("/")[0] for path in tracked() if not path.startswith(".")} == TOP


def test_every_gtest_in_the_tree_is_run():
    listed = subprocess.run(["ctest", "--test-dir", str(BUILD), "-N"], capture_output=True, text=True, check=True).stdout
    for path in tracked("tests/unit/*_test.cpp"):
        for suite, name in re.findall(r"^TEST(?:_F)?\((\w+), (\w+)\)", (ROOT / path).read_text(), re.M):
            assert f"{suite}.{name}" in listed, f"{path}: {suite}.{name}"


@pytest.mark.parametrize("pattern", [r"sleep_for", r"usleep\(", r"\btime\.sleep\(", r"GTEST_SKIP", r"DISABLED_", r"pytest\.mark\.skip"])
def test_no_test_sleeps_or_is_left_out(pattern):
    for path in tracked("tests/*.cpp", "tests/*.py", "tests/*.c"):
        if path.endswith("test_tree.py"):
            continue
        assert not re.search(pattern, (ROOT / path).read_text()), path


def test_generated_files_are_not_edited_by_hand_and_folders_have_a_readme():
    for folder in ("abi", "abi/vocabulary", "sdk", "bindings/python", "plugins", "samples", "tests"):
        assert (ROOT / folder / "README.md").exists(), folder
