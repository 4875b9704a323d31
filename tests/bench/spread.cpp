#include "spread.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::bench {

double quantile(std::vector<double> &values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

/// How many values are below the median is binomial: 1.96 standard deviations of that either way.
Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  const double aside = 0.98 * std::sqrt(n);
  const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(n / 2 - aside) - 1));
  const auto last = static_cast<std::size_t>(std::min(n - 1, std::ceil(n / 2 + aside)));
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back(), values[first], values[last], values.size()};
}

}  // namespace tidegate::bench
