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

std::int64_t inside_of(const Sums &sums) {
  return of(sums, Lane::session_in) - of(sums, Lane::session_out) + of(sums, Lane::child_in) - of(sums, Lane::child_out) +
         entries_of(sums);
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
  std::int64_t word = word_.load(std::memory_order_relaxed);
  do {
    if (!lets_in(word, pass)) return false;
  } while (!word_.compare_exchange_weak(word, word + kOne, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (is_entry(lane)) entries_.fetch_add(1, std::memory_order_release);
  at_word(lane).fetch_add(1, std::memory_order_relaxed);
  return true;
}

Gate::Left Gate::leave_lane(Lane lane) {
  if (add(lane)) return Left::more;
  if (cells_.forked()) return Left::none;
  std::int64_t word = word_.load(std::memory_order_relaxed);
  bool announced = false, counted = false;
  do {
    if ((word & kNotOpen) != 0 && !announced) {
      leaving_.fetch_add(1, std::memory_order_relaxed);  // the exchange below releases it
      announced = true;
    }
    if (counted) continue;
    if (is_entry(lane)) {
      // Only a gate that is not open knows how many there are. Who is counted out here while it is being shut, and is one too
      // many, is found out by mended().
      if (!announced) {
        entries_.fetch_sub(1, std::memory_order_acq_rel);
      } else if (!take_entry()) {
        gone();
        return Left::none;
      }
    }
    at_word(lane).fetch_add(1, std::memory_order_relaxed);
    counted = true;
  } while (!word_.compare_exchange_weak(word, word - kOne, std::memory_order_acq_rel, std::memory_order_relaxed));
  word -= kOne;
  if (empty(word) && (word & kNotOpen) != 0) return Left::last;
  if (announced) gone();
  return Left::more;
}

bool Gate::take_entry() {
  std::int64_t entries = entries_.load(std::memory_order_acquire);
  do {
    if (entries <= 0) return false;
  } while (!entries_.compare_exchange_weak(entries, entries - 1, std::memory_order_acq_rel, std::memory_order_acquire));
  return true;
}

// ---- control ----

/// Only once what the cells counted has been added may anything be concluded from the word: the gate stays open until then.
bool Gate::slow_down() {
  if (!cells_.is_open()) return true;
  Sums taken{};
  if (!cells_.close(taken)) return false;
  entries_.fetch_add(entries_of(taken), std::memory_order_acq_rel);
  word_.fetch_add(inside_of(taken) * kOne, std::memory_order_acq_rel);
  return true;
}

void Gate::speed_up() {
  if (is_open() && !cells_.is_open()) cells_.open();
}

/// The word, with what was counted out too often put right: sessions are left where entries were said to have gone twice.
std::int64_t Gate::mended() {
  std::int64_t entries = entries_.load(std::memory_order_acquire);
  while (entries < 0) {
    if (!entries_.compare_exchange_weak(entries, 0, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    word_.fetch_sub(entries * kOne, std::memory_order_acq_rel);
    surplus_.fetch_add(not_less_than_none(-entries), std::memory_order_release);
    break;
  }
  return word_.load(std::memory_order_acquire);
}

/// The word when all is counted at it.
std::int64_t Gate::exact() {
  if (!slow_down()) std::abort();  // who shuts a gate has found out before that it can be shut
  return mended();
}

std::uint64_t Gate::shut() {
  std::int64_t word = exact();
  while (!word_.compare_exchange_weak(word, (word & ~kSealed) | kDraining, std::memory_order_acq_rel,
                                      std::memory_order_relaxed))
    ;
  return not_less_than_none(inside(word));
}

std::uint64_t Gate::seal() {
  exact();
  return not_less_than_none(inside(word_.fetch_or(kNotOpen, std::memory_order_acq_rel)));
}

bool Gate::open_unless_drained() {
  std::int64_t word = mended();
  do {
    if (empty(word)) return false;
  } while (!word_.compare_exchange_weak(word, word & ~kNotOpen, std::memory_order_acq_rel, std::memory_order_relaxed));
  return true;
}

void Gate::open() { word_.fetch_and(~kNotOpen, std::memory_order_acq_rel); }

bool Gate::drained() {
  const std::int64_t word = word_.load(std::memory_order_acquire);
  if (!empty(word) || (word & kNotOpen) == 0) return false;
  return empty(mended());
}

// ---- figures ----

std::uint64_t Gate::live() const {
  const std::int64_t word = word_.load(std::memory_order_acquire);
  return (word & kNotOpen) != 0 ? not_less_than_none(inside(word)) : counts().live();
}

/// Those who left are counted before those who came, so that nobody seems to have left without having come.
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
