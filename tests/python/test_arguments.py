"""What is accepted, and how what is not is said."""
import ipaddress
import math
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate import Class, Error, Host, Kind, Refused, Result, Status

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(lambda a: int(a) != 0 or a.version == 4)
PORTS = st.integers(0, 65535)


def peer_of(service, peer):
    with service.admit(peer=peer):
        return service.sessions()[0].peer


def shown(address):
    """What comes back: an IPv4 address inside an IPv6 one is the same peer as the IPv4 address."""
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(address=ADDRESSES, port=PORTS)
def test_peer_in_each_form_comes_back(service, address, port):
    text = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    for form, expected_port in ((text, port), ((str(address), port), port), (str(address), 0)):
        host, back = peer_of(service, form)
        assert (ipaddress.ip_address(host), back) == (shown(address), expected_port)


def test_peer_with_a_zone_keeps_it(service):
    assert peer_of(service, "[fe80::1%lo]:1") == ("fe80::1%1", 1)
    assert peer_of(service, ("fe80::1", 1, 0, 1)) == ("fe80::1%1", 1)


WRONG_PEERS = [
    "", "name.example", "1.2.3", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4: 5", "[::1", "[::1]5060", "::1]:1",
    "[1.2.3.4", "1.2.3.4%lo", "fe80::1%nosuchzone", "1.2.3.4\0", "\udc80", ("1.2.3.4", 2**70), ("1.2.3.4",), ("1.2.3.4", 65536), ("1.2.3.4", -1), 5,
    ("1.2.3.4", "5"), b"1.2.3.4",
]  # fmt: skip


@pytest.mark.parametrize("peer", WRONG_PEERS, ids=repr)
def test_peer_malformed_is_refused(service, peer):
    with pytest.raises((ValueError, TypeError)):
        service.admit(peer=peer)
    assert service.info().sessions == 0


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(peer=st.one_of(st.text(), st.tuples(st.text(), st.integers())))
def test_peer_of_any_text_never_crashes(service, peer):
    try:
        peer_of(service, peer)
    except ValueError:
        pass


@pytest.mark.parametrize("seconds", [0, -1, math.nan, -math.inf])
def test_deadline_not_above_zero_is_refused(service, seconds):
    for call in (service.drain, service.stop):
        with pytest.raises(ValueError, match="deadline is a number of seconds above 0"):
            call(deadline=seconds)
    with pytest.raises(ValueError, match="kill_grace"):
        service.drain(kill_grace=seconds)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seconds=st.floats(min_value=1000, allow_nan=False))
def test_deadline_however_long_is_kept(service, seconds):
    with service.admit():
        service.drain(deadline=seconds)
        left = service.info().deadline_left
        assert left is None if seconds >= 9.2e9 else left == pytest.approx(seconds, abs=60)
        service.resume()


@pytest.mark.parametrize("timeout", [-1, math.nan])
def test_timeout_below_zero_is_refused(host, service, timeout):
    with pytest.raises(ValueError, match="timeout"):
        service.wait(timeout=timeout)
    with pytest.raises(ValueError, match="timeout"):
        host.wait_for_event(0, timeout=timeout)


def test_word_unknown_is_refused_with_those_there_are(service):
    with pytest.raises(ValueError, match="'drained', 'stopped', 'running'"):
        service.wait("paused")
    with pytest.raises(ValueError, match="kind: 'old' is not one of 'new', 'child'"):
        service.admit(kind="old")
    with pytest.raises(TypeError, match="tidegate.Until"):
        service.wait(1.5)
    with pytest.raises(ValueError, match="'steward', 'poll'"):
        Host("x", loop="thread")


@pytest.mark.parametrize("wrong", [2, True, 1.5, None, Status.STOPPED, Class.NORMAL, b"drained", object()], ids=repr)
def test_Y5_enum_takes_its_own_members_and_labels_only(host, service, wrong):
    with pytest.raises(Refused) as refused:
        host.add_service("stopped").admit()
    verdict = refused.value.verdict
    calls = {
        "until": service.wait, "session_class": lambda it: service.admit(session_class=Kind.NEW if it is Class.NORMAL else it),
        "hold": lambda it: service.drain(hold=it), "intent": lambda it: host.drain(intent=it),
        "loop": lambda it: Host("y", loop=it), "log": lambda it: Host("y", log=it),
        "protocol": verdict.response,
    }  # fmt: skip
    for argument, call in calls.items():
        with pytest.raises(TypeError, match=rf"(until|{argument}) is a member of tidegate\.\w+ or one of '"):
            call(wrong)
    if wrong is not None:
        for argument, call in (("kind", lambda: service.admit(kind=wrong)), ("at_deadline", lambda: service.drain(5, at_deadline=wrong))):
            with pytest.raises(TypeError, match=f"{argument} is a member of"):
                call()
    assert service.status == Status.RUNNING and service.info().sessions == 0


def test_child_and_parent_go_together(service):
    with pytest.raises(ValueError, match="needs the ticket"):
        service.admit(kind=Kind.CHILD)
    with service.admit() as parent, pytest.raises(ValueError, match="only a CHILD"):
        service.admit(kind="new", parent=parent)
    with pytest.raises(TypeError, match="parent is"):
        service.admit(parent="1")


def test_tag_out_of_range_is_refused(service):
    for tag in (-1, 2**64):
        with pytest.raises(ValueError, match="tag is a whole number from 0 to 18446744073709551615, not"):
            service.admit(tag=tag)


def test_deadline_with_a_stop_at_once_is_refused(service):
    with pytest.raises(ValueError, match="graceful"):
        service.stop(graceful=False, deadline=1)


def test_hook_that_cannot_be_called_is_refused(host):
    with pytest.raises(TypeError, match="start is a callable or None, not 5"):
        host.add_service("s", start=5)
    with pytest.raises(TypeError, match="callback is a callable"):
        host.on_event(None)
    assert host.services() == []


@pytest.mark.parametrize("name", ["", "a b", ".x", "x" * 64, "a/b", "ü", "a\0b"])
def test_name_not_allowed_is_an_error(host, name):
    for make in (Host, host.add_service):
        with pytest.raises(Error) as wrong:
            make(name)
        assert wrong.value.code == Result.E_INVALID


def test_service_added_twice_is_an_error(host, service):
    with pytest.raises(Error, match="has a service named") as wrong:
        host.add_service(service.name)
    assert wrong.value.code == Result.E_EXISTS
    assert host.service(service.name) == service
    assert len({*host.services(), service}) == 1


def test_service_unknown_is_an_error_that_names_those_there_are(host, service):
    with pytest.raises(Error, match=re.escape(service.name)) as wrong:
        host.service("other")
    assert wrong.value.code == Result.E_NOT_FOUND
