"""The type stub says what the module has, no more and no less; and everything public is documented and typed."""
import inspect
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import stub

import tidegate
from tidegate import _tidegate

CLASSES = stub.classes()
TREE = Path(__file__).parent.parent.parent
BUILT = Path(tidegate.__file__).parent.parent


def public(names):
    return {name for name in names if not name.startswith("_")}


def test_stub_has_the_classes_of_the_module():
    assert set(CLASSES) == {name for name, value in vars(_tidegate).items() if inspect.isclass(value)}
    assert set(CLASSES) <= set(tidegate.__all__) <= set(vars(tidegate))


@pytest.mark.parametrize("name", CLASSES)
def test_stub_has_the_members_of_the_class(name):
    functions = stub.functions(CLASSES[name])
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


def test_Y5_stub_has_the_texts_of_the_module():
    if os.environ.get("TIDEGATE_WRITE") == "1":
        stub.write()
    for node, name, text in stub.documented():
        assert len(text) > 15, f"{name} has no documentation in C++"
        assert stub.ast.get_docstring(node) == text, f"{name}: TIDEGATE_WRITE=1 pytest tests/python/test_stub.py"


def test_Y5_text_of_a_function_tells_of_each_argument():
    untold = []
    for node, name, text in stub.documented():
        if not isinstance(node, stub.ast.FunctionDef):
            continue
        told = [text, stub.text_of("Service"), stub.text_of("Host")]
        if node.name in ("restart", "stop", "resume", "start", "drain", "terminate"):  # each refers to it
            told += [stub.text_of("Service", "drain"), stub.text_of("Host", "drain"), stub.text_of("Service", "resume")]
        if node.name == "try_admit":
            told.append(stub.text_of("Service", "admit"))
        for argument in (each.arg for each in (*node.args.args, *node.args.kwonlyargs) if each.arg != "self"):
            if not re.search(rf"\b{argument}\b", "\n".join(told)):
                untold.append(f"{name}({argument})")
    assert untold == []


def examples():
    """The Python that is documented: programs in the READMEs and the package's text, and what texts show between backticks."""
    ignored = {"build", ".git"}
    for page in sorted(TREE.rglob("*.md")):
        if not ignored & set(page.relative_to(TREE).parts):
            for code in re.findall(r"^```py(?:thon)?\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
                yield str(page.relative_to(TREE)), code if "import tidegate" in code else f"import tidegate\n\n{code}"
    for code in re.findall(r"\n\n((?: {4}.*\n|\n)+)", tidegate.__doc__):
        yield "the package's text", textwrap.dedent(code)
    given = "service: tidegate.Service, host: tidegate.Host, info: tidegate.SessionInfo"
    for _, name, text in stub.documented():
        for code in re.findall(r"`([^`]+: …)`", text) + re.findall(r"\n\n((?: {4}.*\n?)+)", text):
            body = textwrap.indent(textwrap.dedent(code.replace("…", "...")), "    ")
            yield name, f"import tidegate\n\ndef show({given}) -> None:\n{body}\n"


def test_Y5_documented_examples_pass_mypy_strict(tmp_path):
    where = [name for name, _ in examples()]
    assert "README.md" in where and "the package's text" in where and "Service.try_admit" in where
    for number, (name, code) in enumerate(examples()):
        (tmp_path / f"example_{number}.py").write_text(f"# {name}\n{code}")
    # The package is checked too, as it is no installed one.
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, *map(str, sorted(tmp_path.glob("*.py"))),
               *map(str, (BUILT / "tidegate").glob("*.py*"))]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, "MYPYPATH": str(BUILT)}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_Y5_wrong_types_do_not_pass_mypy(tmp_path):
    wrong = [
        "service.wait(tidegate.Status.STOPPED)", "service.admit(peer=5)", "service.drain(deadline='5')", "host.add_service(b'x')",
        "host.close('1')", "service.enter_child(5)", "service.stop(graceful='no')", "host.on_event(lambda: None)",
    ]  # fmt: skip
    text = "import tidegate\n\ndef use(host: tidegate.Host, service: tidegate.Service) -> None:\n" + "".join(f"    {each}\n" for each in wrong)
    (tmp_path / "wrong.py").write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, str(tmp_path / "wrong.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, "MYPYPATH": str(BUILT)}, check=False)
    noticed = {int(line) for line in re.findall(r"wrong\.py:(\d+): error", done.stdout)}
    assert noticed == set(range(4, 4 + len(wrong))), done.stdout


def test_Y5_pyright_finds_all_of_the_package_typed_and_documented():
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--verifytypes", "tidegate", "--ignoreexternal"]
    env = {**os.environ, "PYTHONPATH": str(BUILT), "PYRIGHT_PYTHON_GLOBAL_NODE": "1", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=env, check=False)
    assert done.returncode == 0 and "Type completeness score: 100%" in done.stdout, done.stdout + done.stderr
    for what in ("Functions without docstring: 0", "Functions without default param: 0", "Classes without docstring: 0"):
        assert what in done.stdout, done.stdout


def test_version_is_the_librarys():
    assert tidegate.__version__ == "0.9.0"
