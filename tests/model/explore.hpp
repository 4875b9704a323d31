#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host.hpp"
#include "store.hpp"

namespace tidegate::model {

/// What should not be, and the shortest way to it.
struct Found {
  Violation violation;
  std::vector<std::string> trace;
  std::uint64_t times = 1;
};

/// What an exploration has come to.
struct Report {
  std::uint32_t states = 0;
  std::uint64_t transitions = 0;
  unsigned depth = 0;
  Pairs pairs;  ///< that the machine has been given
  std::vector<Found> found;
};

/// Finds all states that a scenario's inputs lead to, breadth first from a host that has just been made, and looks at each
/// of them and at each step.
class Explorer {
 public:
  /// `go_on`: also after a violation, to find those of other kinds; else the first is the last.
  Explorer(const Scenario &scenario, Looked looked, bool go_on);
  Report explore();

 private:
  void visit(std::uint32_t number);
  std::uint32_t step(const Input &input, std::uint32_t from);
  bool is_over() const { return !go_on_ && !report_.found.empty(); }
  /// Keeps what the witness says, if it says something new; `in_step`: of a step from that state, not of the state.
  void take_violation(std::uint32_t number, bool in_step);
  void follow(bool everybody_left);
  void look_at_the_end(std::uint32_t number, bool everybody_left);
  std::vector<std::string> trace_to(std::uint32_t number);
  std::vector<std::string> lines_of_step(std::uint32_t from, std::uint32_t to);
  template <class Is>
  std::vector<std::string> lines_of(std::uint32_t from, Is &&is);
  std::vector<std::string> lines_of_violation(std::uint32_t from, const Violation &violation);
  World initial() const;

  const Scenario &scenario_;
  const bool go_on_;
  const std::vector<Input> inputs_;
  World world_{};
  World from_{};  // what the steps begin with
  Choices choices_;
  Witness witness_;
  Host host_;
  Store store_;
  Report report_;
};

}  // namespace tidegate::model
