"""Every function and callback of the ABI says on which threads it may be called."""
import re

import pytest
from conftest import HEADERS

TAG = re.compile(r"Threads: \[(any|control|worker|load|wait)\]")


def comment_before(text, position):
    """The last comment that ends before `position`."""
    end = text.rfind("*/", 0, position)
    return text[text.rfind("/*", 0, end):end]


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: h.name)
def test_every_function_has_one_tag(header):
    text = header.read_text()
    found = [m.start() for m in re.finditer(r"^TG_API ", text, re.M)]
    found += [m.start() for m in re.finditer(r"^  [\w ]+\*?\(\*\w+\)\(", text, re.M)]
    found += [m.start() for m in re.finditer(r"^typedef .*\(\*\w+\)\(", text, re.M)]
    for position in found:
        comment = comment_before(text, position)
        line = text[position:text.find("\n", position)]
        assert len(TAG.findall(comment)) == 1, f"{header.name}: {line}"
        assert comment.count("Threads:") == 1, f"{header.name}: {line}"
