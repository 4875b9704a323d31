#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/holds.hpp"
#include "core/nanos.hpp"
#include "core/watch.hpp"
#include "tidegate/base.h"
#include "tidegate/vocabulary/deadline.h"

namespace tidegate::sdk {

/// The drain machine is a pure function, (state, input, now) → (state, effects). It has no clock, no lock and no count of its own. Every
/// decision about a drain is made here, and only the machine moves a phase.
namespace machine {

/// The place of a service in the machine. Each place has one status and one phase.
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
  stuck,       // Failed/closing: sessions did not end within the kill grace
};
inline constexpr std::size_t kPlaces = 14;

std::uint32_t status_of(Place place);  ///< TG_STATUS_*
std::uint32_t phase_of(Place place);   ///< TG_PHASE_*
std::string_view name_of(Place place);
/// Returns: whether a service in this place is ready for new sessions, as a health probe sees it. With a gate that is not open it never is.
bool is_ready(Place place);

/// The inputs of the machine. The first four are requests; the others are facts that the runtime reports.
enum class Happening : std::uint8_t {
  start,
  drain,  // with `drain`
  stop_now,
  resume,         // with `all_holds`
  started,        // the start hook succeeded
  start_failed,   // the start hook failed
  needs_met,      // the needed services have started
  needs_failed,   // a needed service did not start
  unneeded,       // the services that need this one have stopped
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

/// The options of a service; they never change.
struct Config {
  std::uint64_t max_sessions = 0;  ///< 0: none
  Nanos ramp = 0;                  ///< 0: none
  std::uint32_t ramp_from_percent = 10;
  Nanos stalled_after = kNever;  ///< kNever: no drain is reported as stalled
  bool start_paused = false;
  bool tells_to_close = false;  ///< close_sessions calls the server, and close_told is reported afterwards
};

/// The options of a requested drain, with all defaults filled in.
struct Drain {
  std::uint32_t intent = 0;  ///< TG_INTENT_*
  Nanos budget = kNever;     ///< time until the deadline; kNever: the request has no deadline
  std::uint32_t at_deadline = TG_DEADLINE_FORCE;
  Nanos kill_grace = 0;
  bool replace = false;
  bool affinity = false;
  bool emergency = false;
  bool announce = false;
  Nanos announce_min = 0;
  Nanos announce_max = 0;
  Nanos quiet = 0;
  Nanos notice_window = kNever;  ///< kNever: sessions get no notices
  bool notice_given = false;     ///< the request itself has a notice window, and not the defaults
  bool holds = false;            ///< whether `hold` is placed
  Hold hold{};
};

/// Whether the services that a service needs have started.
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
  std::int64_t unix_now = 0;     ///< the wall clock, which the expiries of holds follow; 0: they do not follow it
  std::uint64_t live = 0;        ///< sessions, children and entries inside the gate
  std::uint64_t sessions = 0;    ///< sessions inside that count for max_sessions
  std::uint64_t arrivals = 0;    ///< requests of NEW sessions and entries so far
  std::uint64_t departures = 0;  ///< sessions, children and entries that have left so far
  Needs needs = Needs::met;
  bool needed = false;       ///< a service that needs this one has begun to start and has not stopped
  bool kept_needed = false;  ///< and that service is not stopping and has not been asked to stop
};

/// One action for the runtime; the effects of a step are carried out in order.
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
    notice_sessions,           // give notices until `count` tenths of the sessions have one, then report noticed
    notice_again,              // give the noticed sessions another notice, as the deadline is sooner; then report noticed_again
    name_blockers,             // find the sessions that are left, then report blockers_seen
    close_sessions,            // tell the server to end every session; with tells_to_close report close_told then
    keep,                      // hand a snapshot to the journal; a request that changed holds waits for the disk afterwards
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
  bool said_started = false;  // event 25049 of this epoch has been emitted
  bool said_drained = false;  // event 25050 of this epoch has been emitted
  bool unheld = false;        // a drain that placed no hold is in progress: no expiry of a hold calls it off
  bool recovered = false;     // the holds come from the journal, and event 25170 has not been emitted yet
  bool affinity = false;      // AFFINITY sessions of live keys are admitted
  bool emergency = false;     // EMERGENCY sessions are admitted
  std::uint32_t intent = 0;   // TG_INTENT_*
  std::uint32_t at_deadline = TG_DEADLINE_FORCE;
  std::uint64_t epoch = 0;  // the number of drains begun
  Nanos budget = kNever;    // the time until the deadline when it was requested
  Nanos deadline = kNever;
  Nanos kill_grace = 0;
  Nanos kill_at = kNever;
  std::uint64_t closing = 0;   // sessions told to close in this epoch
  std::uint64_t told = 0;      // sessions that got a notice in this epoch
  std::uint64_t at_drain = 0;  // sessions and entries inside when the gate was shut

  Nanos announce_from = kNever;   // earliest end of the announcement
  Nanos announce_until = kNever;  // latest end of the announcement
  Watch arrivals{};    // announcing: detects that no session arrives
  Watch departures{};  // draining: detects that no session leaves

  Nanos notice_window = kNever;
  Nanos notice_at = kNever;  // time of the next step of notices
  std::uint32_t notices = 0;  // steps of notices so far

  Nanos ramp_began = kNever;
  Nanos ramp_next = kNever;  // time of the next step of the ramp
  std::uint64_t ramp_base = 0;  // sessions inside when the ramp began

  Holds holds{};
  FixedText<kNameBytes> owner{};    // the actor whose drain has set the deadline
  bool owner_holds = false;         // whether that drain placed a hold
  std::uint32_t others_intent = 0;  // intent of the other actors' drains, which stay when a deadline of RESUME calls off the owner's
  bool others_unheld = false;       // whether one of these drains placed no hold

  bool operator==(const State &) const = default;
};

/// The number of steps in which notices are given.
inline constexpr std::uint32_t kNoticeSteps = 10;
/// The number of steps in which a ramp grows.
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

/// Returns the time at which the input `time` is due; kNever: never.
Nanos next_time(const State &state);

/// Returns the present limit of sessions for ordinary requests; 0: no limit.
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

/// One row of the machine's table. An input without a row for the place is TG_E_STATE and changes nothing.
struct Row {
  Place at;
  Happening what;
  void (*take)(struct Turn &turn);
  std::string_view effect;  ///< for the documentation
};
std::span<const Row> rows();

}  // namespace machine
}  // namespace tidegate::sdk
