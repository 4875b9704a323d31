"""Y5: every argument of every callable of the module, as the type stub lists them, with every value that is none for it."""
import ast
import itertools
import math
import os
import unicodedata
from datetime import datetime
from pathlib import Path

import pytest
import stub
from conftest import LIMIT, running

import tidegate

CLASSES = stub.classes()


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no repr")


class OddlyShown:
    def __repr__(self):
        return "\ud800" * 1000


class Below:
    def __index__(self):
        return -1

    __float__ = lambda self: -1.0  # noqa: E731


class NotANumber:
    def __float__(self):
        return math.nan


ANYTHING = [object(), Unshowable(), OddlyShown(), {1}, print, tidegate.Host, type, ..., 1j, b"\xff\xfe", bytearray(b"x"), memoryview(b"x")]
NUMBERS = [0, 5, -1, 2**70, 10**5000, 1.5, math.inf, True, False]
TEXTS = ["drained ", "", "\ud800", "\0", "no such thing", "x" * 100_000]
ENUMS = [tidegate.Status.STOPPED, tidegate.Result.OK]
LISTS = [[], ["x"], (), {}, {"x": 1}]
NONE = [None]
WHOLE = [*ANYTHING, "5", "", b"5", 1.5, math.nan, math.inf, True, False, -1, 2**64, 2**70, 10**5000, Below(), NotANumber(), [], {}]
SECONDS = [*ANYTHING, *TEXTS, *LISTS, "5", True, False, -1, -0.001, math.nan, -math.inf, -(2**70), 10**5000, -(10**5000), Below(), NotANumber()]
TEXT = [*ANYTHING, *NUMBERS, *LISTS, b"x", "\ud800", "x\udc80", os.fsdecode(b"\xff")]
PATH = [*(value for value in ANYTHING if not isinstance(value, bytes)), *NUMBERS, *LISTS, "", b"", "/x\0", b"/x\0", "/\ud800", Path("/x\0")]
ITERABLES = [*(value for value in ANYTHING if value != {1}), *NUMBERS, "x", b"x", {"x": 1}, [5], ["x", None], [b"x"], ["\ud800"], {1}, [["x"]]]
CALLABLE = [*(value for value in ANYTHING if not callable(value)), *NUMBERS, *TEXTS, *LISTS]
MOMENT = [*ANYTHING, *TEXTS, *LISTS, True, False, 0, -1, math.nan, math.inf, 1e10, 10**5000, datetime.min, datetime.max, Below(), NotANumber()]
NOT_OURS = [*ANYTHING, *NUMBERS, *TEXTS, *LISTS, *ENUMS]
DEEP: list = []
for _ in range(100_000):
    DEEP = [DEEP]
CONFIG = [*ANYTHING, *NUMBERS, *TEXTS, [], ["x"], (), {"x": object()}, {"x": math.nan}, {(1, 2): 1}, {"x": b"x"}, {"x": DEEP}]
DRAIN = [*ANYTHING, *NUMBERS, *TEXTS, [], ["x"], (), {"deadline": "5"}, {"deadline": True}, {5: 5}, {"\ud800": 1}, {"hold": "none"}, {"announce": 1},
         {"at_deadline": tidegate.Status.STOPPED}, {"redirect": b"x"}, {"quiet": -1}, {Unshowable(): 1}]  # fmt: skip
PEER = [*ANYTHING, *NUMBERS, *TEXTS, *LISTS, ("192.0.2.1", True), ("192.0.2.1", 2**70), (b"192.0.2.1", 5), ("\ud800", 1), ("192.0.2.1", 1, 2)]

# Values that each annotation of the stub must refuse.
REFUSED = {
    "str": TEXT + NONE,
    "Optional[str]": TEXT,
    "bool": [*ANYTHING, *TEXTS, *LISTS, *ENUMS, 0, 1, 2**70, 1.0, math.nan, *NONE],
    "int": WHOLE + NONE,
    "Optional[int]": WHOLE,
    "Optional[float]": SECONDS,
    "_Path": PATH + NONE,
    "Optional[_Path]": PATH,
    "Iterable[str]": ITERABLES + NONE,
    "Optional[Iterable[str]]": [*ITERABLES, []],
    "Union[datetime, float, None]": MOMENT,
    "Optional[dict[str, Any]]": CONFIG,
    "dict[str, Any]": CONFIG + NONE,
    "_Peer": PEER,
    "Union[Ticket, int, None]": WHOLE,
    "Ticket": NOT_OURS + NONE,
    "Service": NOT_OURS + NONE,
    "SessionInfo": NOT_OURS + NONE,
    "Callable[[Event], object]": CALLABLE + NONE,
}
ENUM = [*ANYTHING, *NUMBERS, *TEXTS, *LISTS, *ENUMS]


def refused_by(argument):
    annotation = ast.unparse(argument.annotation)
    if argument.arg == "drain":
        return DRAIN
    if annotation.startswith("Optional[Callable["):
        return CALLABLE
    if annotation.startswith("Union[") and ", str" in annotation:  # a member of an enum or its label
        return ENUM + ([] if "None" in annotation else NONE)
    assert annotation in REFUSED, f"no hostile values for {argument.arg}: {annotation}"
    return REFUSED[annotation]


def arguments_of(function):
    both = function.args.args + function.args.kwonlyargs
    return [each for each in both if each.arg != "self"]


CALLS = [
    (name, function, argument)
    for name in CLASSES
    for function in stub.functions(CLASSES[name])
    if function.name not in ("__exit__", "__eq__")
    for argument in arguments_of(function)
]


@pytest.fixture
def objects(host, plugins, tmp_path):
    """One object of each class, of a host that lives."""
    service = running(host, "RTCMEDSRV")
    other = host.add_service("REPLICA")
    with pytest.raises(tidegate.Refused) as refused:
        other.admit()
    service.drain()
    hold = service.holds()[0]
    service.resume()
    host.load_plugin(plugins.parent / "tests" / "fixtures" / "figures.so")  # it has metrics
    verdict = refused.value.verdict
    with service.admit() as ticket, service.enter() as entry:
        yield {
            "Host": host, "Service": service, "Ticket": ticket, "Entry": entry, "Verdict": verdict, "Hold": hold,
            "Response": verdict.response("http"), "Event": host.events()[0], "Subscription": host.on_event(lambda event: None),
            "Control": host.open_control(tmp_path), "ServiceInfo": service.info(), "SessionInfo": service.sessions()[0],
            "PluginInfo": host.plugins()[0], "Metric": host.metrics()[0],
        }  # fmt: skip
        assert (service.status, service.info().sessions) == (tidegate.Status.RUNNING, 1), "a call with a wrong argument did something"


def required(objects):
    return {
        "name": "t", "path": "/no/plugin.so", "id": "no.plugin", "config": {}, "after": 0, "callback": print, "protocol": "http",
        "parent": objects["Ticket"], "session": objects["SessionInfo"], "needed": objects["Service"],
    }  # fmt: skip


def call_of(objects, name, function):
    """The function, and the arguments that it cannot do without."""
    call = tidegate.Host if function.name == "__init__" else getattr(objects[name], function.name)
    with_default = {each.arg for each in function.args.args[len(function.args.args) - len(function.args.defaults) :]}
    with_default |= {each.arg for each, default in zip(function.args.kwonlyargs, function.args.kw_defaults) if default}
    needed = [each.arg for each in arguments_of(function) if each.arg not in with_default]
    return call, {argument: required(objects)[argument] for argument in needed}


@pytest.mark.timeout(120)
def test_Y5_every_wrong_value_of_every_argument_is_refused_by_name(objects):
    assert set(objects) == set(CLASSES)
    tried = 0
    for name, function, argument in CALLS:
        call, needed = call_of(objects, name, function)
        if name == "Service" and function.name in ("admit", "try_admit") and argument.arg == "kind":
            needed = {}
        for value in refused_by(argument):
            where = f"{name}.{function.name}({argument.arg}={type(value).__name__})"
            try:
                got = call(**{**needed, argument.arg: value})
            except (TypeError, ValueError) as error:
                assert argument.arg in str(error), f"{where}: {error}"
                assert "incompatible" not in str(error) and len(str(error)) < 500, f"{where}: {error}"
            except Exception as error:
                pytest.fail(f"{where}: {type(error).__name__}: {error}")
            else:
                pytest.fail(f"{where} was taken, and returned {got!r}")
            tried += 1
    assert tried > 3000
    assert {each.name for each in objects["Host"].services()} == {"RTCMEDSRV", "REPLICA"}


def odd_texts():
    return ["", "\0", "a\0b", "\n", "\x1b[2J", "\u202e", "\U0010ffff", "x" * 100_000, " ", "%s%n", "{}", "../../x", "é" * 70]


@pytest.mark.timeout(120)
def test_Y5_text_of_any_characters_is_taken_or_an_error_that_tells(objects):
    quiet = ("start", "stop", "drain", "restart", "resume", "terminate", "admit", "try_admit")
    for name, function, argument in CALLS:
        if ast.unparse(argument.annotation) not in ("str", "Optional[str]"):
            continue
        if function.name in quiet and name != "Service":
            continue
        call, needed = call_of(objects, name, function)
        if function.name in quiet:  # so that nothing is done whatever the text is: it is stopped
            call = getattr(objects["Host"].service("REPLICA"), function.name)
        if function.name == "start":
            continue
        for text in odd_texts():
            made = None
            try:
                made = call(**{**needed, argument.arg: text})
            except (ValueError, tidegate.Error) as error:
                assert str(error) and not {unicodedata.category(each) for each in str(error)} & {"Cc", "Cf", "Zl", "Zp"}, f"{name}.{function.name}({argument.arg}={text!r}): {error!r}"
            if function.name == "__init__" and made:
                made.close()
            if function.name == "add_service":
                break  # a service cannot be taken away again


def test_Y5_call_that_does_not_fit_names_the_argument(objects):
    for name, function, first in CALLS:
        call, needed = call_of(objects, name, function)
        shown = name if function.name == "__init__" else function.name
        with pytest.raises(TypeError, match=rf"^{shown}\(\) has no argument 'nonsense'; its arguments are: .*{first.arg}"):
            call(**needed, nonsense=1)
        with pytest.raises(TypeError, match=rf"^{shown}\(\) takes \d+ positional arguments at most, and got 30"):
            call(*range(30))
        for left_out in needed:
            with pytest.raises(TypeError, match=rf"^{shown}\(\) needs the argument '{left_out}'"):
                call(**{key: value for key, value in needed.items() if key != left_out})
    with pytest.raises(TypeError, match=r"^wait\(\) got the argument 'until' twice"):
        objects["Service"].wait("running", until="running")


def members(kind):
    for name in CLASSES:
        for key, value in vars(getattr(tidegate, name)).items():
            if isinstance(value, property) == (kind is property) and (kind is property or callable(value)) and not isinstance(value, type):
                yield name, key, value


def test_Y5_self_of_another_class_is_a_type_error(objects):
    names = {name for name in CLASSES}
    called = itertools.chain(
        ((name, key, value.fget) for name, key, value in members(property)),
        ((name, key, value) for name, key, value in members(callable) if key not in ("__enter__", "__new__", "__init__")),
    )
    for name, key, function in called:
        for wrong in [*ANYTHING, 5, *(objects[other] for other in names if other != name)]:
            with pytest.raises(TypeError) as refused:
                function(wrong)
            assert "incompatible" not in str(refused.value), (name, key, refused.value)


def test_Y5_property_cannot_be_set_or_deleted(objects):
    for name, key, _ in members(property):
        with pytest.raises(AttributeError):
            setattr(objects[name], key, 1)
        with pytest.raises(AttributeError):
            delattr(objects[name], key)
    for each in objects.values():
        with pytest.raises(AttributeError):
            each.nonsense = 1


@pytest.mark.parametrize("name", sorted(set(CLASSES) - {"Host"}))
def test_Y5_object_that_no_call_has_given_cannot_be_made(name):
    cls = getattr(tidegate, name)
    derived = type("Derived", (cls,), {})
    for make in (cls, derived, lambda: cls.__new__(cls), lambda: derived.__new__(derived), lambda: cls.__mro__[1].__new__(cls)):
        with pytest.raises(TypeError):
            make()


def test_Y5_host_that_is_not_initialised_is_a_type_error():
    class Early(tidegate.Host):
        def __init__(self):
            self.services()
            super().__init__("early")

    made = tidegate.Host.__new__(tidegate.Host)
    for use in (Early, made.services, made.close, lambda: made.name, lambda: repr(made), lambda: made.on_event(print), made.__enter__().events):
        with pytest.raises(TypeError, match=r"Host.__init__\(\)"):
            use()


def test_Y5_numbers_of_other_types_are_taken(service):
    class Seconds:
        def __float__(self):
            return 1000.0

    class Number:
        def __index__(self):
            return 7

    with service.admit(tag=Number(), key=2**64 - 1) as ticket:
        service.drain(deadline=Seconds(), kill_grace=Number(), hold_until=datetime(2100, 1, 1), hold="until-time")
        assert service.info().deadline_left == pytest.approx(1000, abs=LIMIT)
        assert service.sessions(Number())[0].tag == 7
        assert service.admit(parent=ticket.id, session_class="emergency")
        service.resume()
