"""The type stub says what the module has, no more and no less; and everything public is documented."""
import ast
import inspect
from pathlib import Path

import pytest

import tidegate
from tidegate import _tidegate

STUB = ast.parse((Path(tidegate.__file__).parent / "_tidegate.pyi").read_text())
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def public(names):
    return {name for name in names if not name.startswith("_")}


def test_stub_has_the_classes_of_the_module():
    assert set(CLASSES) == {name for name, value in vars(_tidegate).items() if inspect.isclass(value)}
    assert set(CLASSES) <= set(tidegate.__all__) <= set(vars(tidegate))


@pytest.mark.parametrize("name", CLASSES)
def test_stub_has_the_members_of_the_class(name):
    functions = [node for node in CLASSES[name].body if isinstance(node, ast.FunctionDef)]
    real = vars(getattr(tidegate, name))
    assert public(node.name for node in functions) == public(real)
    for node in functions:
        if node.name.startswith("_") or node.decorator_list:
            continue
        arguments = [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
        signature = real[node.name].__doc__.splitlines()[0]
        found = [part.split(":")[0].strip() for part in signature[signature.index("(") + 1 :].split(", ") if ":" in part]
        assert [each for each in found if each in arguments] == arguments, signature


@pytest.mark.parametrize("name", tidegate.__all__)
def test_public_name_is_documented(name):
    value = getattr(tidegate, name)
    assert isinstance(value, str) or value.__doc__


def test_version_is_the_librarys():
    assert tidegate.__version__ == "0.9.0"
