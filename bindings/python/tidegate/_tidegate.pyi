import os
from datetime import datetime
from types import TracebackType
from typing import Any, Callable, Iterable, Optional, Union

from ._vocabulary import (
    Class,
    Deadline,
    EventNumber,
    Format,
    HoldUntil,
    Intent,
    Kind,
    Loop,
    MetricKind,
    Phase,
    PluginState,
    Protocol,
    Reason,
    Severity,
    Status,
    Until,
    VerdictCode,
)

__version__: str

_Peer = Union[str, tuple[str, int], tuple[str, int, int, int], None]
_Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

class Ticket:
    """A session's right to exist. True until it is released.

    Released at the end of its with block, by release(), or when nobody refers to it any more, whichever is first.
    """
    @property
    def id(self) -> int:
        """Number of the session, which hooks and lists show; 0 once released."""
    def release(self) -> None:
        """Ends the session, from any thread; does nothing the second time.

        Raises Error E_STALE when it was released behind this object's back.
        """
    def active(self) -> None:
        """Says that something goes on in the session: it is no longer idle. From any thread; does nothing once released."""
    def idle(self) -> None:
        """Says that nothing goes on in the session at the moment: it may be closed first. From any thread; does nothing once released."""
    def acknowledge(self) -> None:
        """Says that the peer of the session knows that it should leave, and will. From any thread; does nothing once released."""
    def __enter__(self) -> Ticket: ...
    def __exit__(
        self, type: Optional[type[BaseException]], value: Optional[BaseException], traceback: Optional[TracebackType], /
    ) -> None: ...
    def __bool__(self) -> bool: ...

class Entry:
    """Short work that is counted only. True until it has left.

    Leaves at the end of its with block, by leave(), or when nobody refers to it any more, whichever is first.
    """
    def leave(self) -> None:
        """Ends the work, from any thread; does nothing the second time."""
    def __enter__(self) -> Entry: ...
    def __exit__(
        self, type: Optional[type[BaseException]], value: Optional[BaseException], traceback: Optional[TracebackType], /
    ) -> None: ...
    def __bool__(self) -> bool: ...

class Response:
    """What a refused peer is told in its own protocol; frozen."""
    @property
    def code(self) -> int:
        """Status code in HTTP, SIP and SMTP, such as 503; status number in gRPC, such as 14."""
    @property
    def phrase(self) -> str:
        """Words that go with the code, such as "Service Unavailable"."""
    @property
    def headers(self) -> dict[str, str]:
        """Headers that say when to come again and where else to go: a dict of str; empty when there is neither."""

class Verdict:
    """The answer to an admission; frozen. True when admitted."""
    @property
    def code(self) -> VerdictCode:
        """VerdictCode: ADMITTED, or how it was refused."""
    @property
    def reason(self) -> Reason:
        """Reason of the refusal; Reason.NONE when admitted."""
    @property
    def retry_after(self) -> Optional[float]:
        """Seconds after which to try again, spread so that not all come back at once; None: no hint."""
    @property
    def text(self) -> str:
        """Sentence for the refused peer; empty when admitted."""
    @property
    def redirect(self) -> str:
        """Address where the refused peer should go instead; empty: nowhere."""
    def response(self, protocol: Union[Protocol, str]) -> Response:
        """What a refused peer is told in its protocol, as a Response.

        protocol: Protocol or its label: "http", "sip", "grpc", "smtp". Raises Error E_INVALID when it was admitted.
        """
    @property
    def ticket(self) -> Optional[Ticket]:
        """Ticket of the session when admitted by try_admit(), else None."""
    def __bool__(self) -> bool: ...

class Hold:
    """One party's wish that a service stay paused; frozen."""
    @property
    def actor(self) -> str:
        """Name of the actor whose hold it is."""
    @property
    def reason(self) -> str:
        """Reason that the actor gave; empty: none was given."""
    @property
    def since(self) -> Optional[float]:
        """Time when it was placed, in seconds since 1970, as time.time(); None: not known."""
    @property
    def expires(self) -> Optional[float]:
        """Time when it ends by itself, in seconds since 1970, as time.time(); None: it does not."""
    @property
    def lasts(self) -> HoldUntil:
        """HoldUntil: what ends the hold."""

class Event:
    """A numbered record of what happened; frozen. Equal when boot_id and sequence are."""
    @property
    def number(self) -> Union[EventNumber, int]:
        """EventNumber, or an int that this version does not know."""
    @property
    def service(self) -> Optional[str]:
        """Name of the service that the event is about; None: it is about the host."""
    @property
    def live(self) -> int:
        """Sessions, children and entries that held the service then."""
    @property
    def count(self) -> int:
        """Number that the event is about, as its text says, such as of refusals; 0: none."""
    @property
    def actor(self) -> Optional[str]:
        """Name of the actor who asked for it; None: nobody did."""
    @property
    def reason(self) -> Optional[str]:
        """Reason that the actor gave; None: none was given."""
    @property
    def text(self) -> Optional[str]:
        """Sentence that says what happened; None: the number says all."""
    @property
    def peer_uid(self) -> Optional[int]:
        """The user of the process that asked, as the kernel knows it, or None: it was the host's own."""
    @property
    def peer_pid(self) -> Optional[int]:
        """The process that asked, or None: it was the host's own."""
    @property
    def epoch(self) -> int:
        """Which drain of the service, from 1; 0: none yet."""
    @property
    def sequence(self) -> int:
        """Position of the event among those of its host: 1, 2, 3 and on, without a gap."""
    @property
    def boot_id(self) -> int:
        """Number of the host that made the event, at random for each Host, so that two runs can be told apart."""
    @property
    def time(self) -> float:
        """Wall time in seconds since 1970, as time.time()."""
    @property
    def monotonic(self) -> float:
        """Time of the event in seconds on the clock of time.monotonic()."""
    @property
    def severity(self) -> Severity:
        """Severity of the event."""
    @property
    def status(self) -> Optional[Status]:
        """Status of the service right after the event; None: the event is about the host."""
    @property
    def phase(self) -> Phase:
        """Phase of the service right after the event."""
    def json(self) -> str:
        """The event as one line of JSON, as the log writes it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

class Subscription:
    """Calls a function with each event.

    It goes on without being referred to, until close() or the end of its host. As a context manager it is closed at the end.
    """
    def close(self, timeout: Optional[float] = None) -> bool:
        """Ends it: then the callback is not running and is never called again.

        Waits, without the GIL, for a call in progress only: events that it has not been called with are not delivered any more.
        timeout: seconds from 0; None: no limit. Returns False when the time was over first: the call goes on, and so does the next
        close(), as after Ctrl-C, which raises KeyboardInterrupt. Raises Error E_MISUSE inside a callback. Does nothing the second time.
        """
    def __enter__(self) -> Subscription: ...
    def __exit__(
        self, type: Optional[type[BaseException]], value: Optional[BaseException], traceback: Optional[TracebackType], /
    ) -> None: ...

class Control:
    """A control socket, where the tidegate command reaches the host.

    It stays open without being referred to, until close() or the end of its host. As a context manager it is closed at the end.
    """
    @property
    def path(self) -> str:
        """Path of the socket, as a str."""
    def close(self) -> None:
        """Cuts the answers in progress and removes the socket, without the GIL. Does nothing the second time.

        Raises Error E_MISUSE inside a callback.
        """
    def __enter__(self) -> Control: ...
    def __exit__(
        self, type: Optional[type[BaseException]], value: Optional[BaseException], traceback: Optional[TracebackType], /
    ) -> None: ...

class ServiceInfo:
    """A service at one moment; frozen."""
    @property
    def name(self) -> str:
        """Name of the service."""
    @property
    def activity(self) -> str:
        """Words for the sessions of the service, such as "Concurrent Calls"."""
    @property
    def status(self) -> Status:
        """Status of the service."""
    @property
    def phase(self) -> Phase:
        """Phase of its last drain."""
    @property
    def intent(self) -> Intent:
        """Intent of the drain in progress: what follows it."""
    @property
    def epoch(self) -> int:
        """Number of the last drain of the service, from 1; 0: none yet."""
    @property
    def sessions(self) -> int:
        """Number of live sessions, children not counted: the activity."""
    @property
    def children(self) -> int:
        """Number of live sessions of kind CHILD."""
    @property
    def entries(self) -> int:
        """Number of entries inside: short work in progress."""
    @property
    def at_drain(self) -> int:
        """Number of sessions, children and entries when the last drain started."""
    @property
    def admitted(self) -> int:
        """Number of sessions and children admitted so far."""
    @property
    def refused(self) -> int:
        """Number of admissions refused so far."""
    @property
    def max_sessions(self) -> int:
        """Maximum of sessions, children not counted; 0: none."""
    @property
    def deadline_left(self) -> Optional[float]:
        """Seconds until the deadline of the drain in progress; 0: it is over; None: there is none."""
    @property
    def ready(self) -> bool:
        """True when the service is ready for new sessions, as Service.ready."""
    @property
    def holds(self) -> int:
        """Number of holds that keep the service paused."""
    @property
    def at_deadline(self) -> Deadline:
        """Deadline: what happens at the deadline of the drain in progress."""
    @property
    def limit(self) -> int:
        """Number of sessions that it may have now: max_sessions, or less while it ramps up; 0: no limit."""
    @property
    def told(self) -> int:
        """Number of sessions that were asked to leave in this drain."""
    @property
    def checkpoint(self) -> int:
        """Number that grows with each session and entry that leaves: a drain in which it stands still is stuck."""
    @property
    def wait_hint(self) -> Optional[float]:
        """Seconds after which the drain in progress should be over; None: not known."""
    @property
    def status_since(self) -> float:
        """Seconds for which the status has been what it is."""

class SessionInfo:
    """A live session at one moment; frozen."""
    @property
    def ticket(self) -> int:
        """Number of the session in its service: the id of its Ticket."""
    @property
    def tag(self) -> int:
        """Number that the server gave it at admission; 0: none."""
    @property
    def age(self) -> float:
        """Seconds since the session was admitted, in steps of the kernel's tick (1 to 10 ms)."""
    @property
    def kind(self) -> Kind:
        """Kind of the session."""
    @property
    def session_class(self) -> Class:
        """Class of the session."""
    @property
    def key(self) -> int:
        """Affinity key that the server gave it at admission; 0: none."""
    @property
    def idle(self) -> bool:
        """True when the server has said that nothing goes on in the session: Ticket.idle()."""
    @property
    def told(self) -> bool:
        """True when the session was asked to leave: the notice hook."""
    @property
    def acknowledged(self) -> bool:
        """True when its peer knows that it should leave, and will: Ticket.acknowledge()."""
    @property
    def quiet(self) -> float:
        """Seconds since it was admitted or the server last said something about it."""
    @property
    def peer(self) -> Optional[tuple[str, int]]:
        """Address of the peer as (host, port), a str and an int; None: not known."""

class Service:
    """A named thing that admits sessions and has a status. Made by Host.add_service().

    Any thread. actor and reason say who asks and why, and end up in the events. Each member but `name` raises Error, E_CLOSING, once the
    host is closed.
    """
    @property
    def name(self) -> str:
        """Name of the service, unique in its host; there also once the host is closed."""
    @property
    def status(self) -> Status:
        """Status of the service at this moment."""
    def info(self) -> ServiceInfo:
        """Returns what the service is doing at this moment: a ServiceInfo."""
    def start(self, *, actor: str = "", reason: str = "") -> None:
        """Starts it: events 25100, then 25101 or 25102; 25169 when it is held and stays Paused. Raises Error E_STATE or E_BUSY.

        Returns when it is under way; see wait("running").
        """
    def drain(
        self,
        deadline: Optional[float] = None,
        kill_grace: Optional[float] = None,
        *,
        at_deadline: Union[Deadline, str, None] = None,
        announce: bool = False,
        announce_min: Optional[float] = None,
        announce_max: Optional[float] = None,
        quiet: Optional[float] = None,
        affinity: bool = False,
        emergency: bool = False,
        notice_window: Optional[float] = None,
        replace: bool = False,
        hold: Union[HoldUntil, str] = "until-resume",
        hold_until: Union[datetime, float, None] = None,
        redirect: str = "",
        actor: str = "",
        reason: str = "",
    ) -> bool:
        """From now on new sessions are refused, those in progress run on.

        Events 25049, and 25050 when the last has left. Then the service stays Paused, held by `actor` until it resumes.
        All durations are seconds above 0; None: as the service usually does; infinity: none.
        deadline: from now on; then at_deadline, which goes with it: "force": the sessions left are told to close (the close hook);
        "wait": they may stay; "resume": the drain is called off; "stop": the service stops with them left. None: "force".
        kill_grace: after the deadline, until the service is Failed; None: 5.
        announce: first be not ready but still admit (25110), until no new session came for `quiet` (2), at least announce_min and at
        most announce_max (15), which go with it.
        affinity: admit AFFINITY sessions whose key is live. emergency: admit the class EMERGENCY.
        notice_window: over how long sessions are asked to go (the notice hook); None: a quarter of the deadline, at most 30.
        replace: take the place of the drain in progress, also of a stricter one.
        hold: "until-resume", which outlives a restart; "until-restart"; "until-time" with hold_until, a datetime or seconds since
        1970; "none". redirect: where the refused are sent meanwhile.
        Returns at once; see wait(). Returns False when it joined a drain in progress whose deadline, which another actor asked for,
        stays. Raises Error E_STATE, E_CONFLICT while a stricter drain is in progress, E_TOO_LATE, E_LIMIT, E_INVALID.
        """
    def restart(
        self,
        deadline: Optional[float] = None,
        kill_grace: Optional[float] = None,
        *,
        at_deadline: Union[Deadline, str, None] = None,
        announce: bool = False,
        announce_min: Optional[float] = None,
        announce_max: Optional[float] = None,
        quiet: Optional[float] = None,
        affinity: bool = False,
        emergency: bool = False,
        notice_window: Optional[float] = None,
        replace: bool = False,
        hold: Union[HoldUntil, str] = "until-resume",
        hold_until: Union[datetime, float, None] = None,
        redirect: str = "",
        actor: str = "",
        reason: str = "",
    ) -> bool:
        """Stops it when the last session has left, and starts it again: 25003, 25100. It places no hold.

        Arguments and errors as drain() has them; E_BUSY too when a service that needs it runs.
        """
    def stop(
        self,
        graceful: bool = True,
        *,
        deadline: Optional[float] = None,
        kill_grace: Optional[float] = None,
        at_deadline: Union[Deadline, str, None] = None,
        announce: bool = False,
        announce_min: Optional[float] = None,
        announce_max: Optional[float] = None,
        quiet: Optional[float] = None,
        affinity: bool = False,
        emergency: bool = False,
        notice_window: Optional[float] = None,
        replace: bool = False,
        hold: Union[HoldUntil, str] = "until-resume",
        hold_until: Union[datetime, float, None] = None,
        redirect: str = "",
        actor: str = "",
        reason: str = "",
    ) -> bool:
        """Stops the service.

        graceful: True: as drain(), then events 25130 and 25003; its hold ends with the stop. False: now; the sessions left are told to
        close and counted in 25003; of the other arguments only actor and reason may be given then.
        Returns at once, as drain() does; see wait("stopped"). Raises Error as drain() does; E_BUSY too when a service that needs it runs.
        """
    def resume(self, *, all_holds: bool = False, no_ramp: bool = False, actor: str = "", reason: str = "") -> bool:
        """Lifts the actor's hold; all_holds: everybody's. When nobody holds it any more it opens: events 25140 and 25141.
        no_ramp: admit up to the whole limit at once, and not up to one that grows.

        Returns False when others hold it still. Raises Error E_HELD when only others do, E_TOO_LATE or E_STATE.
        """
    def holds(self) -> list[Hold]:
        """Returns the holds that keep the service paused: a list of Hold, the oldest first; empty: nobody holds it."""
    def needs(self, needed: Service) -> None:
        """Says that it needs another service of the host: it starts after that, and stops before it. needed: the other Service.

        Raises Error E_STATE unless it is Stopped, E_INVALID when the other needs it.
        """
    @property
    def ready(self) -> bool:
        """Ready for new sessions, for a health probe: not while a drain is announced."""
    def blockers(self, limit: int = 0) -> list[SessionInfo]:
        """Returns the sessions that keep a drain from completing: a list of SessionInfo.

        Sessions that will not leave by themselves come first, the oldest before the others. limit: how many at most; 0: 100.
        """
    def wait(self, until: Union[Until, str] = "drained", timeout: Optional[float] = None) -> bool:
        """Waits for a moment, without the GIL.

        until: Until or its label: "drained", "stopped", "running". timeout: seconds from 0; None: no limit.
        "stopped" goes on when an operator drains and resumes the service.
        Returns True; False when the time was over first. Raises Error E_ENDED when the moment can no longer come: the drain was called
        off, or the service has failed; E_CLOSING when the host is closed meanwhile; E_MISUSE inside a callback, where only timeout=0 is
        allowed. Ctrl-C raises KeyboardInterrupt on the main thread. At the interpreter's end a wait on another thread raises SystemExit.
        """
    def admit(
        self,
        kind: Union[Kind, str, None] = None,
        parent: Union[Ticket, int, None] = None,
        tag: int = 0,
        peer: _Peer = None,
        session_class: Union[Class, str] = "normal",
        key: int = 0,
    ) -> Ticket:
        """Admits a session: `with service.admit(peer="192.0.2.1:5060"): …`

        kind: Kind or its label; by default CHILD when there is a parent, else NEW. parent: the Ticket, or the id of one, that a CHILD
        belongs to. tag: a number of the server's own from 0 to 2**64 - 1, which hooks and lists show. peer: "192.0.2.1:5060",
        "[2001:db8::1]:5060", either without a port, a (host, port), or None. session_class: Class or its label. key: what ties sessions
        together, 0 to 2**64 - 1; by option of the drain an AFFINITY session whose key is live is admitted; 0: none.
        Returns the Ticket; raises Refused with the verdict. Never waits.
        """
    def try_admit(
        self,
        kind: Union[Kind, str, None] = None,
        parent: Union[Ticket, int, None] = None,
        tag: int = 0,
        peer: _Peer = None,
        session_class: Union[Class, str] = "normal",
        key: int = 0,
    ) -> Verdict:
        """Asks as admit() does, and returns the Verdict, refused or not.

        It is true when admitted, and has the ticket then:

            verdict = service.try_admit()
            if verdict.ticket:
                with verdict.ticket:
                    ...
        """
    def enter(self) -> Entry:
        """Admits short work that is only counted, and holds a drain open: `with service.enter(): …`

        No policy is asked. Returns the Entry; raises Refused, whose reason is what the service looked like right after it. Never waits.
        """
    def enter_child(self, parent: Ticket) -> Entry:
        """Admits short work inside the live session of `parent`, a Ticket, as enter() does: also while the service drains."""
    def sessions(self, limit: int = 0) -> list[SessionInfo]:
        """Returns the live sessions: a list of SessionInfo. limit: how many at most, up to 2**32 - 1; 0: all.

        Admissions go on meanwhile: one that comes or goes during the call may or may not be in it.
        """
    def describe(self, session: SessionInfo) -> str:
        """Returns the text of the service's describe hook for a session: which it is, for people; empty: there is none.

        session: a SessionInfo of this service. The hook runs on this thread.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

class PluginInfo:
    """A plugin at one moment; frozen."""
    @property
    def id(self) -> str:
        """Identity of the plugin, such as org.tidegate.limits."""
    @property
    def version(self) -> str:
        """Version that the plugin gives itself."""
    @property
    def path(self) -> str:
        """Path of the file that it was loaded from."""
    @property
    def roles(self) -> list[str]:
        """Roles that it fills: a list of str such as tidegate.admission/1."""
    @property
    def state(self) -> PluginState:
        """PluginState of the plugin."""
    @property
    def since(self) -> float:
        """Seconds for which the state has been what it is."""
    @property
    def sessions(self) -> int:
        """Number of live sessions that its policy has admitted."""
    @property
    def faults(self) -> int:
        """Number of its calls so far that failed, took too long or were not allowed."""
    @property
    def asked_sampled(self) -> int:
        """Number of calls of its policy that were timed: 1 in 256."""
    @property
    def asked_mean(self) -> float:
        """Seconds that the timed calls of its policy took, as a mean."""
    @property
    def asked_max(self) -> float:
        """Seconds that the longest of the timed calls of its policy took."""
    @property
    def events_behind(self) -> int:
        """Number of events that its sink has still to take."""
    @property
    def last_fault(self) -> Optional[str]:
        """Sentence about its last fault; None: there was none."""

class Metric:
    """A figure that a plugin told; frozen."""
    @property
    def plugin(self) -> str:
        """Identity of the plugin that told the figure."""
    @property
    def name(self) -> str:
        """Name of the figure, unique in its plugin."""
    @property
    def unit(self) -> str:
        """Unit of the figure, such as seconds; empty: a plain number."""
    @property
    def help(self) -> str:
        """Sentence that says what the figure is."""
    @property
    def kind(self) -> MetricKind:
        """MetricKind: whether it only grows."""
    @property
    def age(self) -> float:
        """Seconds since the plugin told the figure."""
    @property
    def value(self) -> float:
        """Value of the figure, in its unit."""

class Host:
    """The process's one owner of services, plugins and events.

    name: 1 to 63 of A-Z a-z 0-9 . _ -; operators find the host by it. loop: "steward", a thread of the host's own, or "poll": the
    server's loop watches fileno() and calls poll(). log: "off", "text" or "json", to log_path, else to standard error.
    session_capacity: 1 to 16,777,215 sessions of all services together; 0: 1,048,576. state_directory: absolute; where it is
    kept who holds a service, so that it comes back Paused after a crash; None: nowhere. denied_plugins: not to be loaded, by id or as
    "sha256:" and 64 hexadecimal digits. Raises Error.

    It stays open without being referred to, until close(), the end of its with block, or the interpreter's end: then the hooks
    and subscriptions are not called any more, and a host with live sessions is left as it is.
    """
    def __init__(
        self,
        name: str,
        *,
        loop: Union[Loop, str] = "steward",
        log: Union[Format, str] = "off",
        log_path: Optional[_Path] = None,
        session_capacity: int = 0,
        state_directory: Optional[_Path] = None,
        denied_plugins: Iterable[str] = (),
    ) -> None: ...
    @property
    def name(self) -> str:
        """Name of the host; there also once it is closed."""
    @property
    def last_event(self) -> int:
        """Sequence number of the newest event; 0: none yet."""
    def close(self, timeout: Optional[float] = None) -> bool:
        """Stops the services, delivers the last events and frees everything, without the GIL.

        Controls and subscriptions end with it; waits in progress raise Error E_CLOSING. Raises Error E_BUSY, with nothing changed, when
        a session is live, and E_MISUSE inside a callback or another call of the host. Waits for callbacks in progress, 10 s at most: one
        that has not come back by then is a ResourceWarning. timeout: seconds from 0; None: no limit.
        Returns True when closed; False when the time was over first: the next call goes on with it, as after Ctrl-C, which raises
        KeyboardInterrupt. Does nothing once it is closed.
        """
    def __enter__(self) -> Host: ...
    def __exit__(
        self, type: Optional[type[BaseException]], value: Optional[BaseException], traceback: Optional[TracebackType], /
    ) -> None: ...
    def add_service(
        self,
        name: str,
        *,
        activity: Optional[str] = None,
        max_sessions: int = 0,
        retry_after: Optional[float] = None,
        start: Optional[Callable[[], object]] = None,
        stop: Optional[Callable[[], object]] = None,
        close: Optional[Callable[[int, int], object]] = None,
        describe: Optional[Callable[[int, int], Optional[str]]] = None,
        notice: Optional[Callable[[int, int, Optional[float]], object]] = None,
        redirect: str = "",
        retry_jitter: Optional[float] = None,
        stalled_after: Optional[float] = None,
        ramp: Optional[float] = None,
        ramp_from: int = 0,
        start_paused: bool = False,
        drain: Optional[dict[str, Any]] = None,
    ) -> Service:
        """Adds a service, which is Stopped. Raises Error E_INVALID, E_EXISTS or E_LIMIT.

        activity: what its sessions are called, such as "Concurrent Calls". max_sessions: sessions that are not children; 0: no maximum.
        retry_after: seconds above 0, the hint to the refused; None: 30. retry_jitter: percent by which it is spread; None: 20.
        redirect: where the refused are sent. stalled_after: seconds without a departure after which a drain is said to be stalled;
        None: 60. ramp: with max_sessions, seconds over which the limit grows after a resume, from ramp_from percent of it; None: 30, 0: 10.
        start_paused: once started it stays Paused until resumed. drain: a dict of Service.drain()'s arguments for where a drain says
        nothing. Infinity: off.
        Hooks run on a thread of the host's (with loop="poll" inside poll()) with the GIL; what they raise goes to
        sys.unraisablehook and the host goes on:
        start(): start what the service needs; when it raises, the service is Failed. stop(): stop it.
        close(ticket_id, tag): end this session soon; the release is still the server's.
        notice(ticket_id, tag, left): a drain is in progress, ask this session to go when it can; left: seconds to the deadline or None.
        describe(ticket_id, tag) -> str: which session this is, for people; on the thread of whoever asks.
        """
    def service(self, name: str) -> Service:
        """The service of that name. Raises Error E_NOT_FOUND."""
    def services(self) -> list[Service]:
        """Returns all services, in the order they were added: a list of Service."""
    def load_plugin(
        self,
        path: _Path,
        config: Optional[dict[str, Any]] = None,
        sha256: Optional[str] = None,
        grants: Iterable[str] = (),
        *,
        hook_limit: Optional[float] = None,
        slow_after: Optional[float] = None,
        hang_after: Optional[float] = None,
        drain_limit: Optional[float] = None,
        out_for: Optional[float] = None,
        faults: int = 0,
    ) -> None:
        """Loads a plugin from a shared library and starts it, without the GIL.

        path: absolute, of the file itself. config: a dict, as the plugin documents it. sha256: the file must have this one; None: any.
        grants: "control" to let it operate services. Seconds, each above 0 or None for the usual: hook_limit, for a lifecycle step
        (10); slow_after, a call of its policy that takes longer is a fault (0.1); hang_after, one that has not come back hangs, any other
        call of it after five times as long (1); drain_limit, for its calls in progress when it is drained (5); out_for, its policy is out
        after too many faults (10). faults: so many within a minute are too many; 0: 5. Raises Error with nothing of the plugin left behind.
        """
    def reload_plugin(self, id: str, config: Optional[dict[str, Any]] = None) -> bool:
        """Replaces a plugin by the file that is at its path now, without the GIL; no admission is lost meanwhile.

        id: PluginInfo.id of the plugin. config: a dict; None: that of the old file. Returns False when the old file stays mapped. Raises Error with the old one as it was,
        and E_TIMEOUT when a call in progress does not come back.
        """
    def reconfigure_plugin(self, id: str, config: dict[str, Any]) -> None:
        """Gives a running plugin another configuration, without the GIL. id: PluginInfo.id. config: a dict.

        Raises Error, and the plugin goes on as it was.
        """
    def unload_plugin(self, id: str) -> bool:
        """Drains a plugin and takes it out, without the GIL. id: PluginInfo.id of the plugin.

        Returns False when its file stays mapped. Raises Error E_NOT_FOUND.
        """
    def plugins(self) -> list[PluginInfo]:
        """Returns the plugins, in the order they were loaded: a list of PluginInfo."""
    def metrics(self) -> list[Metric]:
        """Returns the figures that plugins have told: a list of Metric.

        Plugins are asked again when the last time is a second ago; a caller who looks regularly sees figures of a second ago.
        """
    def drain(
        self,
        services: Optional[Iterable[str]] = None,
        *,
        except_: Iterable[str] = (),
        intent: Union[Intent, str] = "stay",
        deadline: Optional[float] = None,
        kill_grace: Optional[float] = None,
        at_deadline: Union[Deadline, str, None] = None,
        announce: bool = False,
        announce_min: Optional[float] = None,
        announce_max: Optional[float] = None,
        quiet: Optional[float] = None,
        affinity: bool = False,
        emergency: bool = False,
        notice_window: Optional[float] = None,
        replace: bool = False,
        hold: Union[HoldUntil, str] = "until-resume",
        hold_until: Union[datetime, float, None] = None,
        redirect: str = "",
        actor: str = "",
        reason: str = "",
    ) -> bool:
        """Drains several services: all are shut before any is waited for, those that need others first.

        services: names; None: all. except_: not these. intent: "stay", "stop" or "restart"; a service stops when all that need it have.
        The other arguments are Service.drain()'s. Raises Error with nothing changed when one of them cannot be.
        """
    def resume(
        self,
        services: Optional[Iterable[str]] = None,
        *,
        except_: Iterable[str] = (),
        all_holds: bool = False,
        no_ramp: bool = False,
        actor: str = "",
        reason: str = "",
    ) -> bool:
        """Resumes several services, those that are needed first, as Service.resume() does each. Raises Error with nothing changed."""
    def start(
        self,
        services: Optional[Iterable[str]] = None,
        *,
        except_: Iterable[str] = (),
        actor: str = "",
        reason: str = "",
    ) -> None:
        """Starts several services, those that are needed first. Raises Error with nothing changed."""
    def terminate(
        self,
        *,
        deadline: Optional[float] = None,
        kill_grace: Optional[float] = None,
        actor: str = "",
        reason: str = "",
    ) -> None:
        """The process was told to end: drains all services to stop, in 20 s. To be called on SIGTERM, not in the handler.

        Called again it escalates: the second time sessions are told to close at once, the third time nothing is waited for.
        """
    def events(self, after: int = 0) -> list[Event]:
        """The events after this sequence number that are in memory (the newest 4,096), oldest first."""
    def wait_for_event(self, after: int, timeout: Optional[float] = None) -> bool:
        """Waits until there is an event after this sequence number, without the GIL.

        timeout: seconds from 0; None: no limit. Returns False when the time was over first. Raises as Service.wait() does.
        """
    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until the host has been told to end and no service runs, starts or stops (event 25161), without the GIL.

        A server's main thread may spend its life here. timeout: seconds from 0; None: no limit. Returns False when the time was over
        first. Raises Error E_CLOSING when the host is closed first, E_MISUSE inside a callback; Ctrl-C raises KeyboardInterrupt.
        """
    def on_event(self, callback: Callable[[Event], object], after: Optional[int] = None) -> Subscription:
        """Calls callback(event) with every event after this sequence number (None: from now on), in order, none twice.

        On a thread of the subscription's own (with loop="poll" inside poll()) with the GIL; what it raises goes to sys.unraisablehook
        and the next event is delivered. Returns the Subscription.
        """
    def open_control(self, directory: Optional[_Path] = None) -> Control:
        """Serves a control socket, on a thread of its own, to this user and root.

        directory: made with mode 0700 if missing; None: where the tidegate command looks for hosts. Returns the Control. Raises Error E_EXISTS
        when a living host serves it.
        """
    def fileno(self) -> int:
        """loop="poll": the descriptor that becomes readable when poll() has something to do."""
    def poll(self) -> None:
        """loop="poll": does what is due and returns at once. Always on the same thread."""
