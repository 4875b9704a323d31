"""The type stub and the module: the texts of the stub are the module's, which are written once, in C++.

`TIDEGATE_WRITE=1 pytest tests/python/test_stub.py` writes the module's texts into the stub.
"""
from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Union

import tidegate
from tidegate import _tidegate

PATH = Path(tidegate.__file__).parent / "_tidegate.pyi"
Node = Union[ast.ClassDef, ast.FunctionDef]


def classes() -> dict[str, ast.ClassDef]:
    return {node.name: node for node in ast.parse(PATH.read_text()).body if isinstance(node, ast.ClassDef)}


def functions(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef)]


def text_of(name: str, member: str = "") -> str:
    """Returns the module's text about a class or a member of it, without the signature that pybind11 puts before it."""
    if not member:
        return inspect.cleandoc(getattr(_tidegate, name).__doc__ or "")
    found = vars(getattr(_tidegate, name))[member]
    text = found.__doc__ or ""
    return inspect.cleandoc(text if isinstance(found, property) else text.partition("\n")[2].strip())


def documented() -> Iterator[tuple[Node, str, str]]:
    """Each class and public member of the stub, its name, and what the module says about it."""
    for name, node in classes().items():
        yield node, name, text_of(name)
        for function in functions(node):
            if not function.name.startswith("_"):
                yield function, f"{name}.{function.name}", text_of(name, function.name)


def write() -> None:
    lines = PATH.read_text().splitlines()
    for node, _, text in sorted(documented(), key=lambda each: -each[0].lineno):
        assert text and "\\" not in text and '"""' not in text and not text.endswith('"'), text
        literal = textwrap.indent(f'"""{text}' + ('\n"""' if "\n" in text else '"""'), " " * (node.col_offset + 4)).split("\n")
        first = node.body[0]
        if ast.get_docstring(node) is not None:
            lines[first.lineno - 1 : first.end_lineno] = literal
        elif isinstance(node, ast.ClassDef):
            lines[node.lineno : node.lineno] = literal
        else:  # the body is an ellipsis behind the signature
            lines[first.lineno - 1] = lines[first.lineno - 1][: first.col_offset].rstrip()
            lines[first.lineno : first.lineno] = literal
    PATH.write_text("\n".join(lines) + "\n")
