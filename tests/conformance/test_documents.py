"""The documents name only files, folders and tests that exist: README files, the pages in .github, the lists in abi and tests."""
import json
import re
import subprocess

import pytest
from conftest import BUILD, ROOT
from test_tree import TOP, tracked

DOCUMENTS = [path for path in tracked("*.md") if not (ROOT / path).is_symlink()]
FOLDERS = sorted(name for name in TOP if (ROOT / name).is_dir()) + [".github", ".ci"]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
PATH = re.compile(rf"(?<![\w./-])((?:{'|'.join(map(re.escape, FOLDERS))}|build)/[\w./*-]*[\w/*])")
GTEST = re.compile(r"(?<![\w./])([A-Z]\w*)\.([A-Z]\w*_\w+)")
PYTEST = re.compile(r"\b(test_\w+\.py)(?:::(\w+))?")


def text_of(document):
    return (ROOT / document).read_text()


def all_gtests():
    listed = subprocess.run(["ctest", "--test-dir", str(BUILD), "-N"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"Test +#\d+: (?:\w+/)?(\w+\.\w+)", listed))


def scripts():
    return "\n".join((ROOT / path).read_text() for path in tracked("*.sh", ".ci/run"))


def presets():
    return {preset["name"] for preset in json.loads((ROOT / "CMakePresets.json").read_text())["buildPresets"]}


def missing_path(path):
    """Why a path of a document is wrong, or None. All presets have the same tree, so BUILD stands for each of them."""
    folder, _, rest = path.partition("/")
    if folder != "build":
        return None if (ROOT / path).exists() or any(ROOT.glob(path)) else "no such file"
    name, _, rest = rest.partition("/")
    if name in presets():
        return None if not rest or (BUILD / rest).exists() else f"the build tree has no {rest}"
    return None if re.search(rf"\bbuild/{re.escape(name)}\b", scripts()) else "no preset and no script makes it"


def missing_links(document):
    found = (link for link in LINK.findall(text_of(document)) if "://" not in link)
    return [link for link in found if not ((ROOT / document).parent / link).exists()]


def missing_paths(text):
    return {path: why for path in PATH.findall(text) if (why := missing_path(path))}


def missing_tests(text, gtests):
    wrong = [f"{suite}.{name}" for suite, name in GTEST.findall(text) if f"{suite}.{name}" not in gtests]
    for file, name in PYTEST.findall(text):
        found = [path for path in tracked("tests/*.py") if path.endswith("/" + file)]
        defined = any(re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.M) for path in found)
        if not found or (name and not defined):
            wrong.append(f"{file}::{name}")
    return wrong


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_paths_exist(document):
    assert missing_links(document) == []
    assert missing_paths(text_of(document)) == {}


def test_named_tests_exist():
    gtests = all_gtests()
    for document in DOCUMENTS:
        assert missing_tests(text_of(document), gtests) == [], document


def test_names_without_a_file_or_a_test_are_noticed():
    text = "`tests/none.py` tests/run.sh build/dev/none build/dev/tests/core_tests build/none build/venv sdk/src/core/*.none"
    assert set(missing_paths(text)) == {"tests/none.py", "build/dev/none", "build/none", "sdk/src/core/*.none"}
    named = "`GateTest.None_Such`, `GateTest.Open_LetsInAndCounts`, `test_none.py`, `test_tree.py::test_none`, `test_tree.py`"
    assert missing_tests(named, all_gtests()) == ["GateTest.None_Such", "test_none.py::", "test_tree.py::test_none"]


def test_documents_of_the_repository_are_covered():
    expected = {"README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", "abi/CHANGES.md", "abi/README.md", "tests/FEATURES.md"}
    assert expected <= set(DOCUMENTS)
