"""A vendor's plugins and a server, each a project outside the tree, are built with find_package(tidegate)."""
import struct
import subprocess

import pytest
from conftest import BUILD, LONG

LIMIT = 300
COMPILERS = [("gcc", "g++")] + [("clang-14", "clang++-14")] * LONG

HEAD = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES {languages})
find_package(tidegate {version} CONFIG REQUIRED)
"""

CPP_PLUGIN = """#include <tidegate/plugin.hpp>

/* A symbol that would be unique, and keep the file mapped. */
struct __attribute__((visibility("default"))) Counted {
  static inline int asked = 0;
};

class Night : public tidegate::plugin::Plugin {
 public:
  using Plugin::Plugin;
  void ask(const Query &query, Answer &answer) {
    ++Counted::asked;
    if (query.tag() % 2 != 0) answer.refuse("odd sessions come at night");
  }
  void take(const tg_event &) {}
};
TIDEGATE_PLUGIN(Night, "com.example.night", "1.2");
"""

C_PLUGIN = """#include <tidegate/plugin.h>

static void ask(void *instance, const tg_admission_query *query, tg_admission_answer *answer) {
  (void)instance;
  if (query->tag < 100) return;
  answer->verdict = TG_VERDICT_REFUSED;
  answer->text = TG_STR("three digits are too many");
}
static const tg_admission_policy policy = {.struct_size = sizeof policy, .abi = TG_PLUGIN_ABI, .ask = ask};
static const void *extension(void *instance, tg_str role) {
  (void)instance;
  return role.len == sizeof(TG_ROLE_ADMISSION) - 1 ? &policy : NULL;
}
TG_PLUGIN("com.example.digits", "3", TG_ABI(0, 9), TG_ROLE_ADMISSION, NULL, extension, NULL, NULL, NULL);
"""

SERVER = """#include <fstream>
#include <iostream>
#include <string>
#include <tidegate/host.hpp>

int main(int, char **argv) {
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = TG_STR("outside");
  options.log_format = TG_FORMAT_OFF;
  tg_service_options about = TG_INIT(tg_service_options);
  about.name = TG_STR("S");
  {
    tidegate::Host host(options);
    for (char **path = argv + 1; *path != nullptr; ++path) host.load_plugin(*path);
    const tidegate::Service service = host.add_service(about);
    service.start();
    for (const std::uint64_t tag : {1, 2, 100}) {
      tg_request request = TG_INIT(tg_request);
      request.tag = tag;
      const tidegate::Admitted admitted = service.admit(request);
      std::cout << tag << ": " << (admitted ? "admitted" : tidegate::view(admitted.verdict.text)) << '\\n';
    }
  }
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    for (char **path = argv + 1; *path != nullptr; ++path)
      if (line.find(*path) != std::string::npos) std::cout << "still mapped: " << *path << '\\n';
}
"""


def configure(folder, files, languages="C CXX", version="0.9", found_by=f"-DCMAKE_PREFIX_PATH={BUILD}",
              compilers=COMPILERS[0]):
    for name, text in files.items():
        head = HEAD.format(languages=languages, version=version) if name == "CMakeLists.txt" else ""
        (folder / name).write_text(head + text)
    return subprocess.run(["cmake", "-G", "Ninja", "-S", str(folder), "-B", str(folder / "build"), found_by,
                           f"-DCMAKE_C_COMPILER={compilers[0]}", f"-DCMAKE_CXX_COMPILER={compilers[1]}",
                           "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror"],
                          capture_output=True, text=True, timeout=LIMIT)


def build(folder, files, **how):
    result = configure(folder, files, **how)
    assert result.returncode == 0, result.stderr
    result = subprocess.run(["cmake", "--build", str(folder / "build")], capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 0, result.stdout
    return folder / "build"


@pytest.fixture(scope="module", params=COMPILERS, ids=lambda pair: pair[0])
def compilers(request):
    return request.param


@pytest.fixture(scope="module")
def cpp_plugin(tmp_path_factory, compilers):
    files = {"CMakeLists.txt": "tidegate_add_plugin(night night.cpp)\n", "night.cpp": CPP_PLUGIN}
    return build(tmp_path_factory.mktemp("cpp"), files, languages="CXX", compilers=compilers) / "night.so"


@pytest.fixture(scope="module")
def c_plugin(tmp_path_factory, compilers):
    files = {"CMakeLists.txt": "tidegate_add_plugin(digits digits.c)\n", "digits.c": C_PLUGIN}
    how = {"languages": "C", "found_by": f"-Dtidegate_DIR={BUILD}", "compilers": compilers}
    return build(tmp_path_factory.mktemp("c"), files, **how) / "digits.so"


@pytest.fixture(scope="module")
def server(tmp_path_factory, compilers):
    files = {"CMakeLists.txt": "add_executable(server server.cpp)\n"
                               "target_link_libraries(server PRIVATE tidegate::tidegate tidegate::cpp)\n",
             "server.cpp": SERVER}
    return build(tmp_path_factory.mktemp("server"), files, languages="CXX", compilers=compilers) / "server"


def tool(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def note(plugin, folder):
    """(abi, min_host_abi, id, version, roles) as the file says them."""
    bare = folder / "note.bin"
    tool("objcopy", "-O", "binary", "--only-section=.note.tidegate", plugin, bare)
    content = bare.read_bytes()
    owner_size, size, kind = struct.unpack_from("<3I", content)
    assert (content[12:12 + owner_size], kind, len(content)) == (b"tidegate\0", 1, 24 + size)
    head, abi, oldest, reserved = struct.unpack_from("<4I", content, 24)
    assert (head, reserved) == (16, 0)
    texts = content[24 + head:].split(b"\0")
    assert not any(texts[3:]) and size % 4 == 0
    return abi, oldest, *(text.decode() for text in texts[:3])


def test_server_admits_as_both_plugins_say(server, cpp_plugin, c_plugin):
    assert tool(server) == "1: admitted\n2: admitted\n100: admitted\n"
    assert tool(server, cpp_plugin, c_plugin) == ("1: odd sessions come at night\n2: admitted\n"
                                                  "100: three digits are too many\n")


def test_note_says_who_it_is_and_what_its_class_does(cpp_plugin, c_plugin, tmp_path):
    assert note(cpp_plugin, tmp_path) == (9, 9, "com.example.night", "1.2", "tidegate.admission/1 tidegate.event-sink/1")
    assert note(c_plugin, tmp_path) == (9, 9, "com.example.digits", "3", "tidegate.admission/1")


def test_plugins_export_their_entry_only_and_link_nothing_of_tidegate(cpp_plugin, c_plugin):
    for plugin in (cpp_plugin, c_plugin):
        exported = tool("nm", "-D", "--defined-only", plugin).splitlines()
        assert [line.split()[2] for line in exported] == ["tidegate_plugin_v1"]
        assert "tidegate" not in "".join(line for line in tool("objdump", "-p", plugin).splitlines() if "NEEDED" in line)


def test_plugin_has_no_unique_symbol(cpp_plugin):
    symbols = tool("readelf", "-Ws", cpp_plugin)
    assert "Counted" in symbols and "UNIQUE" not in symbols


def test_symbol_that_nobody_has_is_found_when_it_is_linked(tmp_path):
    files = {"CMakeLists.txt": "tidegate_add_plugin(digits digits.c)\n",
             "digits.c": "void nobody_has_it(void);\n" + C_PLUGIN.replace("(void)instance;", "nobody_has_it();", 1)
                         .replace("void *instance, const", "void *instance __attribute__((unused)), const")}
    assert configure(tmp_path, files, languages="C").returncode == 0
    result = subprocess.run(["cmake", "--build", str(tmp_path / "build")], capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode != 0 and "undefined reference to `nobody_has_it'" in result.stdout


@pytest.mark.parametrize("version", ["1.0", "0.10", "0.8"])
def test_other_version_is_not_found(version, tmp_path):
    result = configure(tmp_path, {"CMakeLists.txt": ""}, languages="NONE", version=version)
    assert result.returncode != 0 and "version: 0.9.0" in result.stderr
