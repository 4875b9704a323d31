"""Plugins loaded from Python."""
import hashlib

import pytest
from conftest import event_of

from tidegate import Error, Host, PluginState, Reason, Result


def test_limits_plugin_refuses_one_address_and_not_another(host, service, plugins):
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    with service.admit(peer="192.0.2.1:5060"):
        refused = service.try_admit(peer="192.0.2.1:5061")
        assert (refused.reason, refused.text) == (Reason.POLICY, "this address has its maximum of sessions")
        with service.admit(peer="192.0.2.2:5060"):
            pass
    with service.admit(peer="192.0.2.1:5060"):
        pass


@pytest.mark.parametrize(
    ("config", "said"), [({}, "max_per_peer"), ({"max": 1}, "unknown key"), ({"max_per_peer": "1"}, "/max_per_peer")]
)
def test_plugin_that_does_not_like_its_configuration_is_an_error(host, plugins, config, said):
    with pytest.raises(Error, match=said) as wrong:
        host.load_plugin(str(plugins / "limits.so"), config)
    assert wrong.value.code == Result.E_INVALID


def test_plugin_loaded_twice_is_an_error(host, plugins):
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    with pytest.raises(Error) as twice:
        host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    assert twice.value.code == Result.E_EXISTS


def test_file_that_is_no_plugin_is_an_error(host, tmp_path):
    (tmp_path / "text.so").write_text("no plugin")
    for path in (tmp_path / "text.so", tmp_path / "missing.so", "limits.so"):
        with pytest.raises(Error):
            host.load_plugin(path)


def test_configuration_that_is_no_json_is_refused(host, plugins):
    with pytest.raises(TypeError):
        host.load_plugin(plugins / "limits.so", {"max_per_peer": object()})


def test_plugins_are_listed_in_the_order_they_were_loaded(host, plugins, tmp_path):
    assert host.plugins() == []
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    host.load_plugin(plugins / "filelog.so", {"path": str(tmp_path / "log")})
    limits, filelog = host.plugins()
    assert (limits.id, limits.path, limits.state) == ("org.tidegate.limits", str(plugins / "limits.so"), PluginState.RUNNING)
    assert limits.roles[0] == "tidegate.admission/1" and limits.last_fault is None and filelog.id == "org.tidegate.filelog"


def test_sessions_stay_with_a_plugin_that_is_reloaded(host, service, plugins):
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    with service.admit(peer="192.0.2.1:5060"):
        assert host.reload_plugin("org.tidegate.limits")
        assert service.try_admit(peer="192.0.2.1:5061").reason == Reason.POLICY
        assert host.plugins()[0].sessions == 1
        host.reconfigure_plugin("org.tidegate.limits", {"max_per_peer": 2})
        with service.admit(peer="192.0.2.1:5061"):
            pass
    assert event_of(host, 25181)


def test_plugin_unloaded_is_asked_no_more(host, service, plugins):
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    with service.admit(peer="192.0.2.1:5060"):
        assert host.unload_plugin("org.tidegate.limits")
        assert host.plugins() == []
        with service.admit(peer="192.0.2.1:5061"):
            pass
    for call in (host.unload_plugin, host.reload_plugin):
        with pytest.raises(Error) as gone:
            call("org.tidegate.limits")
        assert gone.value.code == Result.E_NOT_FOUND


def test_pinned_plugin_is_loaded_and_another_is_not(host, plugins):
    digest = hashlib.sha256((plugins / "limits.so").read_bytes()).hexdigest()
    with pytest.raises(Error, match="is not the file that was pinned") as other:
        host.load_plugin(plugins / "limits.so", {"max_per_peer": 1}, sha256="0" * 64)
    assert other.value.code == Result.E_TRUST
    with pytest.raises(Error, match="64 hexadecimal digits") as none:
        host.load_plugin(plugins / "limits.so", {"max_per_peer": 1}, sha256="limits")
    assert none.value.code == Result.E_INVALID
    with pytest.raises(ValueError, match="or None"):
        host.load_plugin(plugins / "limits.so", {"max_per_peer": 1}, sha256="")
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1}, digest.upper())


def test_denied_plugin_is_not_loaded(plugins):
    digest = hashlib.sha256((plugins / "limits.so").read_bytes()).hexdigest()
    for entry in ("org.tidegate.limits", f"sha256:{digest}"):
        with Host("denying", denied_plugins=[entry]) as host:
            with pytest.raises(Error, match="is denied on this host") as denied:
                host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
            assert denied.value.code == Result.E_TRUST and entry in str(denied.value)
    with pytest.raises(Error, match="denies no plugin") as none:
        Host("denying", denied_plugins=["no such id"])
    assert none.value.code == Result.E_INVALID


@pytest.mark.parametrize("wrong", [{"grants": ["everything"]}, {"hook_limit": 0}, {"slow_after": -1}, {"out_for": float("nan")}])
def test_options_that_are_none_are_refused(host, plugins, wrong):
    with pytest.raises(ValueError):
        host.load_plugin(plugins / "limits.so", {"max_per_peer": 1}, **wrong)
    assert host.plugins() == []


def test_metrics_are_those_of_plugins(host, plugins):
    assert host.metrics() == []
    host.load_plugin(plugins / "limits.so", {"max_per_peer": 1})
    assert {metric.plugin for metric in host.metrics()} <= {"org.tidegate.limits"}


def test_Y3_policy_that_hangs_keeps_only_its_own_caller(child, plugins):
    faulty = plugins.parent / "tests" / "fixtures" / "faulty.so"
    child.ends_clean(f"""
import ctypes, os, threading
import tidegate
state = ctypes.create_string_buffer(256)
hanging = ctypes.c_uint32.from_buffer(state, 20)
go_on = ctypes.c_uint32.from_buffer(state, 32)
host = tidegate.Host("child")
service = host.add_service("s")
service.start()
assert service.wait("running", 20)
host.load_plugin({str(faulty)!r}, {{"at": ctypes.addressof(state)}})
threads = [threading.Thread(target=call, kwargs={{"tag": 1}}) for call in (service.admit, service.try_admit)]
for count, thread in enumerate(threads, 1):
    thread.start()
    while hanging.value < count:  # the GIL is free while the policy hangs, or this is never over
        os.sched_yield()
go_on.value = 1
for thread in threads:
    thread.join()
""")
