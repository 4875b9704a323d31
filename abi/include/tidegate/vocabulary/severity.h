/* Generated from abi/vocabulary/severities.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_SEVERITY_H
#define TIDEGATE_VOCABULARY_SEVERITY_H

/** Severity of an event or of a plugin's log line.
 *  Unknown value: treat as WARNING. */

/** info: an ordinary event. */
#define TG_SEVERITY_INFO          0u
/** warning: an operator should look at it. */
#define TG_SEVERITY_WARNING       1u
/** error: an operation failed. */
#define TG_SEVERITY_ERROR         2u
/** host-misuse: the server's program broke a rule of the ABI. */
#define TG_SEVERITY_HOST_MISUSE   3u
/** plugin-misuse: a plugin broke a rule of the ABI. */
#define TG_SEVERITY_PLUGIN_MISUSE 4u

#endif /* TIDEGATE_VOCABULARY_SEVERITY_H */
