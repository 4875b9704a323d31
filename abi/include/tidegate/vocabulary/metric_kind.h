/* Generated from abi/vocabulary/metric_kinds.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_METRIC_KIND_H
#define TIDEGATE_VOCABULARY_METRIC_KIND_H

/** Kind of a metric.
 *  Unknown value: treat as GAUGE. */

/** counter: a count that only grows, from 0 at the start of the plugin. */
#define TG_METRIC_COUNTER 1u
/** gauge: a value that goes up and down. */
#define TG_METRIC_GAUGE   2u

#endif /* TIDEGATE_VOCABULARY_METRIC_KIND_H */
