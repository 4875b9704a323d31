#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/holds.hpp"
#include "core/nanos.hpp"
#include "core/watch.hpp"
#include "tidegate/base.h"
#include "tidegate/deadline.h"

namespace tidegate::sdk {

/// The drain machine: (state, input, now) → (state, effects), and nothing else. It has no clock, no lock and no count of
/// its own; what a drain must get right is decided here, and only here does a phase move.
namespace machine {

/// Where a service is. Each place shows as one status and one phase.
enum class Place : std::uint8_t {
  stopped,     // Stopped
  waiting,     // StartPending: a service that it needs has not started yet
  starting,    // StartPending: the start hook runs
  running,     // Running
  announcing,  // PausePending/announcing: not ready, still admitting
  shutting,    // PausePending/draining: the gate is being shut
  draining,    // Paused/draining
  closing,     // Paused/closing: sessions have been told to end
  drained,     // Paused/drained
  opening,     // ContinuePending: the gate is being opened
  ramping,     // ContinuePending/ramping: open up to a limit that grows
  stopping,    // StopPending: the stop hook runs
  unstarted,   // Failed/none: the start hook failed
  stuck,       // Failed/closing: sessions would not go
};
inline constexpr std::size_t kPlaces = 14;

std::uint32_t status_of(Place place);  ///< TG_STATUS_*
std::uint32_t phase_of(Place place);   ///< TG_PHASE_*
std::string_view name_of(Place place);
/// Ready for new sessions, as a health probe is told. A gate that is not open is never ready.
bool is_ready(Place place);

/// What can happen. The first four are asked for; the others are facts that the runtime reports.
enum class Happening : std::uint8_t {
  start,
  drain,  // with `drain`
  stop_now,
  resume,         // with `all_holds`
  started,        // the start hook succeeded
  start_failed,   // the start hook failed
  needs_met,      // the needed services have started
  needs_failed,   // a needed service did not start
  unneeded,       // what needs it has stopped
  gate_shut,      // answer to shut_gate and seal_gate; count: sessions and entries inside
  gate_opened,    // answer to open_gate and open_gate_unless_drained
  gate_drained,   // the gate is not open and is empty; also an answer to open_gate_unless_drained
  noticed,        // answer to notice_sessions, with count
  noticed_again,  // answer to notice_again, with count
  blockers_seen,  // answer to name_blockers
  stopped,        // the stop hook is done
  close_told,     // every session that a deadline ends has been told to close, or its callback is late
  time,           // the moment of next_time() has come
};
inline constexpr std::size_t kHappenings = 18;

std::string_view name_of(Happening happening);

/// How a service is made; never changes.
struct Config {
  std::uint64_t max_sessions = 0;  ///< 0: none
  Nanos ramp = 0;                  ///< 0: none
  std::uint32_t ramp_from_percent = 10;
  Nanos stalled_after = kNever;  ///< kNever: never said to be
  bool start_paused = false;
  bool tells_to_close = false;  ///< the server is called for that, and close_told reported
};

/// A drain as it was asked for, with all defaults filled in.
struct Drain {
  std::uint32_t intent = 0;  ///< TG_INTENT_*
  Nanos budget = kNever;     ///< time until the deadline; kNever: none asked for
  std::uint32_t at_deadline = TG_DEADLINE_FORCE;
  Nanos kill_grace = 0;
  bool replace = false;
  bool affinity = false;
  bool emergency = false;
  bool announce = false;
  Nanos announce_min = 0;
  Nanos announce_max = 0;
  Nanos quiet = 0;
  Nanos notice_window = kNever;  ///< kNever: sessions are not asked to go
  bool notice_given = false;     ///< the request itself has a notice window, and not the defaults
  bool holds = false;            ///< whether `hold` is placed
  Hold hold{};
};

/// What a service needs, as far as it has started.
enum class Needs : std::uint8_t { met, coming, missing };

struct Input {
  Happening what;
  Action by{};    ///< the requesting actor
  Drain drain{};  ///< drain only
  bool all_holds = false;
  bool no_ramp = false;  ///< resume only: the whole limit at once
  std::uint64_t count = 0;

  // Facts of this moment, filled in for every input:
  bool ending = false;           ///< the host was told to end: no service opens or starts any more
  std::int64_t unix_now = 0;     ///< the wall clock, which the holds' expiries follow; 0: they do not
  std::uint64_t live = 0;        ///< inside the gate
  std::uint64_t sessions = 0;    ///< of those, what max_sessions bounds
  std::uint64_t arrivals = 0;    ///< NEW sessions and entries asked for so far
  std::uint64_t departures = 0;  ///< sessions and entries that have left so far
  Needs needs = Needs::met;
  bool needed = false;       ///< a service that needs this one has started
  bool kept_needed = false;  ///< and that service is not stopping and has not been asked to stop
};

/// What the runtime has to do, in this order.
struct Effect {
  enum class Kind : std::uint8_t {
    emit,                      // event `number`, with `count`; `actor` when it is not the requesting actor
    set_limit,                 // the gate lets in ordinary work up to `count` sessions; 0: no limit
    shut_gate,                 // then report gate_shut
    seal_gate,                 // then report gate_shut
    open_gate,                 // then report gate_opened
    open_gate_unless_drained,  // then report gate_opened or gate_drained
    run_start,                 // then report started or start_failed
    run_stop,                  // then report stopped
    notice_sessions,           // ask `count` tenths of the sessions to go, then report noticed
    notice_again,              // tell the sessions that have been asked already: the deadline is sooner; report noticed_again
    name_blockers,             // find the sessions that are left, then report blockers_seen
    close_sessions,            // tell the server to end every session, then report close_told
    keep,                      // write the holds to the journal, and answer the request when the disk has them
  };
  Kind kind;
  std::uint32_t number = 0;
  std::uint64_t count = 0;
  Place place{};  // emit: where the service is right after the event
  FixedText<kNameBytes> actor{};
};

struct State {
  Place place = Place::stopped;
  bool hurry = false;         // a stop that does not wait is in progress
  bool said_started = false;  // 25049 of this epoch is out
  bool said_drained = false;  // 25050 of this epoch is out
  bool unheld = false;        // a drain that placed no hold is in progress: no expiry of a hold calls it off
  bool recovered = false;     // its holds come from the journal, and that has not been said yet
  bool affinity = false;      // AFFINITY sessions of live keys are admitted
  bool emergency = false;     // EMERGENCY sessions are admitted
  std::uint32_t intent = 0;   // TG_INTENT_*
  std::uint32_t at_deadline = TG_DEADLINE_FORCE;
  std::uint64_t epoch = 0;  // drains begun
  Nanos budget = kNever;    // as asked for
  Nanos deadline = kNever;
  Nanos kill_grace = 0;
  Nanos kill_at = kNever;
  std::uint64_t closing = 0;   // sessions told to close in this epoch
  std::uint64_t told = 0;      // sessions asked to go in this epoch
  std::uint64_t at_drain = 0;  // live when it began

  Nanos announce_from = kNever;  // it may end
  Nanos announce_until = kNever;
  Watch arrivals{};    // announcing: until nothing comes
  Watch departures{};  // draining: until nothing goes

  Nanos notice_window = kNever;
  Nanos notice_at = kNever;  // when the next are asked to go
  std::uint32_t notices = 0;

  Nanos ramp_began = kNever;
  Nanos ramp_next = kNever;  // its limit grows
  std::uint64_t ramp_base = 0;  // sessions that were there when it began

  Holds holds{};
  FixedText<kNameBytes> owner{};    // whose drain has the deadline
  bool owner_holds = false;         // and whether that placed a hold
  std::uint32_t others_intent = 0;  // what drains of others are for: it stays when the deadline calls the owner's off
  bool others_unheld = false;       // likewise: one of theirs placed no hold

  bool operator==(const State &) const = default;
};

/// Notices are given in so many steps.
inline constexpr std::uint32_t kNoticeSteps = 10;
/// A ramp grows in so many.
inline constexpr std::uint32_t kRampSteps = 18;

/// A short list with no memory of its own.
class Effects {
 public:
  static constexpr std::size_t kMax = 24;
  void add(const Effect &effect) { items_[count_++] = effect; }
  const Effect *begin() const { return items_.data(); }
  const Effect *end() const { return items_.data() + count_; }

 private:
  std::array<Effect, kMax> items_{};
  std::size_t count_ = 0;
};

struct Step {
  State state;
  Effects effects;
  tg_result result = TG_OK;
  std::string_view why;  ///< result < 0: a literal with the obstacle and the remedy
};

Step step(const Config &config, const State &state, const Input &input, Nanos now);

/// When `time` is due; kNever: not.
Nanos next_time(const State &state);

/// How many sessions ordinary work may have now; 0: no limit.
std::uint64_t limit_at(const Config &config, const State &state, Nanos now);

/// Feeds the machine with an input, has its effects carried out, and feeds it with the answers to the effects until there is no answer.
///
/// `Carrier`: `Nanos now()`; `void facts(Input &)` fills in the facts of this moment; `void enter(const State &)` takes the new state
/// before its effects; `bool carry_out(const Effect &, Input &answer)` carries out one effect and returns true when `answer` has its
/// result. Returns: the first step.
template <class Carrier>
Step drive(const Config &config, State &state, Input input, Carrier &carrier) {
  carrier.facts(input);
  const Step first = step(config, state, input, carrier.now());
  Step now = first;
  for (bool again = true; again;) {
    again = false;
    carrier.enter(now.state);
    state = now.state;
    Input answer{Happening::time};
    for (const Effect &effect : now.effects) again = carrier.carry_out(effect, answer) || again;
    if (!again) break;
    carrier.facts(answer);
    now = step(config, state, answer, carrier.now());
  }
  return first;
}

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
