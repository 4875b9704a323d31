#pragma once

#include <vector>

namespace tidegate::bench {

/// What a row's rounds came to.
struct Spread {
  double median = 0;
  double low = 0, high = 0;  ///< of all rounds
  double from = 0, to = 0;   ///< the noise: where the true median lies with 95 %, by order statistics
  std::size_t rounds = 0;
};
Spread spread_of(std::vector<double> values);

/// The value that so large a share of the others does not exceed.
double quantile(std::vector<double> &values, double share);

}  // namespace tidegate::bench
