"""L7: who asks, with real accounts and real sudo: two people who became root are two actors, and who they were is recorded."""
import json

import pytest
from test_trust import people, serve  # noqa: F401 - fixtures


def test_L7_two_people_who_use_sudo_hold_it_each(people, serve):  # noqa: F811
    alice, bob = people["alice"], people["bob"]
    name = serve(alice)
    asking = [["--host", name, "--user", str(alice.uid)], ["--host", name, "--user", str(alice.uid)]]
    assert alice.sudo(*asking[0], "drain", "ECHO", "--reason", "disk").returncode == 0
    assert bob.sudo(*asking[1], "drain", "ECHO", "--reason", "kernel").returncode == 0
    holders = [json.loads(line)["hold"]["actor"] for line in alice.command("--host", name, "holds", "--json").stdout.splitlines()]
    assert holders == [f"{alice.name} as root (tidegate)", f"{bob.name} as root (tidegate)"]
    done = bob.sudo(*asking[1], "resume", "ECHO")
    assert done.returncode == 6 and alice.name in done.stdout, done
    service = json.loads(alice.command("--host", name, "services", "--json").stdout)["services"][0]
    assert service["status"] == "Paused"
    assert bob.sudo(*asking[1], "resume", "ECHO").returncode == 6, "asked again"
    assert alice.sudo(*asking[0], "resume", "ECHO").returncode == 0


def test_L7_peer_is_recorded_beside_what_the_actor_calls_itself(people, serve):  # noqa: F811
    alice = people["alice"]
    name = serve(alice)
    assert alice.command("--host", name, "drain", "ECHO", "--actor", "the pope").returncode == 0
    assert alice.sudo("--host", name, "resume", "ECHO", "--actor", "the pope").returncode == 0
    events = [json.loads(line) for line in alice.command("--host", name, "events", "--json").stdout.splitlines()]
    peers = {event["number"]: event.get("peer_uid") for event in events if event["actor"] == "the pope"}
    assert peers[25049] == alice.uid and peers[25167] == 0
    assert all(event["peer_pid"] > 1 for event in events if event["actor"] == "the pope")
    text = alice.command("--host", name, "events").stdout
    assert f"[by the pope]  [uid {alice.uid}, process " in text


@pytest.mark.parametrize("option, size", [("--actor", 64), ("--reason", 128)])
def test_L7_what_does_not_fit_is_refused(echo, option, size):
    done = echo.command("drain", "ECHO", option, "x" * size)
    assert done.returncode == 1 and f"longer than {size - 1} bytes" in done.stderr, done
    assert echo.service("ECHO")["status"] == "Running"
    assert echo.command("drain", "ECHO", option, "x" * (size - 1)).returncode == 0
