/* Generated from abi/vocabulary/results.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_RESULT_H
#define TIDEGATE_VOCABULARY_RESULT_H

/** Results of a call.
 *  Unknown value: a caller treats an unknown negative value as failure and shows tg_last_error(); an unknown positive value as success. */

/** ok: done; a refused admission is a verdict and also ok. */
#define TG_OK           (0)
/** ok-held: done, and another actor's hold keeps the service paused. */
#define TG_HELD         (1)
/** ok-not-durable: done, but the journal could not be written: a crash may undo it. */
#define TG_NOT_DURABLE  (2)
/** ok-deferred: the plugin will complete the lifecycle step later, with its token. */
#define TG_DEFERRED     (3)
/** ok-retained: done, but the plugin's old file stays mapped. */
#define TG_RETAINED     (4)
/** ok-joined: done by joining the drain in progress, which keeps an option that differs from the request, such as the deadline of another actor. */
#define TG_JOINED       (5)
/** invalid: an argument is missing, malformed or out of range. */
#define TG_E_INVALID    (-1)
/** misuse: the call is not allowed on this thread or in this order. */
#define TG_E_MISUSE     (-2)
/** too-new: a part of a request that this library does not know is not zero. */
#define TG_E_TOO_NEW    (-3)
/** reentrant: the call is not allowed inside a call of a plugin. */
#define TG_E_REENTRANT  (-4)
/** state: the status of the service does not allow it. */
#define TG_E_STATE      (-100)
/** too-late: the service has begun to stop and cannot turn back. */
#define TG_E_TOO_LATE   (-101)
/** conflict: a stricter drain is in progress. */
#define TG_E_CONFLICT   (-102)
/** busy: sessions or callers are left. */
#define TG_E_BUSY       (-103)
/** stale: the ticket does not belong to a live session of this service. */
#define TG_E_STALE      (-104)
/** not-found: no object has that name. */
#define TG_E_NOT_FOUND  (-105)
/** exists: an object with that name exists already. */
#define TG_E_EXISTS     (-106)
/** closing: the host is ending or being destroyed, or the plugin is being drained. */
#define TG_E_CLOSING    (-107)
/** ended: the awaited moment can no longer come. */
#define TG_E_ENDED      (-108)
/** held: only other actors hold the service; it stays paused. */
#define TG_E_HELD       (-109)
/** forked: the host belongs to the parent process. */
#define TG_E_FORKED     (-110)
/** timeout: the time limit came first. */
#define TG_E_TIMEOUT    (-200)
/** no-memory: the system has no memory left. */
#define TG_E_NO_MEMORY  (-201)
/** system: the operating system refused. */
#define TG_E_SYSTEM     (-202)
/** limit: a fixed limit of the library is reached. */
#define TG_E_LIMIT      (-203)
/** plugin: the plugin reported a failure. */
#define TG_E_PLUGIN     (-300)
/** not-plugin: the file is not a Tidegate plugin. */
#define TG_E_NOT_PLUGIN (-301)
/** abi: plugin and host cannot agree on a version. */
#define TG_E_ABI        (-302)
/** trust: other users could have written the plugin's file, or did. */
#define TG_E_TRUST      (-303)

#endif /* TIDEGATE_VOCABULARY_RESULT_H */
