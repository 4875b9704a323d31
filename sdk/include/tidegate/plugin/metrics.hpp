#pragma once

#include <string_view>

#include "tidegate/ext/metrics.h"
#include "tidegate/text.hpp"

namespace tidegate::plugin {

/// Takes a plugin's figures; all texts are copied. Borrowed for the call.
class Metrics {
 public:
  explicit Metrics(const tg_metric_taker &taker) : taker_(taker) {}

  /// Reports a value that only grows, from 0 at the start of the plugin.
  void counter(std::string_view name, double value, std::string_view help = {}, std::string_view unit = {}) const {
    tell(TG_METRIC_COUNTER, name, value, help, unit);
  }
  /// Reports a value that goes up and down.
  void gauge(std::string_view name, double value, std::string_view help = {}, std::string_view unit = {}) const {
    tell(TG_METRIC_GAUGE, name, value, help, unit);
  }

 private:
  void tell(std::uint32_t kind, std::string_view name, double value, std::string_view help,
            std::string_view unit) const {
    tg_metric metric = TG_PLUGIN_INIT(tg_metric);
    metric.kind = kind;
    metric.value = value;
    metric.name = str(name);
    metric.unit = str(unit);
    metric.help = str(help);
    taker_.take(taker_.context, &metric);
  }

  const tg_metric_taker &taker_;
};

}  // namespace tidegate::plugin
