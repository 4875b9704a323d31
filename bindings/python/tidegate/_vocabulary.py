"""The closed vocabularies. Generated from abi/vocabulary/*.def; do not edit."""
from enum import IntEnum


class Result(IntEnum):
    """Results of a call."""

    OK = 0  # done; a refused admission is a verdict and also ok
    HELD = 1  # done, and another actor's hold keeps the service paused
    NOT_DURABLE = 2  # done, but the journal could not be written: a crash may undo it
    DEFERRED = 3  # the plugin will complete the lifecycle step later, with its token
    RETAINED = 4  # done, but the plugin's old file stays mapped
    JOINED = 5  # done by joining the drain in progress, which keeps an option that differs from the request, such as the deadline of another actor
    E_INVALID = -1  # an argument is missing, malformed or out of range
    E_MISUSE = -2  # the call is not allowed on this thread or in this order
    E_TOO_NEW = -3  # a part of a request that this library does not know is not zero
    E_REENTRANT = -4  # the call is not allowed inside a call of a plugin
    E_STATE = -100  # the status of the service does not allow it
    E_TOO_LATE = -101  # the service has begun to stop and cannot turn back
    E_CONFLICT = -102  # a stricter drain is in progress
    E_BUSY = -103  # sessions or callers are left
    E_STALE = -104  # the ticket does not belong to a live session of this service
    E_NOT_FOUND = -105  # no object has that name
    E_EXISTS = -106  # an object with that name exists already
    E_CLOSING = -107  # the host is ending or being destroyed, or the plugin is being drained
    E_ENDED = -108  # the awaited moment can no longer come
    E_HELD = -109  # only other actors hold the service; it stays paused
    E_FORKED = -110  # the host belongs to the parent process
    E_TIMEOUT = -200  # the time limit came first
    E_NO_MEMORY = -201  # the system has no memory left
    E_SYSTEM = -202  # the operating system refused
    E_LIMIT = -203  # a fixed limit of the library is reached
    E_PLUGIN = -300  # the plugin reported a failure
    E_NOT_PLUGIN = -301  # the file is not a Tidegate plugin
    E_ABI = -302  # plugin and host cannot agree on a version
    E_TRUST = -303  # other users could have written the plugin's file, or did

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _RESULT_LABELS[self]


_RESULT_LABELS = {
    Result.OK: "ok",
    Result.HELD: "ok-held",
    Result.NOT_DURABLE: "ok-not-durable",
    Result.DEFERRED: "ok-deferred",
    Result.RETAINED: "ok-retained",
    Result.JOINED: "ok-joined",
    Result.E_INVALID: "invalid",
    Result.E_MISUSE: "misuse",
    Result.E_TOO_NEW: "too-new",
    Result.E_REENTRANT: "reentrant",
    Result.E_STATE: "state",
    Result.E_TOO_LATE: "too-late",
    Result.E_CONFLICT: "conflict",
    Result.E_BUSY: "busy",
    Result.E_STALE: "stale",
    Result.E_NOT_FOUND: "not-found",
    Result.E_EXISTS: "exists",
    Result.E_CLOSING: "closing",
    Result.E_ENDED: "ended",
    Result.E_HELD: "held",
    Result.E_FORKED: "forked",
    Result.E_TIMEOUT: "timeout",
    Result.E_NO_MEMORY: "no-memory",
    Result.E_SYSTEM: "system",
    Result.E_LIMIT: "limit",
    Result.E_PLUGIN: "plugin",
    Result.E_NOT_PLUGIN: "not-plugin",
    Result.E_ABI: "abi",
    Result.E_TRUST: "trust",
}


class Status(IntEnum):
    """Status of a service, as an operator of Windows or Lync services knows it."""

    STOPPED = 1  # the service does not run and admits no session
    START_PENDING = 2  # the start callback runs; no session is admitted yet
    RUNNING = 3  # sessions are admitted
    PAUSE_PENDING = 4  # the drain is being announced, or the gate is being shut
    PAUSED = 5  # sessions in progress run on, and new sessions are refused
    CONTINUE_PENDING = 6  # the gate is open again for a growing number of sessions
    STOP_PENDING = 7  # the stop callback runs; the service cannot be resumed any more
    FAILED = 8  # the service could not start, or sessions did not end

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    Status.STOPPED: "Stopped",
    Status.START_PENDING: "StartPending",
    Status.RUNNING: "Running",
    Status.PAUSE_PENDING: "PausePending",
    Status.PAUSED: "Paused",
    Status.CONTINUE_PENDING: "ContinuePending",
    Status.STOP_PENDING: "StopPending",
    Status.FAILED: "Failed",
}


class Phase(IntEnum):
    """Phase of a drain."""

    NONE = 0  # no drain is in progress
    ANNOUNCING = 1  # the service is not ready and still admits until arrivals stop
    DRAINING = 2  # sessions in progress run on and may have child sessions
    CLOSING = 3  # the deadline has come; the server was told to end the sessions that are left
    DRAINED = 4  # no session and no entry is left, and none is admitted
    RAMPING = 5  # the service is open again for a growing number of sessions

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _PHASE_LABELS[self]


_PHASE_LABELS = {
    Phase.NONE: "none",
    Phase.ANNOUNCING: "announcing",
    Phase.DRAINING: "draining",
    Phase.CLOSING: "closing",
    Phase.DRAINED: "drained",
    Phase.RAMPING: "ramping",
}


class Intent(IntEnum):
    """Intent of a drain: the step after the last session has left."""

    STAY = 0  # stay Paused until resumed or stopped
    STOP = 1  # stop the service
    RESTART = 2  # stop the service, then start it again

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _INTENT_LABELS[self]


_INTENT_LABELS = {
    Intent.STAY: "stay",
    Intent.STOP: "stop",
    Intent.RESTART: "restart",
}


class Kind(IntEnum):
    """Kind of an admission."""

    NEW = 0  # an independent session
    CHILD = 1  # work inside a live session; a draining service admits it
    AFFINITY = 2  # an independent session with a key; with TG_DRAIN_AFFINITY a draining service admits it while a session with that key is live
    ORIGINATE = 3  # a session that the service itself begins, such as an outbound call

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    Kind.NEW: "new",
    Kind.CHILD: "child",
    Kind.AFFINITY: "affinity",
    Kind.ORIGINATE: "originate",
}


class Class(IntEnum):
    """Class of an admission."""

    NORMAL = 0  # ordinary work
    PRIORITY = 1  # a ramp does not refuse it
    EMERGENCY = 2  # a ramp does not refuse it; with TG_DRAIN_EMERGENCY a drain does not either, until it is complete

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _CLASS_LABELS[self]


_CLASS_LABELS = {
    Class.NORMAL: "normal",
    Class.PRIORITY: "priority",
    Class.EMERGENCY: "emergency",
}


class Deadline(IntEnum):
    """Policy for the sessions that are left at the deadline of a drain."""

    FORCE = 0  # sessions are told to close and have the kill grace to end
    WAIT = 1  # sessions stay; an event says so, and the drain goes on without a limit
    RESUME = 2  # the drain is called off: its hold is lifted, and without another hold the service opens
    STOP = 3  # the service stops; sessions that are left are told to close

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _DEADLINE_LABELS[self]


_DEADLINE_LABELS = {
    Deadline.FORCE: "force",
    Deadline.WAIT: "wait",
    Deadline.RESUME: "resume",
    Deadline.STOP: "stop",
}


class HoldUntil(IntEnum):
    """How long the hold of a drain lasts."""

    UNTIL_RESUME = 0  # until its actor resumes; the hold survives a restart and a crash
    UNTIL_RESTART = 1  # until its actor resumes or the service stops, whichever comes first
    UNTIL_TIME = 2  # until its actor resumes or the given time; the hold survives a restart and a crash
    NONE = 3  # no hold: any actor can resume the service

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _HOLDUNTIL_LABELS[self]


_HOLDUNTIL_LABELS = {
    HoldUntil.UNTIL_RESUME: "until-resume",
    HoldUntil.UNTIL_RESTART: "until-restart",
    HoldUntil.UNTIL_TIME: "until-time",
    HoldUntil.NONE: "none",
}


class Protocol(IntEnum):
    """Protocols for the response to a refused peer."""

    HTTP = 1  # HTTP/1.1 and HTTP/2, RFC 9110
    SIP = 2  # SIP, RFC 3261
    GRPC = 3  # gRPC status codes, and the pushback of gRFC A6
    SMTP = 4  # SMTP, RFC 5321 and RFC 3463

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _PROTOCOL_LABELS[self]


_PROTOCOL_LABELS = {
    Protocol.HTTP: "http",
    Protocol.SIP: "sip",
    Protocol.GRPC: "grpc",
    Protocol.SMTP: "smtp",
}


class VerdictCode(IntEnum):
    """Verdict of an admission."""

    ABSTAIN = 0  # no opinion; only policies say so
    ADMITTED = 1  # the session exists and holds its ticket
    REFUSED = 2  # there is no session; the reason says why

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _VERDICTCODE_LABELS[self]


_VERDICTCODE_LABELS = {
    VerdictCode.ABSTAIN: "abstain",
    VerdictCode.ADMITTED: "admitted",
    VerdictCode.REFUSED: "refused",
}


class Reason(IntEnum):
    """Reason of a refusal."""

    NONE = 0  # not refused
    PAUSED = 1  # the service is draining and admits no new sessions
    STOPPED = 2  # the service is not running
    CLOSING = 3  # the deadline of the drain has come; no session is admitted
    LIMIT = 4  # the service has reached its maximum of sessions
    POLICY = 5  # a plugin's policy refused
    PARENT_GONE = 6  # the parent session of the child is not live
    CAPACITY = 7  # the host has reached its capacity of sessions
    RAMP = 8  # the service is ramping up and has reached its present limit

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _REASON_LABELS[self]


_REASON_LABELS = {
    Reason.NONE: "none",
    Reason.PAUSED: "paused",
    Reason.STOPPED: "stopped",
    Reason.CLOSING: "closing",
    Reason.LIMIT: "limit",
    Reason.POLICY: "policy",
    Reason.PARENT_GONE: "parent-gone",
    Reason.CAPACITY: "capacity",
    Reason.RAMP: "ramp",
}


class Until(IntEnum):
    """Moments that can be waited for."""

    DRAINED = 1  # no session is left, 25050 has been said
    STOPPED = 2  # the service has stopped, 25003 has been said
    RUNNING = 3  # the service admits sessions

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _UNTIL_LABELS[self]


_UNTIL_LABELS = {
    Until.DRAINED: "drained",
    Until.STOPPED: "stopped",
    Until.RUNNING: "running",
}


class Severity(IntEnum):
    """Severity of an event or of a plugin's log line."""

    INFO = 0  # an ordinary event
    WARNING = 1  # an operator should look at it
    ERROR = 2  # an operation failed
    HOST_MISUSE = 3  # the server's program broke a rule of the ABI
    PLUGIN_MISUSE = 4  # a plugin broke a rule of the ABI

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _SEVERITY_LABELS[self]


_SEVERITY_LABELS = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
    Severity.HOST_MISUSE: "host-misuse",
    Severity.PLUGIN_MISUSE: "plugin-misuse",
}


class Loop(IntEnum):
    """Loop of a host."""

    STEWARD = 0  # a thread of the host
    POLL = 1  # the server's loop watches tg_host_fd() and calls tg_host_poll()

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _LOOP_LABELS[self]


_LOOP_LABELS = {
    Loop.STEWARD: "steward",
    Loop.POLL: "poll",
}


class Format(IntEnum):
    """Form of the built-in log, and of an event as text."""

    TEXT = 0  # a line for people
    JSON = 1  # one JSON object a line
    OFF = 2  # nothing; only for the log

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _FORMAT_LABELS[self]


_FORMAT_LABELS = {
    Format.TEXT: "text",
    Format.JSON: "json",
    Format.OFF: "off",
}


class Step(IntEnum):
    """Step of a service's life, as lifecycle hooks see it."""

    BEFORE_START = 1  # the service is about to start and waits for the hook
    STARTED = 2  # the service has started
    DRAIN_STARTED = 3  # the gate is shut; sessions in progress run on
    PROGRESS = 4  # the drain makes progress
    DRAINED = 5  # the last session has left
    STOPPING = 6  # the service is about to stop and waits for the hook
    STOPPED = 7  # the service has stopped

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _STEP_LABELS[self]


_STEP_LABELS = {
    Step.BEFORE_START: "before-start",
    Step.STARTED: "started",
    Step.DRAIN_STARTED: "drain-started",
    Step.PROGRESS: "progress",
    Step.DRAINED: "drained",
    Step.STOPPING: "stopping",
    Step.STOPPED: "stopped",
}


class PluginState(IntEnum):
    """State of a plugin."""

    STARTING = 1  # the plugin is being created, given the live sessions, or started
    RUNNING = 2  # the plugin works
    OUT = 3  # the plugin's policy has failed too often and is not asked for a while
    DRAINING = 4  # the plugin gets no new calls; the host waits for its calls in progress
    RETAINED = 5  # the plugin is no longer in use and stays mapped: a call has not returned, or its file cannot be unmapped

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _PLUGINSTATE_LABELS[self]


_PLUGINSTATE_LABELS = {
    PluginState.STARTING: "starting",
    PluginState.RUNNING: "running",
    PluginState.OUT: "out",
    PluginState.DRAINING: "draining",
    PluginState.RETAINED: "retained",
}


class MetricKind(IntEnum):
    """Kind of a metric."""

    COUNTER = 1  # a count that only grows, from 0 at the start of the plugin
    GAUGE = 2  # a value that goes up and down

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _METRICKIND_LABELS[self]


_METRICKIND_LABELS = {
    MetricKind.COUNTER: "counter",
    MetricKind.GAUGE: "gauge",
}


class EventNumber(IntEnum):
    """Events."""

    STOPPED = 25003  # the service has stopped; live is the number of sessions left
    DRAIN_STARTED = 25049  # the gate is shut; sessions in progress run on
    DRAINED = 25050  # the last session has left; comes once an epoch, and no session is admitted after it
    STARTING = 25100  # an actor requested a start; the start callback runs
    RUNNING = 25101  # the service has started and admits sessions, at first perhaps up to a growing limit
    START_FAILED = 25102  # the start callback failed; a further start is possible
    WAITING = 25103  # a service that this one needs has not started yet
    ANNOUNCING = 25110  # the service is not ready and still admits until arrivals stop
    QUIET = 25111  # no new session came for the quiet time; the gate is shut now
    ANNOUNCE_OVER = 25112  # the announcement reached its maximum while new sessions still came; the gate is shut now
    NOTICED = 25113  # count sessions were asked to leave when they can
    STALLED = 25120  # no session has left for a while; the text names the oldest session
    DEADLINE = 25121  # the deadline of the drain has come with sessions left
    FORCED = 25122  # the server is told to end the sessions that are left; count is their number
    DEADLINE_WAIT = 25123  # the deadline's policy is to wait for the sessions that are left
    DEADLINE_RESUME = 25124  # the deadline's policy is to resume; the drain's hold is lifted
    STOPPED_EARLY = 25125  # a stop did not wait; live is the number of sessions left
    STALE_RELEASE = 25126  # a ticket was released twice, is stale or foreign, or a leave had no enter; count is the number of such calls
    CALLBACK_LATE = 25127  # a callback of the server has not returned for a while; the text names it; it delays only its own service
    ALL_CLOSED = 25128  # the last session that was told to close has left; count is the number of sessions that were told
    NOT_CLOSED = 25129  # the kill grace is over and sessions are left; a start is refused until they end
    STOPPING = 25130  # the stop callback runs; the service cannot be resumed any more
    STILL_NEEDED = 25131  # a service that needs this one has not stopped yet
    RESUMING = 25140  # the gate is open again, at first perhaps up to a growing limit
    RESUMED = 25141  # the service admits up to its whole limit again
    REFUSALS = 25150  # count admissions were refused since the last such event
    EVENTS_LOST = 25151  # count events did not reach a sink, or the host had no room to record them
    HOST_ENDING = 25160  # the host was told to end: no service is started or resumed any more; count is the number of such calls
    HOST_ENDED = 25161  # the host was told to end, and every service has stopped, or has failed with sessions left
    DRAIN_REPLACED = 25163  # a second request took the place of the drain in progress
    DRAIN_MERGED = 25164  # a second, stricter request joined the drain in progress
    HOLD_PLACED = 25165  # an actor holds the service paused; count is the number of holds
    HOLD_EXPIRED = 25166  # an actor's hold has expired; count is the number of holds left
    HOLD_LIFTED = 25167  # an actor lifted its hold; count is the number of holds left
    HOLDS_OVERRIDDEN = 25168  # an actor lifted the holds of all actors; count is their number
    STARTED_PAUSED = 25169  # the service has started and admits no session until an actor resumes it
    RECOVERED = 25170  # the journal says that the service was held when the process ended; count is the number of holds
    JOURNAL_CUT = 25171  # count bytes at the end of the journal were not a whole record and have been cut off
    JOURNAL_FAILED = 25172  # the journal could not be written: the last changes may be lost in a crash
    LOG_LOST = 25173  # the log's reader was too slow; count is the number of lost lines
    PLUGIN_LOADED = 25180  # a plugin has started
    PLUGIN_REPLACED = 25181  # a new instance has taken the place of a plugin; count sessions were handed over
    PLUGIN_RETAINED = 25182  # a plugin is no longer in use and stays mapped; the text gives the reason
    PLUGIN_UNLOADED = 25183  # a plugin was drained, stopped and destroyed
    PLUGIN_FAULT = 25184  # count calls of a plugin have failed since the last such event; the text describes the last failure
    POLICY_OUT = 25185  # a plugin's policy failed too often or hangs, and is not asked for a while
    POLICY_BACK = 25186  # the policy that was taken out is asked again
    HOOK_OVERDUE = 25187  # a plugin did not complete a lifecycle step in time; the host goes on without it
    PLUGIN_SAID = 25188  # a message of a plugin, which also chose the severity
    WORKER_HANGS = 25189  # a hook or sink of a plugin has not returned for a while; it delays only that plugin
    PLUGIN_RECONFIGURED = 25190  # a running plugin has taken a new configuration
    PLUGIN_CHANGE_HANGS = 25191  # the load, reload, reconfiguration or unload of a plugin has not returned for a while; further such changes wait for it
    PLUGIN_TOO_LOUD = 25192  # count events and log lines of a plugin were dropped, as the plugin wrote too many a second

    @property
    def label(self) -> str:
        """Word that people see, and that calls take in place of the member."""
        return _EVENTNUMBER_LABELS[self]


_EVENTNUMBER_LABELS = {
    EventNumber.STOPPED: "stopped",
    EventNumber.DRAIN_STARTED: "draining started",
    EventNumber.DRAINED: "draining complete",
    EventNumber.STARTING: "starting",
    EventNumber.RUNNING: "running",
    EventNumber.START_FAILED: "start failed",
    EventNumber.WAITING: "waiting to start",
    EventNumber.ANNOUNCING: "announcing",
    EventNumber.QUIET: "arrivals have stopped",
    EventNumber.ANNOUNCE_OVER: "announcement over",
    EventNumber.NOTICED: "sessions told to go",
    EventNumber.STALLED: "drain stalled",
    EventNumber.DEADLINE: "deadline reached",
    EventNumber.FORCED: "closing sessions",
    EventNumber.DEADLINE_WAIT: "waiting on",
    EventNumber.DEADLINE_RESUME: "drain called off",
    EventNumber.STOPPED_EARLY: "stopping with sessions left",
    EventNumber.STALE_RELEASE: "release refused",
    EventNumber.CALLBACK_LATE: "callback late",
    EventNumber.ALL_CLOSED: "all sessions closed",
    EventNumber.NOT_CLOSED: "sessions would not go",
    EventNumber.STOPPING: "stopping",
    EventNumber.STILL_NEEDED: "waiting to stop",
    EventNumber.RESUMING: "resuming",
    EventNumber.RESUMED: "resumed",
    EventNumber.REFUSALS: "admissions refused",
    EventNumber.EVENTS_LOST: "events lost",
    EventNumber.HOST_ENDING: "host ending",
    EventNumber.HOST_ENDED: "host ended",
    EventNumber.DRAIN_REPLACED: "drain replaced",
    EventNumber.DRAIN_MERGED: "drain made stricter",
    EventNumber.HOLD_PLACED: "hold placed",
    EventNumber.HOLD_EXPIRED: "hold expired",
    EventNumber.HOLD_LIFTED: "hold lifted",
    EventNumber.HOLDS_OVERRIDDEN: "all holds lifted",
    EventNumber.STARTED_PAUSED: "started paused",
    EventNumber.RECOVERED: "paused as before",
    EventNumber.JOURNAL_CUT: "journal repaired",
    EventNumber.JOURNAL_FAILED: "journal not written",
    EventNumber.LOG_LOST: "log lines lost",
    EventNumber.PLUGIN_LOADED: "plugin loaded",
    EventNumber.PLUGIN_REPLACED: "plugin replaced",
    EventNumber.PLUGIN_RETAINED: "plugin retained",
    EventNumber.PLUGIN_UNLOADED: "plugin unloaded",
    EventNumber.PLUGIN_FAULT: "plugin fault",
    EventNumber.POLICY_OUT: "policy taken out",
    EventNumber.POLICY_BACK: "policy asked again",
    EventNumber.HOOK_OVERDUE: "hook overdue",
    EventNumber.PLUGIN_SAID: "plugin says",
    EventNumber.WORKER_HANGS: "plugin's worker hangs",
    EventNumber.PLUGIN_RECONFIGURED: "plugin reconfigured",
    EventNumber.PLUGIN_CHANGE_HANGS: "plugin change hangs",
    EventNumber.PLUGIN_TOO_LOUD: "plugin too loud",
}
