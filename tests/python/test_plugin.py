"""Plugins loaded from Python."""
import pytest

from tidegate import Error, Reason, Result


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
    ("config", "said"), [({}, "max_per_peer"), ({"max": 1}, "unknown key"), ({"max_per_peer": "1"}, "whole number")]
)
def test_plugin_that_does_not_like_its_configuration_is_an_error(host, plugins, config, said):
    with pytest.raises(Error, match=said) as wrong:
        host.load_plugin(str(plugins / "limits.so"), config)
    assert wrong.value.code == Result.E_PLUGIN


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
