"""Every function and callback of the ABI says on which threads it may be called, in the words of base.h."""
import re

import pytest
from conftest import HEADERS

TAGS = {"any", "control", "worker", "load", "wait"}
STATES = {"created", "running"}  # of a plugin: what it calls and is called by


def comment_before(text, position):
    """The last comment that ends before `position`."""
    end = text.rfind("*/", 0, position)
    return text[text.rfind("/*", 0, end):end]


def declarations(text):
    """Where each function, member that is a function, and type of a callback is declared."""
    for form in (r"^TG_API ", r"^  [\w ]+\*?\(\*\w+\)\(", r"^typedef .*\(\*\w+\)\("):
        yield from (m.start() for m in re.finditer(form, text, re.M))


def complaint(comment, plugin=True):
    """What is wrong with the tag of a comment, or None."""
    said = re.findall(r"Threads:\s*(?:\[([^\]]*)\])?", comment)
    if len(said) != 1:
        return f"{len(said)} tags"
    tag, *states = said[0].split(", ")
    if tag not in TAGS:
        return f"unknown tag '{tag}'"
    if len(states) > 1 or not set(states) <= STATES:
        return f"unknown state '{', '.join(states)}'"
    if states and not plugin:
        return "only a plugin has states"
    return None


def complaints(text, plugin=True):
    return [complaint(comment_before(text, position), plugin) for position in declarations(text)]


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: h.name)
def test_every_function_has_one_tag(header):
    text = header.read_text()
    plugin = header.name == "plugin_host.h" or "ext" in header.parts
    for position in declarations(text):
        wrong = complaint(comment_before(text, position), plugin)
        assert wrong is None, f"{header.name}: {text[position:text.find(chr(10), position)]}: {wrong}"


def test_functions_are_found():
    assert sum(len(list(declarations(header.read_text()))) for header in HEADERS) > 100


@pytest.mark.parametrize("comment,wrong", [
    ("/** Does it. Threads: [any] */", None),
    ("/** Does it.\n *  Threads: [control, running] */", None),
    ("/** Does it. Threads: [control, created] */", None),
    ("/** Does it. Threads: [worker] or the caller's of tg_host_events(). */", None),
    ("/** Does it. */", "0 tags"),
    ("/** Does it. Threads: [any]. Threads: [wait] */", "2 tags"),
    ("/** Does it. Threads: any */", "unknown tag ''"),
    ("/** Does it. Threads: [main] */", "unknown tag 'main'"),
    ("/** Does it. Threads: [any control] */", "unknown tag 'any control'"),
    ("/** Does it. Threads: [control, started] */", "unknown state 'started'"),
    ("/** Does it. Threads: [control, created, running] */", "unknown state 'created, running'"),
])
@pytest.mark.parametrize("declared", ["TG_API tg_result tg_do(void);", "typedef void (*tg_do_fn)(void *user);",
                                      "typedef struct tg_table {\n{comment}\n  void (*do_it)(void *context);\n} tg_table;"])
def test_tag_that_is_not_of_the_grammar_is_noticed(declared, comment, wrong):
    text = declared.replace("{comment}", comment) if "{comment}" in declared else f"{comment}\n{declared}"
    assert complaints(text) == [wrong]


def test_state_outside_plugins_is_noticed():
    text = "/** Does it. Threads: [control, running] */\nTG_API void tg_do(void);"
    assert complaints(text, plugin=False) == ["only a plugin has states"]
