/* Generated from abi/vocabulary/events.def; do not edit. */
#ifndef TIDEGATE_EVENT_NUMBER_H
#define TIDEGATE_EVENT_NUMBER_H

/** Events.
 *  Unknown value: show number, service and text; a number is never given a second meaning. */

/** stopped: the service has stopped; live says how many sessions were left. */
#define TG_EVENT_STOPPED             25003u
/** draining started: the gate is shut; sessions in progress run on. */
#define TG_EVENT_DRAIN_STARTED       25049u
/** draining complete: the last session has left; once an epoch, and nothing is admitted after it. */
#define TG_EVENT_DRAINED             25050u
/** starting: a start was asked for; the start hook runs. */
#define TG_EVENT_STARTING            25100u
/** running: it has started and admits sessions, up to a limit that may grow first. */
#define TG_EVENT_RUNNING             25101u
/** start failed: the start hook failed; start may be tried again. */
#define TG_EVENT_START_FAILED        25102u
/** waiting to start: a service that it needs has not started yet. */
#define TG_EVENT_WAITING             25103u
/** announcing: it says that it is not ready, and admits until no new session comes. */
#define TG_EVENT_ANNOUNCING          25110u
/** arrivals have stopped: no new session came for the quiet time; the gate is shut now. */
#define TG_EVENT_QUIET               25111u
/** announcement over: its time is over and new sessions still came; the gate is shut now. */
#define TG_EVENT_ANNOUNCE_OVER       25112u
/** sessions told to go: count sessions were asked to leave when they can. */
#define TG_EVENT_NOTICED             25113u
/** drain stalled: no session has left for a while; the text names the oldest. */
#define TG_EVENT_STALLED             25120u
/** deadline reached: sessions were left when the drain's time was over. */
#define TG_EVENT_DEADLINE            25121u
/** closing sessions: the host is told to end the sessions left; count says how many. */
#define TG_EVENT_FORCED              25122u
/** waiting on: the deadline's policy is to wait for the sessions left. */
#define TG_EVENT_DEADLINE_WAIT       25123u
/** drain called off: the deadline's policy is to resume; the drain's hold is lifted. */
#define TG_EVENT_DEADLINE_RESUME     25124u
/** stopping with sessions left: a stop did not wait; live says how many sessions are left. */
#define TG_EVENT_STOPPED_EARLY       25125u
/** release refused: a ticket was released twice, or is stale or foreign, or a leave had no enter; count says how many. */
#define TG_EVENT_STALE_RELEASE       25126u
/** callback late: a callback of the server has not come back for a while; the text names it; only its own service waits for it. */
#define TG_EVENT_CALLBACK_LATE       25127u
/** all sessions closed: the last of the sessions told to end has left; count says how many were told. */
#define TG_EVENT_ALL_CLOSED          25128u
/** sessions would not go: the kill grace is over and sessions are left; start is refused until they go. */
#define TG_EVENT_NOT_CLOSED          25129u
/** stopping: the stop hook runs; there is no way back. */
#define TG_EVENT_STOPPING            25130u
/** waiting to stop: a service that needs it has not stopped yet. */
#define TG_EVENT_STILL_NEEDED        25131u
/** resuming: the gate is open again, up to a limit that may grow first. */
#define TG_EVENT_RESUMING            25140u
/** resumed: the service runs as before, up to its whole limit. */
#define TG_EVENT_RESUMED             25141u
/** admissions refused: count were refused since the last such event. */
#define TG_EVENT_REFUSALS            25150u
/** events lost: count events did not reach a sink, or there was no room to record them. */
#define TG_EVENT_EVENTS_LOST         25151u
/** host ending: the process was told to end: nothing is started or resumed any more; count says how often it was told. */
#define TG_EVENT_HOST_ENDING         25160u
/** host ended: the host was told to end, and no service is left that runs or stops. */
#define TG_EVENT_HOST_ENDED          25161u
/** drain replaced: a second request took the place of the drain in progress. */
#define TG_EVENT_DRAIN_REPLACED      25163u
/** drain made stricter: a second, stricter request joined the drain in progress. */
#define TG_EVENT_DRAIN_MERGED        25164u
/** hold placed: an actor wants the service to stay paused; count says how many do. */
#define TG_EVENT_HOLD_PLACED         25165u
/** hold expired: the time of an actor's hold is over; count says how many are left. */
#define TG_EVENT_HOLD_EXPIRED        25166u
/** hold lifted: an actor took its hold back; count says how many are left. */
#define TG_EVENT_HOLD_LIFTED         25167u
/** all holds lifted: an actor lifted everybody's holds; count says how many there were. */
#define TG_EVENT_HOLDS_OVERRIDDEN    25168u
/** started paused: it has started and takes no sessions until it is resumed. */
#define TG_EVENT_STARTED_PAUSED      25169u
/** paused as before: the journal says that it was held when the process ended; count says by how many. */
#define TG_EVENT_RECOVERED           25170u
/** journal repaired: count bytes at its end were no whole record and have been cut off. */
#define TG_EVENT_JOURNAL_CUT         25171u
/** journal not written: what has changed may not outlive a crash. */
#define TG_EVENT_JOURNAL_FAILED      25172u
/** log lines lost: the log's reader was too slow; count says how many lines of the log are lost. */
#define TG_EVENT_LOG_LOST            25173u
/** plugin loaded: a plugin has started. */
#define TG_EVENT_PLUGIN_LOADED       25180u
/** plugin replaced: a new instance of a plugin does its work; count sessions were handed over. */
#define TG_EVENT_PLUGIN_REPLACED     25181u
/** plugin retained: a plugin is not used any more, but stays mapped; the text says why. */
#define TG_EVENT_PLUGIN_RETAINED     25182u
/** plugin unloaded: a plugin was drained, stopped and destroyed. */
#define TG_EVENT_PLUGIN_UNLOADED     25183u
/** plugin fault: count calls of a plugin have failed since the last such event; the text has the last. */
#define TG_EVENT_PLUGIN_FAULT        25184u
/** policy taken out: a plugin's policy failed too often, or hangs, and is not asked for a while. */
#define TG_EVENT_POLICY_OUT          25185u
/** policy asked again: the time for which a policy was taken out is over. */
#define TG_EVENT_POLICY_BACK         25186u
/** hook overdue: a plugin did not complete a lifecycle step in time; the host goes on without it. */
#define TG_EVENT_HOOK_OVERDUE        25187u
/** plugin says: a plugin has something to say; the severity is its own. */
#define TG_EVENT_PLUGIN_SAID         25188u
/** plugin's worker hangs: a hook or sink of a plugin has not come back for a while; it delays only that plugin. */
#define TG_EVENT_WORKER_HANGS        25189u
/** plugin reconfigured: a running plugin has taken a new configuration. */
#define TG_EVENT_PLUGIN_RECONFIGURED 25190u
/** plugin change hangs: a plugin that is loaded, replaced, reconfigured or unloaded has not come back for a while; other such changes wait for it. */
#define TG_EVENT_PLUGIN_CHANGE_HANGS 25191u
/** plugin too loud: count events and lines of the log that a plugin wanted to write were dropped, as there were too many a second. */
#define TG_EVENT_PLUGIN_TOO_LOUD     25192u

#endif /* TIDEGATE_EVENT_NUMBER_H */
