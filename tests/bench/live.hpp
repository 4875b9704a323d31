#pragma once

#include <cstdint>
#include <vector>

#include "calls.hpp"
#include "measure.hpp"

namespace tidegate::bench {

/// Many live sessions, which end in an order that has nothing to do with that of their coming.
class Live {
 public:
  Live(const SessionCalls &calls, std::uint64_t sessions);

  /// The sessions whose turn it is end, `burst` of them, then as many come; over and over until `count` have.
  void churn(std::uint64_t count, std::uint64_t burst);
  /// The same as a side of a row: processor time of one that ends and one that comes.
  Side churn_side(std::uint64_t count, std::uint64_t burst);
  /// Processor time to show one session to a callback, when all are shown.
  Side enumeration_side();
  void end();

 private:
  const SessionCalls calls_;
  std::vector<tg_ticket> tickets_;  // in the order in which they end
  std::uint64_t turn_ = 0;
};

}  // namespace tidegate::bench
