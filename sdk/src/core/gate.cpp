#include "core/gate.hpp"

namespace tidegate::sdk {
namespace {

struct Field {
  unsigned shift;
  std::uint64_t max;
  constexpr std::uint64_t one() const { return std::uint64_t{1} << shift; }
  constexpr std::uint64_t of(std::uint64_t word) const { return (word >> shift) & max; }
};
constexpr Field kFields[] = {{2, Gate::kMaxSessions}, {26, Gate::kMaxChildren}, {44, Gate::kMaxEntries}};

constexpr const Field &field(Unit unit) { return kFields[static_cast<unsigned>(unit)]; }

constexpr Counts counts_of(std::uint64_t word) {
  return {field(Unit::session).of(word), field(Unit::child).of(word), field(Unit::entry).of(word)};
}

}  // namespace

Passage Gate::pass(Unit unit, Pass pass, std::uint64_t max_sessions) {
  const Field &counted = field(unit);
  const bool bounded = unit == Unit::session && max_sessions != 0 && max_sessions < counted.max;
  const std::uint64_t max = bounded ? max_sessions : counted.max;
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  do {
    if (!lets_in(word, pass)) return Passage::shut;
    if (counted.of(word) >= max) return Passage::full;
  } while (!word_.compare_exchange_weak(word, word + counted.one(), std::memory_order_acq_rel, std::memory_order_relaxed));
  return Passage::passed;
}

Gate::Left Gate::leave(Unit unit) {
  const Field &counted = field(unit);
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  bool announced = false;
  do {
    if (!announced && (word & kNotOpen) != 0) {
      leaving_.fetch_add(1, std::memory_order_relaxed);  // the exchange below releases it
      announced = true;
    }
    if (counted.of(word) == 0) {
      if (announced) gone();
      return Left::none;
    }
  } while (!word_.compare_exchange_weak(word, word - counted.one(), std::memory_order_acq_rel, std::memory_order_relaxed));
  word -= counted.one();
  if (empty(word) && (word & kNotOpen) != 0) return Left::last;
  if (announced) gone();
  return Left::more;
}

Counts Gate::shut() {
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  while (!word_.compare_exchange_weak(word, (word & ~kSealed) | kDraining, std::memory_order_acq_rel,
                                      std::memory_order_relaxed))
    ;
  return counts_of(word);
}

Counts Gate::seal() { return counts_of(word_.fetch_or(kNotOpen, std::memory_order_acq_rel)); }

bool Gate::open_unless_drained() {
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  do {
    if (empty(word)) return false;
  } while (!word_.compare_exchange_weak(word, word & ~kNotOpen, std::memory_order_acq_rel, std::memory_order_relaxed));
  return true;
}

void Gate::open() { word_.fetch_and(~kNotOpen, std::memory_order_acq_rel); }

bool Gate::is_open() const { return (word_.load(std::memory_order_relaxed) & kNotOpen) == 0; }

bool Gate::drained() const {
  const std::uint64_t word = word_.load(std::memory_order_acquire);
  return empty(word) && (word & kNotOpen) != 0;
}

Counts Gate::counts() const { return counts_of(word_.load(std::memory_order_acquire)); }

}  // namespace tidegate::sdk
