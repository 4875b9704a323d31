#include "core/gate.hpp"

#include <algorithm>
#include <cstdlib>

namespace tidegate::sdk {
namespace {

bool is_entry(Lane lane) { return lane == Lane::entry_in || lane == Lane::entry_child_in || lane == Lane::entry_out; }

std::int64_t of(const Sums &sums, Lane lane) { return sums[static_cast<std::size_t>(lane)]; }

std::int64_t entries_of(const Sums &sums) {
  return of(sums, Lane::entry_in) + of(sums, Lane::entry_child_in) - of(sums, Lane::entry_out);
}

std::int64_t sessions_of(const Sums &sums) {
  return of(sums, Lane::session_in) - of(sums, Lane::session_out) + of(sums, Lane::child_in) - of(sums, Lane::child_out);
}

constexpr std::uint64_t not_less_than_none(std::int64_t count) {
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

}  // namespace

// ---- passing and leaving: at the cells, else at the word ----

bool Gate::add(Lane lane) {
  switch (lane) {
    case Lane::session_in: return cells_.add<Lane::session_in>();
    case Lane::session_out: return cells_.add<Lane::session_out>();
    case Lane::child_in: return cells_.add<Lane::child_in>();
    case Lane::child_out: return cells_.add<Lane::child_out>();
    case Lane::entry_in: return cells_.add<Lane::entry_in>();
    case Lane::entry_child_in: return cells_.add<Lane::entry_child_in>();
    default: return cells_.add<Lane::entry_out>();
  }
}

bool Gate::pass_lane(Lane lane, Pass pass) {
  if (add(lane)) return true;
  if (cells_.forked()) return false;
  const std::int64_t one = is_entry(lane) ? kOneEntry : kOneSession;
  std::int64_t word = word_.load(std::memory_order_relaxed);
  do {
    if (!lets_in(word, pass) || (is_entry(lane) && entries(word) >= kMostEntries)) return false;
  } while (!word_.compare_exchange_weak(word, word + one, std::memory_order_acq_rel, std::memory_order_relaxed));
  at_word(lane).fetch_add(1, std::memory_order_relaxed);
  return true;
}

Gate::Left Gate::leave_lane(Lane lane) {
  if (add(lane)) return Left::more;
  if (cells_.forked()) return Left::none;
  const std::int64_t one = is_entry(lane) ? kOneEntry : kOneSession;
  std::int64_t word = word_.load(std::memory_order_relaxed);
  bool announced = false, noted = false;
  do {
    const bool shut = (word & kNotOpen) != 0;
    // The word of an open gate lacks the counts of the cells, so only a gate that is not open detects a surplus leave here. shut_as()
    // detects the surplus leaves of an open gate.
    if (is_entry(lane) && entries(word) <= (shut ? 0 : -kMostEntries)) {
      if (noted) at_word(lane).fetch_sub(1, std::memory_order_relaxed);
      if (announced) gone();
      return Left::none;
    }
    if (shut && !announced) leaving_.fetch_add(1, std::memory_order_relaxed);  // the exchange below releases it
    if (!noted) at_word(lane).fetch_add(1, std::memory_order_relaxed);
    announced |= shut;
    noted = true;
  } while (!word_.compare_exchange_weak(word, word - one, std::memory_order_acq_rel, std::memory_order_relaxed));
  word -= one;
  if (empty(word) && (word & kNotOpen) != 0) return Left::last;
  if (announced) gone();
  return Left::more;
}

// ---- control ----

/// Closes the cells and adds their counts to the word. The gate stays open until then, as the word alone does not have all counts.
bool Gate::slow_down() { return take_cells(true); }

void Gate::slow_down_unfenced() { take_cells(false); }

bool Gate::take_cells(bool fenced) {
  if (!cells_.is_open()) return true;
  Sums taken{};
  if (!cells_.close(taken, fenced)) return false;
  const std::int64_t entered = entries_of(taken), others = sessions_of(taken);
  std::int64_t word = word_.load(std::memory_order_relaxed), sum;
  do {
    const std::int64_t before = entries(word);
    sum = word + others * kOneSession + (std::clamp(before + entered, -kMostEntries, kMostEntries) - before) * kOneEntry;
  } while (!word_.compare_exchange_weak(word, sum, std::memory_order_acq_rel, std::memory_order_relaxed));
  return true;
}

void Gate::speed_up() {
  if (is_open() && !cells_.is_open()) cells_.open();
}

/// Moves the gate and, in the same step, corrects surplus leaves: the sessions stay counted when more entries left than came.
std::uint64_t Gate::shut_as(std::int64_t position) {
  if (!slow_down()) std::abort();  // the caller has called slow_down() before, with success
  std::int64_t word = word_.load(std::memory_order_relaxed), shut, too_many;
  do {
    too_many = std::max<std::int64_t>(-entries(word), 0);
    shut = ((word & ~kNotOpen) | position) + too_many * kOneEntry;
  } while (!word_.compare_exchange_weak(word, shut, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (too_many != 0) surplus_.fetch_add(static_cast<std::uint64_t>(too_many), std::memory_order_release);
  return not_less_than_none(inside(shut));
}

std::uint64_t Gate::shut() { return shut_as(kDraining); }

std::uint64_t Gate::seal() { return shut_as(kNotOpen); }

bool Gate::open_unless_drained() {
  std::int64_t word = word_.load(std::memory_order_acquire);
  do {
    if (empty(word)) return false;
  } while (!word_.compare_exchange_weak(word, word & ~kNotOpen, std::memory_order_acq_rel, std::memory_order_acquire));
  return true;
}

void Gate::open() { word_.fetch_and(~kNotOpen, std::memory_order_acq_rel); }

bool Gate::drained() const {
  const std::int64_t word = word_.load(std::memory_order_acquire);
  return empty(word) && (word & kNotOpen) != 0;
}

// ---- figures ----

std::uint64_t Gate::live() const {
  const std::int64_t word = word_.load(std::memory_order_acquire);
  return (word & kNotOpen) != 0 ? not_less_than_none(inside(word)) : counts().live();
}

/// Reads the departures before the arrivals, so that the counts never show more departures than arrivals.
Counts Gate::counts() const {
  const std::uint64_t sessions = total(Lane::session_out), children = total(Lane::child_out),
                      entries = total(Lane::entry_out);
  const auto left = [](std::uint64_t in, std::uint64_t out) { return in > out ? in - out : 0; };
  return {left(total(Lane::session_in), sessions), left(total(Lane::child_in), children),
          left(total(Lane::entry_in) + total(Lane::entry_child_in) + surplus(), entries)};
}

std::uint64_t Gate::total(Lane lane) const {
  const auto i = static_cast<std::size_t>(lane);
  const std::int64_t at_word = i < kGateLanes ? at_word_[i].load(std::memory_order_acquire) : 0;
  return not_less_than_none(cells_.sum(lane) + at_word);
}

}  // namespace tidegate::sdk
