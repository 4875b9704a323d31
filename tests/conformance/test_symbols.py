"""What the libraries export is what the headers document, and nothing else."""
import re
import subprocess

from conftest import BUILD, HEADERS, ROOT


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", str(library)], capture_output=True, text=True, check=True).stdout
    return {line.split()[2].split("@")[0] for line in lines.splitlines() if line.split()[1] != "A"}


def documented():
    names = set()
    for header in HEADERS:
        names |= set(re.findall(r"^TG_API [\w ]+?\*?(tg_\w+)\(", header.read_text(), re.M))
    return names


def sanitizer(names):
    """A sanitizer exports its own; they are not ours."""
    return {name for name in names if re.match(r"_?_?(asan|tsan|ubsan|odr_asan|interceptor|sanitizer)", name)}


def test_library_exports_exactly_what_is_documented():
    names = exported(BUILD / "sdk/libtidegate.so.1")
    assert names - sanitizer(names) == documented()


def test_version_script_is_that_list():
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "sdk/libtidegate.map").read_text(), flags=re.S)
    assert set(re.findall(r"(tg_\w+);", text)) == documented()


def test_plugins_export_their_entry_only():
    for plugin in ("limits", "filelog"):
        assert exported(BUILD / f"plugins/{plugin}.so") == {"tidegate_plugin_v1"}


def test_plugins_have_nothing_that_keeps_them_mapped():
    """Neither a unique symbol of C++ nor a mark that they are never to be unloaded."""
    for plugin in ("limits", "filelog"):
        looked_at = subprocess.run(["readelf", "-Wsd", str(BUILD / f"plugins/{plugin}.so")], capture_output=True, text=True,
                                   check=True).stdout
        assert "tidegate_plugin_v1" in looked_at and "UNIQUE" not in looked_at and "NODELETE" not in looked_at


def test_plugins_link_nothing_of_tidegate():
    for plugin in ("limits", "filelog"):
        needed = subprocess.run(["objdump", "-p", str(BUILD / f"plugins/{plugin}.so")], capture_output=True, text=True).stdout
        assert "tidegate" not in "".join(line for line in needed.splitlines() if "NEEDED" in line)


def test_library_is_called_by_its_major_version():
    head = subprocess.run(["objdump", "-p", str(BUILD / "sdk/libtidegate.so")], capture_output=True, text=True).stdout
    assert re.search(r"SONAME\s+libtidegate\.so\.1\b", head)
