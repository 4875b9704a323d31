#pragma once

#include <algorithm>
#include <cstdint>

#include "core/machine.hpp"

namespace tidegate::sdk {

/// The end of a host: running → terminating → ended, one way only.
///
/// - *running*: services are started, drained and resumed on request.
/// - *terminating*, from the first tell() on: the machines refuse to start or resume a service or to call off a drain
///   (machine::Input::ending); a starting service is stopped as soon as its start callback returns.
/// - *ended*: terminating, and every service has stopped, or has failed with sessions that did not end. This state is final, as no
///   service starts any more.
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

  /// Notes that the process was told to end, perhaps once more. Returns: how hard the services are asked to end now.
  Push tell() {
    times_ = std::min<std::uint8_t>(times_ + 1, kPushes);
    return static_cast<Push>(times_ - 1);
  }
  /// Returns how often the process was told to end, at most three.
  std::uint8_t times() const { return times_; }
  bool is_terminating() const { return times_ != 0; }

  /// Returns: whether a service in this place is stopped or has failed to start.
  static bool is_over(machine::Place place) {
    return place == machine::Place::stopped || place == machine::Place::unstarted;
  }
  /// Returns: whether the end of the host waits no longer for a service in this place: it is over, or its sessions did not end within the
  /// kill grace.
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
