"""Plain English: comments and pages name the subject of a sentence by a noun, and not by "whoever", "those that" or "what is"."""
import collections
import os
import re

import pytest
from conftest import ROOT
from test_tree import tracked

NO_NOUN = re.compile(
    r"\b(whoever|nobody|somebody|anybody|those (who|that|are)|"
    r"who (has|is|was|asks|asked|said|says|came|comes|left|are|looks|gets|reads|knows|uses)|one that|ones that|"
    r"what (is|was|has|it|they|comes|came|says|does|others|happens|goes|may|had|will|counts|begins))\b", re.I)
COMMENT = {
    **dict.fromkeys((".c", ".h", ".cpp", ".hpp", ".def", ".pml"), re.compile(r"//.*|/\*.*|^\s*\*.*")),
    **dict.fromkeys((".py", ".pyi", ".sh", ".cmake", ".txt"), re.compile(r"#.*")),
    ".md": re.compile(r".*\S.*"),
}
# Percent of the comment lines of a folder. A folder that is not here has 1; a number here may only fall.
CEILINGS = {
    "bindings/python": 5, "tests": 10, "tests/bench": 7, "tests/conformance": 11, "tests/fixtures": 20, "tests/fuzz": 8,
    "tests/integration": 14, "tests/model": 20, "tests/python": 8.1, "tests/unit/api": 16, "tests/unit/core": 16.1,
    "tests/unit/plugins": 17, "tests/unit/host": 14,
}


def folder_of(path):
    parts = path.split("/")[:-1]
    return "/".join(parts[:3] if parts[:2] in (["sdk", "src"], ["tests", "unit"]) else parts[:2]) or "."


def counted():
    lines, without = collections.Counter(), collections.defaultdict(list)
    for path in tracked():
        comment = COMMENT.get(os.path.splitext(path)[1])
        if comment is None or (ROOT / path).is_symlink() or path == "tests/conformance/test_english.py":
            continue
        for number, line in enumerate((ROOT / path).read_text(errors="replace").splitlines(), 1):
            found = comment.search(line)
            if found is None:
                continue
            lines[folder_of(path)] += 1
            if NO_NOUN.search(found[0]):
                without[folder_of(path)].append(f"{path}:{number}: {line.strip()}")
    return lines, without


LINES, WITHOUT = counted()


@pytest.mark.parametrize("folder", sorted(LINES))
def test_sentences_have_a_noun_as_their_subject(folder):
    percent = 100 * len(WITHOUT[folder]) / LINES[folder]
    allowed = CEILINGS.get(folder, 1)
    assert percent <= allowed, f"{percent:.1f} % of {folder}, {allowed} % are allowed:\n" + "\n".join(WITHOUT[folder])


def test_ceilings_are_of_folders_that_need_them():
    for folder in CEILINGS:
        assert folder in LINES, folder
