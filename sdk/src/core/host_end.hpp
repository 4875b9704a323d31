#pragma once

#include <algorithm>
#include <cstdint>

#include "core/machine.hpp"

namespace tidegate::sdk {

/// The end of a host: running → terminating → ended, one way only.
///
/// - *running*: services are started, drained and resumed as is asked.
/// - *terminating*, from the first tell() on: the machines refuse to start, resume or put off anything (machine::Input::ending);
///   a service that is just starting is stopped as soon as its start returns.
/// - *ended*: terminating, and no service is left that runs, starts or stops. It stays so, as nothing starts any more.
///
/// Threads: under the host's control lock. The model in tests/model explores it with the services.
class HostEnd {
 public:
  enum class State : std::uint8_t { running, terminating, ended };
  /// How hard the services are asked to end.
  enum class Push : std::uint8_t {
    drain,  // sessions have until the deadline
    close,  // sessions that are left are told to close now
    stop,   // nothing is waited for
  };

  /// The process was told to end, once more. Returns: how hard the services are to be asked now.
  Push tell() {
    times_ = std::min<std::uint8_t>(times_ + 1, kPushes);
    return static_cast<Push>(times_ - 1);
  }
  /// How often it was told, up to three.
  std::uint8_t times() const { return times_; }
  bool is_terminating() const { return times_ != 0; }

  /// A service in this place does nothing any more unless it is started.
  static bool is_over(machine::Place place) {
    return place == machine::Place::stopped || place == machine::Place::unstarted;
  }
  /// A service in this place is done as far as the end of the host goes: it is over, or its sessions did not end within the kill grace.
  static bool is_done_with(machine::Place place) { return is_over(place) || place == machine::Place::stuck; }
  State state(bool all_are_over) const {
    if (!is_terminating()) return State::running;
    return all_are_over ? State::ended : State::terminating;
  }

  bool operator==(const HostEnd &) const = default;

 private:
  static constexpr std::uint8_t kPushes = 3;
  std::uint8_t times_ = 0;
};

}  // namespace tidegate::sdk
