/* Generated from abi/vocabulary/plugin_states.def; do not edit. */
#ifndef TIDEGATE_PLUGIN_STATE_H
#define TIDEGATE_PLUGIN_STATE_H

/** State of a plugin.
 *  Unknown value: show the number; treat the plugin as not running. */

/** starting: it is being made, given the live sessions, or started. */
#define TG_PLUGIN_STATE_STARTING 1u
/** running: it does its work. */
#define TG_PLUGIN_STATE_RUNNING  2u
/** out: its policy has failed too often and is not asked for a while. */
#define TG_PLUGIN_STATE_OUT      3u
/** draining: nothing new is asked of it; its calls in progress are waited for. */
#define TG_PLUGIN_STATE_DRAINING 4u
/** retained: it is not used any more, and stays mapped: a call has not come back, or its file cannot be unmapped. */
#define TG_PLUGIN_STATE_RETAINED 5u

#endif /* TIDEGATE_PLUGIN_STATE_H */
