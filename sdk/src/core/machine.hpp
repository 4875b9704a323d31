#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/nanos.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk {

/// The drain machine: (state, input, now) → (state, effects), and nothing else. It has no clock, no lock and no count of
/// its own; what a drain must get right is decided here, and only here does a phase move.
namespace machine {

/// Where a service is. Each place shows as one status and one phase.
enum class Place : std::uint8_t {
  stopped,    // Stopped
  starting,   // StartPending: the start hook runs
  running,    // Running
  shutting,   // PausePending: the gate is being shut
  draining,   // Paused/draining
  closing,    // Paused/closing: the deadline is over, sessions have been told to end
  drained,    // Paused/drained
  opening,    // ContinuePending: the gate is being opened
  stopping,   // StopPending: the stop hook runs
  unstarted,  // Failed/none: the start hook failed
  stuck,      // Failed/closing: sessions would not go
};
inline constexpr std::size_t kPlaces = 11;

std::uint32_t status_of(Place place);  ///< TG_STATUS_*
std::uint32_t phase_of(Place place);   ///< TG_PHASE_*
std::string_view name_of(Place place);

/// What can happen. The first four are asked for; the others are facts that the runtime reports.
enum class Happening : std::uint8_t {
  start,
  drain,  // with intent, budget and kill_grace
  stop_now,
  resume,
  started,       // the start hook succeeded
  start_failed,  // the start hook failed
  gate_shut,     // with live: answer to shut_gate and seal_gate
  gate_opened,   // answer to open_gate and open_gate_unless_drained
  gate_drained,  // the gate is not open and nobody is inside; also an answer to open_gate_unless_drained
  stopped,       // the stop hook is done
  time,          // the moment of next_time() has come
};
inline constexpr std::size_t kHappenings = 11;

std::string_view name_of(Happening happening);

struct Input {
  Happening what;
  std::uint32_t intent = 0;  ///< TG_INTENT_*
  Nanos budget = kNever;     ///< time until the deadline; kNever: none asked for
  Nanos kill_grace = 0;
  std::uint64_t live = 0;
};

/// What the runtime has to do, in this order.
struct Effect {
  enum class Kind : std::uint8_t {
    emit,                      // event `number`, with `count`
    shut_gate,                 // then report gate_shut
    seal_gate,                 // then report gate_shut
    open_gate,                 // then report gate_opened
    open_gate_unless_drained,  // then report gate_opened or gate_drained
    run_start,                 // then report started or start_failed
    run_stop,                  // then report stopped
    close_sessions,            // tell the host to end every session
  };
  Kind kind;
  std::uint32_t number = 0;
  std::uint64_t count = 0;
  Place place{};  // emit: where the service is right after the event
};

struct State {
  Place place = Place::stopped;
  std::uint32_t intent = 0;   // TG_INTENT_*
  bool hurry = false;         // a stop that does not wait is in progress
  bool said_started = false;  // 25049 of this epoch is out
  bool said_drained = false;  // 25050 of this epoch is out
  std::uint64_t epoch = 0;    // drains begun
  Nanos budget = kNever;      // as asked for
  Nanos deadline = kNever;
  Nanos kill_grace = 0;
  Nanos kill_at = kNever;
  std::uint64_t told = 0;      // sessions told to close in this epoch
  std::uint64_t at_drain = 0;  // live when it began

  bool operator==(const State &) const = default;
};

/// A short list with no memory of its own.
class Effects {
 public:
  void add(const Effect &effect) { items_[count_++] = effect; }
  const Effect *begin() const { return items_.data(); }
  const Effect *end() const { return items_.data() + count_; }

 private:
  std::array<Effect, 8> items_{};
  std::size_t count_ = 0;
};

struct Step {
  State state;
  Effects effects;
  tg_result result = TG_OK;
  std::string_view why;  ///< result < 0: what is in the way and what to do, a literal
};

Step step(const State &state, const Input &input, Nanos now);

/// When `time` is due; kNever: not.
Nanos next_time(const State &state);

/// One line of the machine's table. A pair that has no row is answered by TG_E_STATE and changes nothing.
struct Row {
  Place at;
  Happening what;
  void (*take)(struct Turn &turn);
  std::string_view effect;  ///< for the documentation
};
std::span<const Row> rows();

}  // namespace machine
}  // namespace tidegate::sdk
