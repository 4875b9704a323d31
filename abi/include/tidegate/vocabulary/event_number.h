/* Generated from abi/vocabulary/events.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_EVENT_NUMBER_H
#define TIDEGATE_VOCABULARY_EVENT_NUMBER_H

/** Events.
 *  Unknown value: show number, service and text; a number is never given a second meaning. */

/** stopped: the service has stopped; live is the number of sessions left. */
#define TG_EVENT_STOPPED             25003u
/** draining started: the gate is shut; sessions in progress run on. */
#define TG_EVENT_DRAIN_STARTED       25049u
/** draining complete: the last session has left; comes once an epoch, and no session is admitted after it. */
#define TG_EVENT_DRAINED             25050u
/** starting: an actor requested a start; the start callback runs. */
#define TG_EVENT_STARTING            25100u
/** running: the service has started and admits sessions, at first perhaps up to a growing limit. */
#define TG_EVENT_RUNNING             25101u
/** start failed: the start callback failed; a further start is possible. */
#define TG_EVENT_START_FAILED        25102u
/** waiting to start: a service that this one needs has not started yet. */
#define TG_EVENT_WAITING             25103u
/** announcing: the service is not ready and still admits until arrivals stop. */
#define TG_EVENT_ANNOUNCING          25110u
/** arrivals have stopped: no new session came for the quiet time; the gate is shut now. */
#define TG_EVENT_QUIET               25111u
/** announcement over: the announcement reached its maximum while new sessions still came; the gate is shut now. */
#define TG_EVENT_ANNOUNCE_OVER       25112u
/** sessions told to go: count sessions were asked to leave when they can. */
#define TG_EVENT_NOTICED             25113u
/** drain stalled: no session has left for a while; the text names the oldest session. */
#define TG_EVENT_STALLED             25120u
/** deadline reached: the deadline of the drain has come with sessions left. */
#define TG_EVENT_DEADLINE            25121u
/** closing sessions: the server is told to end the sessions that are left; count is their number. */
#define TG_EVENT_FORCED              25122u
/** waiting on: the deadline's policy is to wait for the sessions that are left. */
#define TG_EVENT_DEADLINE_WAIT       25123u
/** drain called off: the deadline's policy is to resume; the drain's hold is lifted. */
#define TG_EVENT_DEADLINE_RESUME     25124u
/** stopping with sessions left: a stop did not wait; live is the number of sessions left. */
#define TG_EVENT_STOPPED_EARLY       25125u
/** release refused: a ticket was released twice, is stale or foreign, or a leave had no enter; count is the number of such calls. */
#define TG_EVENT_STALE_RELEASE       25126u
/** callback late: a callback of the server has not returned for a while; the text names it; it delays only its own service. */
#define TG_EVENT_CALLBACK_LATE       25127u
/** all sessions closed: the last session that was told to close has left; count is the number of sessions that were told. */
#define TG_EVENT_ALL_CLOSED          25128u
/** sessions would not go: the kill grace is over and sessions are left; a start is refused until they end. */
#define TG_EVENT_NOT_CLOSED          25129u
/** stopping: the stop callback runs; the service cannot be resumed any more. */
#define TG_EVENT_STOPPING            25130u
/** waiting to stop: a service that needs this one has not stopped yet. */
#define TG_EVENT_STILL_NEEDED        25131u
/** resuming: the gate is open again, at first perhaps up to a growing limit. */
#define TG_EVENT_RESUMING            25140u
/** resumed: the service admits up to its whole limit again. */
#define TG_EVENT_RESUMED             25141u
/** admissions refused: count admissions were refused since the last such event. */
#define TG_EVENT_REFUSALS            25150u
/** events lost: count events did not reach a sink, or the host had no room to record them. */
#define TG_EVENT_EVENTS_LOST         25151u
/** host ending: the host was told to end: no service is started or resumed any more; count is the number of such calls. */
#define TG_EVENT_HOST_ENDING         25160u
/** host ended: the host was told to end, and every service has stopped, or has failed with sessions left. */
#define TG_EVENT_HOST_ENDED          25161u
/** drain replaced: a second request took the place of the drain in progress. */
#define TG_EVENT_DRAIN_REPLACED      25163u
/** drain made stricter: a second, stricter request joined the drain in progress. */
#define TG_EVENT_DRAIN_MERGED        25164u
/** hold placed: an actor holds the service paused; count is the number of holds. */
#define TG_EVENT_HOLD_PLACED         25165u
/** hold expired: an actor's hold has expired; count is the number of holds left. */
#define TG_EVENT_HOLD_EXPIRED        25166u
/** hold lifted: an actor lifted its hold; count is the number of holds left. */
#define TG_EVENT_HOLD_LIFTED         25167u
/** all holds lifted: an actor lifted the holds of all actors; count is their number. */
#define TG_EVENT_HOLDS_OVERRIDDEN    25168u
/** started paused: the service has started and admits no session until an actor resumes it. */
#define TG_EVENT_STARTED_PAUSED      25169u
/** paused as before: the journal says that the service was held when the process ended; count is the number of holds. */
#define TG_EVENT_RECOVERED           25170u
/** journal repaired: count bytes at the end of the journal were not a whole record and have been cut off. */
#define TG_EVENT_JOURNAL_CUT         25171u
/** journal not written: the journal could not be written: the last changes may be lost in a crash. */
#define TG_EVENT_JOURNAL_FAILED      25172u
/** log lines lost: the log's reader was too slow; count is the number of lost lines. */
#define TG_EVENT_LOG_LOST            25173u
/** plugin loaded: a plugin has started. */
#define TG_EVENT_PLUGIN_LOADED       25180u
/** plugin replaced: a new instance has taken the place of a plugin; count sessions were handed over. */
#define TG_EVENT_PLUGIN_REPLACED     25181u
/** plugin retained: a plugin is no longer in use and stays mapped; the text gives the reason. */
#define TG_EVENT_PLUGIN_RETAINED     25182u
/** plugin unloaded: a plugin was drained, stopped and destroyed. */
#define TG_EVENT_PLUGIN_UNLOADED     25183u
/** plugin fault: count calls of a plugin have failed since the last such event; the text describes the last failure. */
#define TG_EVENT_PLUGIN_FAULT        25184u
/** policy taken out: a plugin's policy failed too often or hangs, and is not asked for a while. */
#define TG_EVENT_POLICY_OUT          25185u
/** policy asked again: the policy that was taken out is asked again. */
#define TG_EVENT_POLICY_BACK         25186u
/** hook overdue: a plugin did not complete a lifecycle step in time; the host goes on without it. */
#define TG_EVENT_HOOK_OVERDUE        25187u
/** plugin says: a message of a plugin, which also chose the severity. */
#define TG_EVENT_PLUGIN_SAID         25188u
/** plugin's worker hangs: a hook or sink of a plugin has not returned for a while; it delays only that plugin. */
#define TG_EVENT_WORKER_HANGS        25189u
/** plugin reconfigured: a running plugin has taken a new configuration. */
#define TG_EVENT_PLUGIN_RECONFIGURED 25190u
/** plugin change hangs: the load, reload, reconfiguration or unload of a plugin has not returned for a while; further such changes wait for it. */
#define TG_EVENT_PLUGIN_CHANGE_HANGS 25191u
/** plugin too loud: count events and log lines of a plugin were dropped, as the plugin wrote too many a second. */
#define TG_EVENT_PLUGIN_TOO_LOUD     25192u

#endif /* TIDEGATE_VOCABULARY_EVENT_NUMBER_H */
