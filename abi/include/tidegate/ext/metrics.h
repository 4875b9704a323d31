/* Role tidegate.metrics/1: metrics of a plugin. */
#ifndef TIDEGATE_EXT_METRICS_H
#define TIDEGATE_EXT_METRICS_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/metric_kind.h"

#define TG_ROLE_METRICS "tidegate.metrics/1"

TG_BEGIN_C

/** One metric at one moment. */
typedef struct tg_metric {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t kind;      /**< TG_METRIC_* */
  uint32_t reserved0;
  double value;
  tg_str name;        /**< a-z 0-9 _, at most 63 bytes, without the plugin's id */
  tg_str unit;        /**< such as "seconds" or "bytes"; empty: a count */
  tg_str help;        /**< a sentence, at most 255 bytes */
} tg_metric;

/** The receiver of a report; it copies each metric and its texts. */
typedef struct tg_metric_taker {
  uint32_t struct_size;
  uint32_t abi;
  void *context; /**< first argument */

  /** Takes one metric; the host keeps at most 256 of one report. Threads: [worker] */
  void (*take)(void *context, const tg_metric *metric);
} tg_metric_taker;

/** The table of the role. */
typedef struct tg_metrics {
  uint32_t struct_size;
  uint32_t abi;

  /** Reports the metrics to `taker`, about once a second while they are read. Threads: [worker] */
  void (*collect)(void *instance, const tg_metric_taker *taker);
} tg_metrics;

TG_END_C

#endif /* TIDEGATE_EXT_METRICS_H */
