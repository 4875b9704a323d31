/* Generated from abi/vocabulary/metric_kinds.def; do not edit. */
#ifndef TIDEGATE_METRIC_KIND_H
#define TIDEGATE_METRIC_KIND_H

/** Kind of a figure.
 *  Unknown value: treat as GAUGE. */

/** counter: it only grows, from 0 when the plugin starts. */
#define TG_METRIC_COUNTER 1u
/** gauge: it goes up and down. */
#define TG_METRIC_GAUGE   2u

#endif /* TIDEGATE_METRIC_KIND_H */
