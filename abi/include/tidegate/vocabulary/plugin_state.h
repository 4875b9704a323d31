/* Generated from abi/vocabulary/plugin_states.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_PLUGIN_STATE_H
#define TIDEGATE_VOCABULARY_PLUGIN_STATE_H

/** State of a plugin.
 *  Unknown value: show the number; treat the plugin as not running. */

/** starting: the plugin is being created, given the live sessions, or started. */
#define TG_PLUGIN_STATE_STARTING 1u
/** running: the plugin works. */
#define TG_PLUGIN_STATE_RUNNING  2u
/** out: the plugin's policy has failed too often and is not asked for a while. */
#define TG_PLUGIN_STATE_OUT      3u
/** draining: the plugin gets no new calls; the host waits for its calls in progress. */
#define TG_PLUGIN_STATE_DRAINING 4u
/** retained: the plugin is no longer in use and stays mapped: a call has not returned, or its file cannot be unmapped. */
#define TG_PLUGIN_STATE_RETAINED 5u

#endif /* TIDEGATE_VOCABULARY_PLUGIN_STATE_H */
