"""What README shows is what works: its C, Python and plugin examples are compiled and run, its commands exist."""
import os
import re
import subprocess
import sys

import pytest
from conftest import BUILD, ROOT

README = (ROOT / "README.md").read_text()
LIMIT = 60


def block(language, containing):
    found = [b for b in re.findall(rf"```{language}\n(.*?)```", README, re.S) if containing in b]
    assert len(found) == 1, f"one {language} block with {containing!r}"
    return found[0]


def compile_and_run(command, program, environment=None):
    subprocess.run([str(part) for part in command], check=True, timeout=LIMIT)
    return subprocess.run(program, capture_output=True, text=True, timeout=LIMIT, env=environment)


def test_c_example(tmp_path):
    source = tmp_path / "example.c"
    source.write_text("#include <stdlib.h>\n#include <tidegate/tidegate.h>\nint main(void) {\n"
                      + block("c", "tg_admit(calls") + "return 0;\n}\n")
    binary = tmp_path / "example"
    result = compile_and_run(
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", source, "-I", ROOT / "abi/include", "-L", BUILD / "sdk",
         f"-Wl,-rpath,{BUILD}/sdk", "-ltidegate", "-o", binary], [str(binary)])
    assert result.returncode == 0, result.stderr
    assert "25049 CALLS" in result.stderr and "25050 CALLS" in result.stderr and "25003 CALLS" in result.stderr


def test_python_example():
    result = subprocess.run([sys.executable, "-c", block("python", "import tidegate")], capture_output=True, text=True,
                            timeout=LIMIT, env={**os.environ, "PYTHONPATH": str(BUILD / "python")})
    assert (result.returncode, result.stderr) == (0, "")
    assert "refused: the service is draining" in result.stdout
    assert "25050" in result.stdout


PLUGIN_HOST = """
#include <stdio.h>
#include <tidegate/tidegate.h>
int main(int argc, char **argv) {
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = TG_STR("readme");
  tg_host *host;
  if (argc < 2 || tg_host_create(&options, &host) < 0) return 1;
  tg_str path = {argv[1], 0};
  while (argv[1][path.len]) ++path.len;
  tg_result result = tg_host_load_plugin(host, path, (tg_str){0, 0});
  tg_service_options service = TG_INIT(tg_service_options);
  service.name = TG_STR("S");
  tg_service *made;
  tg_ticket odd = 0, even = 0;
  tg_request request = TG_INIT(tg_request);
  if (result < 0 || tg_service_create(host, &service, &made) < 0 || tg_service_start(made, 0) < 0) return 2;
  request.tag = 1;
  tg_admit(made, &request, 0, &odd);
  request.tag = 2;
  tg_admit(made, &request, 0, &even);
  printf("%d %d\\n", odd != 0, even != 0);
  tg_release(made, odd);
  tg_release(made, even);
  return tg_host_destroy(host);
}
"""


def plugin_in_c(folder):
    source, library = folder / "plugin.c", folder / "night.so"
    source.write_text(block("c", "TG_PLUGIN"))
    subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-I",
                    str(ROOT / "abi/include"), str(source), "-o", str(library)], check=True, timeout=LIMIT)
    return library


def plugin_in_cpp(folder):
    (folder / "night.cpp").write_text(block("cpp", "TIDEGATE_PLUGIN"))
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(night LANGUAGES CXX)\n"
                                           + block("cmake", "tidegate_add_plugin"))
    subprocess.run(["cmake", "-G", "Ninja", "-S", str(folder), "-B", str(folder / "build"), f"-DCMAKE_PREFIX_PATH={BUILD}",
                    "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror"], check=True, timeout=LIMIT)
    subprocess.run(["cmake", "--build", str(folder / "build")], check=True, timeout=LIMIT)
    return folder / "build/night.so"


@pytest.mark.parametrize("build_plugin", [plugin_in_c, plugin_in_cpp])
def test_plugin_example(build_plugin, tmp_path):
    library = build_plugin(tmp_path)
    host = tmp_path / "host.c"
    host.write_text(PLUGIN_HOST)
    binary = tmp_path / "host"
    result = compile_and_run(["gcc", host, "-I", ROOT / "abi/include", "-L", BUILD / "sdk", f"-Wl,-rpath,{BUILD}/sdk",
                              "-ltidegate", "-o", binary], [str(binary), str(library)])
    assert (result.returncode, result.stdout) == (0, "0 1\n"), result.stderr


@pytest.mark.parametrize("script", ["samples/demo.sh", "tests/run.sh"])
def test_scripts_explain_themselves(script):
    assert script in README
    result = subprocess.run([str(ROOT / script), "--help"], capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 0 and result.stdout.strip()


def test_commands_named_exist():
    help_text = subprocess.run([str(BUILD / "sdk/tools/tidegate/tidegate"), "--help"], capture_output=True, text=True,
                               timeout=LIMIT).stdout
    commands = set(re.findall(r"^  (\w+) {2,}", help_text.split("Subcommands:")[1].split("Example:")[0], re.M))
    named = set(re.findall(r"`tidegate (\w+)", README))
    assert named and named <= commands


def test_folders_named_exist():
    named = re.findall(r"^\| `([\w/.]+)` \|", README, re.M)
    assert len(named) >= 6
    for folder in named:
        assert (ROOT / folder).exists(), folder


def test_demo_output_is_of_this_demo():
    """The shown output has the demo's own words; the figures in it are of the run that it was taken from."""
    shown = next(b for b in re.findall(r"```text\n(.*?)```", README, re.S) if "== " in b)
    demo = (ROOT / "samples/demo.sh").read_text()
    for heading in re.findall(r"^== (.*)$", shown, re.M):
        assert heading in demo, heading
    assert "All of it held." in shown
    assert "BROKEN" not in shown
