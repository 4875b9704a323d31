"""What a plugin's author gets wrong in C++ does not compile, and the compiler says what to write."""
import subprocess

import pytest
from conftest import LONG, ROOT

COMPILERS = ["g++", "clang++-14"] if LONG else ["g++"]
GOOD = "public: using Plugin::Plugin; void ask(const Query &, Answer &) {}"


def compile_plugin(folder, compiler, body, declared='TIDEGATE_PLUGIN(It, "com.example.it", "1");'):
    source = folder / "it.cpp"
    source.write_text("#include <tidegate/plugin.hpp>\n"
                      f"class It : public tidegate::plugin::Plugin {{\n{body}\n}};\n{declared}\n")
    return subprocess.run([compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
                           "-Werror", "-fsyntax-only", "-I", str(ROOT / "abi/include"), "-I", str(ROOT / "sdk/include"), str(source)],
                          capture_output=True, text=True)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("body,said", [
    ("public: using Plugin::Plugin; void ask(const Query &) {}", "void ask(const Query &, Answer &)"),
    ("public: using Plugin::Plugin; private: void take(const tg_event &) {}", "'take' must be public"),
    ("public: using Plugin::Plugin; void progress() {}", "void progress(const tg_lifecycle_step &)"),
    ("public: using Plugin::Plugin; static constexpr int schema = 5;", "std::string_view schema"),
    ("public: using Plugin::Plugin; void released(const Query &) {}", "'ask'"),
    ("public: using Plugin::Plugin; static constexpr bool cookies = true;", "cookies"),
    ("public: explicit It(HostView host) : Plugin(host) {}", "using Plugin::Plugin;"),
    ("public: using Plugin::Plugin; static constexpr std::string_view more_roles = \"a.b/1\";", "with extension(role)"),
])
def test_member_that_would_be_left_out_does_not_compile(compiler, body, said, tmp_path):
    result = compile_plugin(tmp_path, compiler, body)
    assert result.returncode != 0 and said in result.stderr


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("text", ["std::string(\"no\").c_str()", "buffer", "std::string_view(\"no\")"])
def test_refusal_whose_text_may_go_does_not_compile(compiler, text, tmp_path):
    body = ("public: using Plugin::Plugin;"
            "void ask(const Query &, Answer &answer) { char buffer[9] = {}; answer.refuse(%s); (void)buffer; }")
    assert compile_plugin(tmp_path, compiler, body % text).returncode != 0
    assert compile_plugin(tmp_path, compiler, body % '"no"').returncode == 0


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("names", ['"com example", "1"', '"", "1"', '"com.example.it", "1 2"', f'"{"x" * 64}", "1"'])
def test_name_that_a_host_would_refuse_does_not_compile(compiler, names, tmp_path):
    assert compile_plugin(tmp_path, compiler, GOOD, f"TIDEGATE_PLUGIN(It, {names});").returncode != 0


@pytest.mark.parametrize("compiler", COMPILERS)
def test_plugin_that_is_right_compiles(compiler, tmp_path):
    assert compile_plugin(tmp_path, compiler, GOOD).stderr == ""
