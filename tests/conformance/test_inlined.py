"""A policy in C++ costs the host's indirect call and nothing on top: it becomes the table's function itself."""
import re
import subprocess

import pytest
from conftest import LONG, ROOT

PLUGIN = """#include <tidegate/plugin.hpp>
class Night : public tidegate::plugin::Plugin {
 public:
  using Plugin::Plugin;
  void ask(const Query &query, Answer &answer) {
    if (query.tag() % 2 != 0) answer.refuse("odd sessions come at night");
  }
  void released(const Query &) { ++released_; }

 private:
  unsigned released_ = 0;
};
TIDEGATE_PLUGIN(Night, "com.example.night", "1");
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++-14"] if LONG else ["g++"])
def test_table_calls_nothing_and_keeps_nothing(compiler, tmp_path):
    source, made = tmp_path / "night.cpp", tmp_path / "night.o"
    source.write_text(PLUGIN)
    subprocess.run([compiler, "-std=c++20", "-O2", "-fPIC", "-c", "-I", str(ROOT / "abi/include"), "-I",
                    str(ROOT / "sdk/include"), str(source), "-o", str(made)], check=True)
    shown = subprocess.run(["objdump", "-d", "-C", "--no-show-raw-insn", str(made)], capture_output=True, text=True,
                           check=True).stdout
    for function, most in (("ask", 12), ("released", 4)):
        named = rf"^\w+ <tidegate::plugin::Policy<Night>::{function}\([^\n]*>:\n(.*?)(?:\n\n|\Z)"
        body = re.search(named, shown, re.S | re.M).group(1)
        padding = ("nop", "cs", "xchg", "data16")
        instructions = [name for name in re.findall(r"^ +\w+:\t(\S+)", body, re.M) if not name.startswith(padding)]
        assert not [name for name in instructions if name.startswith(("call", "push", "sub"))], body
        assert len(instructions) <= most, body
