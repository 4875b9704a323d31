#include "core/session_slab.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "core/fence.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kMarks = 0xf;
constexpr std::uint64_t kDrainMarks = TG_SESSION_TOLD | TG_SESSION_ACKNOWLEDGED | Session::kCounted;
constexpr unsigned kDrainAt = 8;
constexpr std::uint64_t kDrain = std::uint64_t{0xffffff} << kDrainAt;
static_assert(TG_KIND_ORIGINATE < 4 && TG_CLASS_EMERGENCY < 4, "two bits each");
static_assert((TG_SESSION_IDLE | kDrainMarks) == kMarks);

constexpr std::uint32_t drain_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & kDrain) >> kDrainAt);
}
/// Compares numbers of drains, which wrap around: the later number is less than half of the range ahead.
constexpr bool is_later(std::uint32_t a, std::uint32_t b) { return a != b && ((a - b) & 0xffffff) < 0x800000; }

// ---- time since admission in 32 bits: resolution 1 ms in the first 24 days, 1.024 s after them ----

constexpr Nanos kMilli = 1'000'000;
constexpr std::uint32_t kCoarse = 1u << 31;

constexpr std::uint32_t encode(Nanos since) {
  const Nanos ms = since / kMilli;
  if (ms < kCoarse) return static_cast<std::uint32_t>(ms);
  return kCoarse + static_cast<std::uint32_t>(std::min<Nanos>((ms - kCoarse) >> 10, kCoarse - 1));
}
constexpr Nanos decode(std::uint32_t code) {
  return (code < kCoarse ? code : kCoarse + (std::uint64_t{code - kCoarse} << 10)) * kMilli;
}

}  // namespace

SessionSlab::SessionSlab(std::uint32_t capacity, bool per_cpu)
    : per_cpu_(per_cpu), pool_(capacity, static_cast<std::uint32_t>(std::random_device{}()) & ~1u, per_cpu) {
  static_assert(kDrainAt == kDrainShift);
}

std::size_t SessionSlab::trim() {
  return pool_.trim([this](std::uint32_t index) {
    return generation_of(record(index).state.load(std::memory_order_relaxed));
  });
}

/// The counterpart of publish(): a fence makes the stores of all processors visible here. Without restartable sequences the stores there
/// and the loads here are sequentially consistent.
void SessionSlab::meet_publishers() const {
  if (per_cpu_) per_cpu::fence();
}

bool SessionSlab::is_live(tg_ticket ticket, std::uint32_t service) const {
  const std::uint32_t generation = generation_of(ticket);
  if ((generation & 1u) == 0 || index_of(ticket) >= pool_.end()) return false;
  const Record &it = record(ticket);
  if (generation_of(it.state.load(std::memory_order_acquire)) != generation) return false;
  const bool ours = (it.service_and_port.load(std::memory_order_acquire) >> 16) == service;
  // The service was read from this generation only if the generation is still the same.
  return ours && generation_of(it.state.load(std::memory_order_acquire)) == generation;
}

// ---- notes about a session ----

template <class F>
SessionSlab::Change SessionSlab::change(tg_ticket ticket, std::uint32_t service, F &&next) {
  if (!is_live(ticket, service)) return Change::gone;
  std::atomic<std::uint64_t> &word = record(ticket).state;
  std::uint64_t state = word.load(std::memory_order_relaxed);
  while (generation_of(state) == generation_of(ticket)) {
    const std::uint64_t wanted = next(state);
    if (wanted == state) return Change::none;
    if (word.compare_exchange_weak(state, wanted, std::memory_order_acq_rel, std::memory_order_relaxed))
      return Change::made;
  }
  return Change::gone;
}

SessionSlab::Change SessionSlab::stamp(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch, std::uint32_t mark) {
  return change(ticket, service, [drain = drain_number(epoch), mark](std::uint64_t state) {
    if (drain_of(state) == drain) return state | mark;
    // A thread that was delayed since an earlier drain does not overwrite the marks of a later drain.
    if ((state & kDrainMarks) != 0 && is_later(drain_of(state), drain)) return state;
    return (state & ~(kDrain | kDrainMarks)) | std::uint64_t{drain} << kDrainAt | mark;
  });
}

bool SessionSlab::active(tg_ticket ticket, std::uint32_t service, Nanos now) {
  constexpr std::uint64_t idle = TG_SESSION_IDLE;
  if (change(ticket, service, [](std::uint64_t state) { return state & ~idle; }) == Change::gone) return false;
  touch(ticket, now);
  return true;
}

bool SessionSlab::idle(tg_ticket ticket, std::uint32_t service, Nanos now) {
  if (change(ticket, service, [](std::uint64_t state) { return state | TG_SESSION_IDLE; }) == Change::gone) return false;
  touch(ticket, now);
  return true;
}

bool SessionSlab::acknowledge(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch, Nanos now) {
  if (stamp(ticket, service, epoch, TG_SESSION_ACKNOWLEDGED) == Change::gone) return false;
  touch(ticket, now);
  return true;
}

bool SessionSlab::tell(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch) {
  return stamp(ticket, service, epoch, TG_SESSION_TOLD) == Change::made;
}

bool SessionSlab::count(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch) {
  return stamp(ticket, service, epoch, Session::kCounted) == Change::made;
}

/// Advances the time of the last report, and never sets it back. The session was live a moment ago, and may have ended since.
void SessionSlab::touch(tg_ticket ticket, Nanos now) {
  Record &record = this->record(ticket);
  const std::uint32_t generation = generation_of(ticket);
  while (true) {
    std::uint32_t before = record.active.load(std::memory_order_acquire);
    const Nanos admitted = record.admitted.load(std::memory_order_acquire);
    // Both values belong to this session only if it is still live.
    if (generation_of(record.state.load(std::memory_order_acquire)) != generation) return;
    const std::uint32_t code = encode(until(now, admitted));
    if (code <= before - salt(generation)) return;
    if (record.active.compare_exchange_weak(before, code + salt(generation), std::memory_order_acq_rel,
                                            std::memory_order_relaxed))
      return;
  }
}

// ---- reading records ----

tg_ticket SessionSlab::read(std::uint32_t index, Session &session) const {
  const Record &record = this->record(index);
  const std::uint64_t state = record.state.load(std::memory_order_seq_cst);
  const std::uint32_t generation = generation_of(state);
  if ((generation & 1u) == 0) return 0;
  load(record, state, session);
  // Fields are stored with release and loaded with acquire: a thread that saw a field of the next owner sees its generation too.
  if (generation_of(record.state.load(std::memory_order_acquire)) != generation) return 0;
  return std::uint64_t{generation} << kGenerationShift | index;
}

void SessionSlab::load(const Record &record, std::uint64_t state, Session &session) {
  constexpr auto order = std::memory_order_acquire;
  const std::uint32_t service_and_port = record.service_and_port.load(order);
  const std::uint64_t ip[2] = {record.ip[0].load(order), record.ip[1].load(order)};
  const std::uint64_t bond = record.bond.load(order);
  session.service = service_and_port >> 16;
  session.kind = (state >> kKindShift) & 3;
  session.session_class = (state >> kClassShift) & 3;
  session.policies = record.policies.load(order);
  session.marks = state & kMarks;
  session.drain = drain_of(state);
  session.admitted = record.admitted.load(order);
  session.last_activity = session.admitted + decode(record.active.load(order) - salt(generation_of(state)));
  session.tag = record.tag.load(order);
  session.parent = session.kind == TG_KIND_CHILD ? bond : 0;
  session.key = session.kind == TG_KIND_CHILD ? 0 : bond;
  std::memcpy(session.peer.ip, ip, sizeof ip);
  session.peer.port = static_cast<std::uint16_t>(service_and_port);
  session.peer.reserved0 = 0;
  session.peer.scope = record.scope.load(order);
}

Session SessionSlab::ended(tg_ticket ticket, std::uint64_t state) const {
  Session session;
  load(record(ticket), state, session);
  return session;
}

}  // namespace tidegate::sdk
