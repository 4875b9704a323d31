"""Drain-aware admission: sessions in progress run on, new ones are refused, and the last one's end is told.

    import tidegate

    with tidegate.Host("mediation") as host:
        calls = host.add_service("RTCMEDSRV", activity="Concurrent Calls")
        calls.start()
        with calls.admit(peer="192.0.2.1:5060"):
            ...
        calls.drain(deadline=30)
        calls.wait("drained")

Durations are seconds, as float. Every call may come from any thread unless it says otherwise. A call that fails raises Error;
an admission that is refused raises Refused, which is no Error.
"""
from ._bundle import plugin_path
from ._errors import Error, Refused
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
    Result,
    Severity,
    Status,
    Until,
    VerdictCode,
)
from ._tidegate import (  # after the two above, which it builds on
    Control,
    Entry,
    Event,
    Hold,
    Host,
    Metric,
    PluginInfo,
    Response,
    Service,
    ServiceInfo,
    SessionInfo,
    Subscription,
    Ticket,
    Verdict,
    __version__,
)

__all__ = [
    "Class",
    "Control",
    "Deadline",
    "Entry",
    "Error",
    "Event",
    "EventNumber",
    "Format",
    "Hold",
    "HoldUntil",
    "Host",
    "Intent",
    "Kind",
    "Loop",
    "Metric",
    "MetricKind",
    "Phase",
    "PluginInfo",
    "PluginState",
    "Protocol",
    "Reason",
    "Refused",
    "Response",
    "Result",
    "Service",
    "ServiceInfo",
    "SessionInfo",
    "Severity",
    "Status",
    "Subscription",
    "Ticket",
    "Until",
    "Verdict",
    "VerdictCode",
    "__version__",
    "plugin_path",
]
