"""Plugins of a server that runs, as an operator sees, replaces and reconfigures them."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest
from conftest import BUILD, LIMIT

LIMITS = "org.tidegate.limits"


class Plugins:
    """A server with plugins, and their files."""

    def __init__(self, server, folder):
        self.server = server
        self.limits = folder / "limits.so"
        self.fifo = folder / "fifo"
        self.writer = None

    def install(self, source, name="limits.so"):
        """As an installer does: beside the old one, then renamed over it."""
        new = self.limits.with_name(".new")
        shutil.copy(source, new)
        new.chmod(0o644)
        new.rename(self.limits.with_name(name))

    def begin(self, *arguments):
        """A command that is not waited for."""
        return subprocess.Popen(self.server.command_line("plugins", *arguments), env=self.server.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def begin_hanging(self):
        """A reload that hangs until let_go(), and is known to."""
        process = self.begin("reload", "waits", "--config", json.dumps({"fifo": str(self.fifo)}))
        assert "com.example.waits is being reloaded" in process.stderr.readline()
        return process

    def let_go(self):
        """Lets all reloads that hang go on, and those that would from now on."""
        self.writer = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)

    def end(self):
        if self.writer is None:
            self.let_go()
        os.close(self.writer)

    def wait_for(self, number):
        control, after = self.server.control(), 0
        while True:
            answer = control.ask("events", after=after, wait=True, timeout_ns=int(LIMIT * 1e9))
            assert answer["events"], f"no event {number}"
            for event in answer["events"]:
                after = event["sequence"]
                if event["number"] == number:
                    control.close()
                    return event

    def limits_info(self):
        return next(p for p in json.loads(self.server.command("plugins", "--json").stdout)["plugins"] if p["id"] == LIMITS)


@pytest.fixture
def plugins(mediation, tmp_path):
    tmp_path.chmod(0o700)
    made = Plugins(None, tmp_path)
    made.install(BUILD / "plugins/limits.so")
    made.install(BUILD / "tests/fixtures/waits.so", "waits.so")
    os.mkfifo(made.fifo)
    made.server = mediation("--plugin", f'{made.limits}={{"max_per_peer": 100}}', "--plugin", tmp_path / "waits.so")
    yield made
    made.end()


# ---- looking ----


def test_plugins_is_a_table(plugins):
    result = plugins.server.command("plugins")
    assert result.returncode == 0
    head, limits, waits = result.stdout.splitlines()
    assert head.split() == ["PLUGIN", "VERSION", "STATE", "SINCE", "ROLES", "SESSIONS", "FAULTS", "MEAN", "MAX", "BEHIND"]
    assert limits.split()[:3] == [LIMITS, "0.9.0", "running"] and "admission" in limits
    assert waits.split()[:3] == ["com.example.waits", "1", "running"]


def test_plugins_json_has_the_file(plugins):
    info = plugins.limits_info()
    assert (info["path"], info["state"], info["last_fault"]) == (str(plugins.limits), "running", "")


def test_metrics_is_a_table(plugins):
    result = plugins.server.command("metrics")
    assert result.returncode == 0
    none = "no plugin has told any figures yet\n"
    assert result.stdout == none or result.stdout.split()[:7] == ["PLUGIN", "NAME", "VALUE", "UNIT", "KIND", "AGE", "HELP"]
    assert plugins.server.command("metrics", "waits").stdout == "no plugin has told any figures yet\n"


# ---- changing ----


def test_reload_takes_the_file_that_is_there_now(plugins):
    plugins.install(BUILD / "plugins/limits.so")
    result = plugins.server.command("plugins", "reload", "limits")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"org\.tidegate\.limits 0\.9\.0 running.* \(\d+(\.\d)? s\)\n", result.stdout)
    assert LIMITS in plugins.wait_for(25181)["text"]


def test_reload_with_another_configuration(plugins):
    assert plugins.server.command("plugins", "reload", LIMITS, "--config", '{"max_per_peer": 3}').returncode == 0
    assert plugins.limits_info()["state"] == "running"


def test_reconfigure_by_text_and_by_file(plugins, tmp_path):
    (tmp_path / "limits.json").write_text('{"max_per_peer": 5}')
    for config in ('{"max_per_peer": 4}', f"@{tmp_path / 'limits.json'}"):
        result = plugins.server.command("plugins", "reconfigure", "limits", "--config", config)
        assert (result.returncode, result.stderr) == (0, "")
    result = plugins.server.command("plugins", "reconfigure", "limits", "--config", "@-", input='{"max_per_peer": 6}')
    assert result.returncode == 0


def test_reload_that_fails_leaves_the_old_one(plugins):
    text = plugins.limits.with_name("text")
    text.write_text("no plugin")
    plugins.install(text)
    result = plugins.server.command("plugins", "reload", "limits")
    assert result.returncode == 1
    assert "is not an ELF file" in result.stderr
    assert plugins.limits_info()["state"] == "running"


def test_reload_of_another_plugins_file_is_refused(plugins):
    plugins.install(BUILD / "tests/fixtures/newer.so")
    assert plugins.server.command("plugins", "reload", "limits").returncode == 1
    assert plugins.limits_info()["version"] == "0.9.0"


@pytest.mark.parametrize("arguments,code,sentence", [
    (["reload", "NOPE"], 1, "no plugin is named \"NOPE\"; loaded: org.tidegate.limits, com.example.waits"),
    (["reload", "tidegate.limits"], 1, "no plugin is named"),
    (["reload"], 2, "NAME is missing; `tidegate plugins reload --help`"),
    (["reconfigure", "limits"], 2, "--config is missing"),
    (["reconfigure", "limits", "--config", "@/nowhere"], 1, "the file /nowhere cannot be read"),
    (["reconfigure", "limits", "--config", "[1]"], 1, "is not a JSON object"),
    (["reconfigure", "limits", "--config", "{\"max_per_peer\": 1, \"max_per_peer\": 2}"], 1, "max_per_peer\" twice"),
    (["reconfigure", "limits", "--config", "{\"max_per_peer\": \"1\"}"], 1, "/max_per_peer: must be of type integer"),
    (["reload", "limits", "--config", "{\"max\": 1}"], 1, "unknown key \"max\""),
    (["reconfigure", "waits", "--config", "{}"], 1, "com.example.waits"),
    (["explode"], 2, "explode"),
])
def test_mistakes_say_what_to_do_and_change_nothing(plugins, arguments, code, sentence):
    result = plugins.server.command("plugins", *arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert sentence in result.stderr
    assert [p["state"] for p in plugins.server.control().ask("plugins")["plugins"]] == ["running", "running"]


@pytest.mark.parametrize("request_", [
    {"verb": "plugin-reload"}, {"verb": "plugin-reload", "id": 7}, {"verb": "plugin-reload", "id": "NOPE"},
    {"verb": "plugin-reload", "id": LIMITS, "path": "/tmp/evil.so"}, {"verb": "plugin-reload", "id": LIMITS, "sha256": "0" * 64},
    {"verb": "plugin-reload", "id": LIMITS, "config": {"max_per_peer": 1}}, {"verb": "plugin-reload", "id": LIMITS, "config": ""},
    {"verb": "plugin-reconfigure", "id": LIMITS}, {"verb": "plugin-reconfigure", "id": LIMITS, "config": "[" * 60000},
    {"verb": "plugin-reload", "id": LIMITS, "config": "{\"a\":" * 5000}, {"verb": "plugins", "id": LIMITS},
    {"verb": "plugin-load", "path": "/tmp/evil.so"}, {"verb": "plugin-unload", "id": LIMITS}, {"verb": "metrics", "id": LIMITS},
], ids=lambda request: json.dumps(request)[:60])
def test_control_garbage_is_answered_with_a_sentence(plugins, request_):
    control = plugins.server.control()
    answer = control.ask(**request_)
    assert answer["ok"] is False and answer["error"]["text"] and answer["error"]["number"] < 0
    assert [p["state"] for p in control.ask("plugins")["plugins"]] == ["running", "running"]
    control.close()


# ---- a plugin that hangs ----


def test_reload_that_hangs_holds_up_nobody(plugins):
    hanging = plugins.begin_hanging()
    for _ in range(3):
        assert plugins.server.command("services").returncode == 0
        assert "com.example.waits" in plugins.server.command("plugins").stdout
    assert plugins.server.command("drain", "RTCMEDSRV").returncode == 0
    assert plugins.server.command("resume", "RTCMEDSRV").returncode == 0
    plugins.let_go()
    out, _ = hanging.communicate(timeout=LIMIT)
    assert hanging.returncode == 0 and out.startswith("com.example.waits 1 running")


def test_interrupt_detaches_and_the_reload_goes_on(plugins):
    hanging = plugins.begin_hanging()
    hanging.send_signal(signal.SIGINT)
    _, err = hanging.communicate(timeout=LIMIT)
    assert hanging.returncode == 130 and "what was asked for goes on" in err
    plugins.let_go()
    assert "com.example.waits" in plugins.wait_for(25181)["text"]


def test_timeout_is_exit_code_4_and_the_reload_goes_on(plugins):
    config = json.dumps({"fifo": str(plugins.fifo)})
    result = plugins.server.command("plugins", "reload", "waits", "--config", config, "--timeout", "50ms")
    assert result.returncode == 4 and "goes on" in result.stderr
    plugins.let_go()
    assert "com.example.waits" in plugins.wait_for(25181)["text"]


def test_fifth_change_at_once_is_busy(plugins):
    waiting = [plugins.begin_hanging() for _ in range(4)]
    result = plugins.server.command("plugins", "reload", "limits")
    assert result.returncode == 1 and "4 changes of plugins are in progress already" in result.stderr
    plugins.let_go()
    for process in waiting:
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0


def test_P1_end_of_the_server_is_not_kept_by_a_reload_that_hangs(plugins):
    hanging = plugins.begin_hanging()
    server = plugins.server
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(LIMIT) is not None, server.output()
    _, err = hanging.communicate(timeout=LIMIT)
    assert hanging.returncode in (1, 3) and ("left behind" in err or "it has ended" in err), err
    with pytest.raises(OSError):
        socket.socket(socket.AF_UNIX).connect(str(server.socket))
