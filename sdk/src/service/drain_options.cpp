#include "service/drain_options.hpp"

#include <algorithm>

#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint32_t kFlags = TG_DRAIN_REPLACE | TG_DRAIN_ANNOUNCE | TG_DRAIN_AFFINITY | TG_DRAIN_EMERGENCY;
constexpr Nanos kKillGrace = 5 * kSecond;
constexpr Nanos kAnnounceMax = 15 * kSecond;
constexpr Nanos kQuiet = 2 * kSecond;
constexpr Nanos kNoticeMost = 30 * kSecond;

/// Returns the first value that is not 0.
std::uint64_t first_of(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) { return a != 0 ? a : b != 0 ? b : c; }

Nanos notice_window(std::uint64_t wanted, Nanos budget) {
  if (wanted != 0) return wanted;  // TG_OFF is kNever
  return budget == kNever ? kNoticeMost : std::min(budget / 4, kNoticeMost);
}

/// Returns the hold of a drain. `unix_now`: the reading of the wall clock that resolve() has checked the expiry against.
Hold hold_of(const DrainOptions &ask, const Action &action, Nanos now, std::int64_t unix_now) {
  Hold hold;
  hold.action = action;
  hold.lasts = ask.intent == TG_INTENT_STAY ? ask.hold : TG_HOLD_UNTIL_RESTART;
  hold.since_unix = unix_now;
  if (hold.lasts != TG_HOLD_UNTIL_TIME) return hold;
  hold.expires_unix = ask.hold_until_unix;
  hold.expires = later(now, static_cast<Nanos>(std::max<std::int64_t>(hold.expires_unix - unix_now, 0)));
  return hold;
}

}  // namespace

void check(const DrainOptions &options) {
  if (options.intent > TG_INTENT_RESTART) throw Fault(TG_E_INVALID, "the drain's intent is not one of TG_INTENT_*");
  if (options.at_deadline > TG_DEADLINE_STOP) throw Fault(TG_E_INVALID, "at_deadline is not one of TG_DEADLINE_*");
  if (options.hold > TG_HOLD_NONE) throw Fault(TG_E_INVALID, "the drain's hold is not one of TG_HOLD_*");
  if ((options.flags & ~kFlags) != 0)
    throw Fault(TG_E_TOO_NEW, "the drain has a flag that only a later version of Tidegate knows");
  if ((options.hold == TG_HOLD_UNTIL_TIME) != (options.hold_until_unix != 0))
    throw Fault(TG_E_INVALID, "a hold until a time needs that time, and no other hold has one");
}

machine::Drain resolve(const DrainOptions &ask, const DrainOptions &usual, bool can_notice, const Action &action,
                       const Clock &clock) {
  check(ask);
  const std::int64_t unix_now = clock.unix_ns();
  if (ask.hold == TG_HOLD_UNTIL_TIME && ask.hold_until_unix <= unix_now)
    throw Fault(TG_E_INVALID, "the time until which it should be held is over");
  const std::uint32_t flags = ask.flags | (usual.flags & ~TG_DRAIN_REPLACE);
  machine::Drain drain;
  drain.intent = ask.intent;
  const std::uint64_t deadline = first_of(ask.deadline, usual.deadline, TG_OFF);
  drain.budget = deadline == TG_OFF ? kNever : deadline;
  const bool usual_deadline = ask.deadline == 0 && ask.at_deadline == 0;
  drain.at_deadline = usual_deadline ? usual.at_deadline : ask.at_deadline;
  if (ask.at_deadline != 0 && drain.budget == kNever)
    throw Fault(TG_E_INVALID, "what happens at the deadline was said, but there is no deadline");
  drain.kill_grace = first_of(ask.kill_grace, usual.kill_grace, kKillGrace);
  drain.replace = (flags & TG_DRAIN_REPLACE) != 0;
  drain.affinity = (flags & TG_DRAIN_AFFINITY) != 0;
  drain.emergency = (flags & TG_DRAIN_EMERGENCY) != 0;
  drain.announce = (flags & TG_DRAIN_ANNOUNCE) != 0;
  drain.announce_min = first_of(ask.announce_min, usual.announce_min);
  drain.announce_max = first_of(ask.announce_max, usual.announce_max, kAnnounceMax);
  // Only an announcement requested together with this deadline can contradict it.
  if (ask.announce_max == 0 && drain.budget != kNever) {
    drain.announce_max = std::min(drain.announce_max, std::max<Nanos>(drain.budget / 2, 1));
    if (ask.announce_min == 0) drain.announce_min = std::min(drain.announce_min, drain.announce_max);
  }
  drain.quiet = first_of(ask.quiet, usual.quiet, kQuiet);
  if (drain.announce && drain.announce_min > drain.announce_max)
    throw Fault(TG_E_INVALID, "the announcement's minimum is longer than its maximum");
  drain.notice_given = can_notice && ask.notice_window != 0;
  drain.notice_window = can_notice ? notice_window(first_of(ask.notice_window, usual.notice_window), drain.budget) : kNever;
  drain.holds = ask.hold != TG_HOLD_NONE && ask.intent != TG_INTENT_RESTART;
  drain.hold = hold_of(ask, action, clock.monotonic(), unix_now);
  return drain;
}

}  // namespace tidegate::sdk
