#include "core/session_slab.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <random>

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kIndexMask = UINT32_MAX;

void *reserve_memory(std::size_t bytes) {
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

// ---- the state of a record: 32 bits generation, 24 number of a drain, 2 class, 2 kind, 4 marks ----

constexpr std::uint64_t kMarks = 0xf;
constexpr std::uint64_t kDrainMarks = TG_SESSION_TOLD | TG_SESSION_ACKNOWLEDGED | Session::kCounted;
constexpr unsigned kKindShift = 4;
constexpr unsigned kClassShift = 6;
constexpr unsigned kDrainShift = 8;
constexpr unsigned kGenerationShift = 32;
constexpr std::uint64_t kDrain = std::uint64_t{0xffffff} << kDrainShift;
static_assert(TG_KIND_ORIGINATE < 4 && TG_CLASS_EMERGENCY < 4, "two bits each");
static_assert((TG_SESSION_IDLE | kDrainMarks) == kMarks);

/// Of a state, and of a ticket: both have it in the upper half.
constexpr std::uint32_t generation_of(std::uint64_t word) { return static_cast<std::uint32_t>(word >> kGenerationShift); }
constexpr std::uint32_t drain_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & kDrain) >> kDrainShift);
}
constexpr tg_ticket ticket_of(std::uint32_t generation, std::uint32_t index) {
  return std::uint64_t{generation} << kGenerationShift | index;
}
constexpr std::uint64_t state_of(std::uint32_t generation, const Session &session) {
  return std::uint64_t{generation} << kGenerationShift | std::uint64_t{session.drain} << kDrainShift |
         std::uint64_t{session.session_class} << kClassShift | std::uint64_t{session.kind} << kKindShift | session.marks;
}

/// Numbers of drains go round: the one that is less than half way ahead is the later one.
constexpr bool is_later(std::uint32_t a, std::uint32_t b) { return a != b && ((a - b) & 0xffffff) < 0x800000; }

// ---- time since admission in 32 bits: 1 ms fine for the first 24 days, 1.024 s after them ----

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

/// Added to what is stored, so that whoever wants to replace the time of an ended session finds another number there, even
/// if the next session of the record has come as far.
constexpr std::uint32_t salt(std::uint32_t generation) { return generation * 0x9e3779b1u; }

}  // namespace

SessionSlab::SessionSlab(std::uint32_t capacity)
    : capacity_(capacity),
      first_generation_(static_cast<std::uint32_t>(std::random_device{}()) & ~1u),
      records_(static_cast<Record *>(reserve_memory(std::size_t{capacity} * sizeof(Record)))) {}

SessionSlab::~SessionSlab() { munmap(records_, std::size_t{capacity_} * sizeof(Record)); }

std::uint32_t SessionSlab::reserve() {
  std::uint64_t top = free_.load(std::memory_order_acquire);
  while ((top & kIndexMask) != kNone) {
    // Another thread may take this record first and make it live; then the count differs and the exchange fails.
    const std::uint64_t next = records_[top & kIndexMask].policies.load(std::memory_order_relaxed);
    const std::uint64_t changed = ((top & ~kIndexMask) + (std::uint64_t{1} << 32)) | next;
    if (free_.compare_exchange_weak(top, changed, std::memory_order_acq_rel, std::memory_order_acquire))
      return static_cast<std::uint32_t>(top);
  }
  std::uint32_t fresh = fresh_.load(std::memory_order_relaxed);
  do {
    if (fresh == capacity_) return kNone;
  } while (!fresh_.compare_exchange_weak(fresh, fresh + 1, std::memory_order_seq_cst, std::memory_order_relaxed));
  records_[fresh].state.store(std::uint64_t{first_generation_} << kGenerationShift, std::memory_order_release);
  return fresh;
}

void SessionSlab::give_back(std::uint32_t index) {
  std::uint64_t top = free_.load(std::memory_order_relaxed);
  std::uint64_t changed;
  do {
    // Release, as it is stored by publish(): a late reader of the ended session sees by it that the session has ended.
    records_[index].policies.store(static_cast<std::uint32_t>(top), std::memory_order_release);
    changed = ((top & ~kIndexMask) + (std::uint64_t{1} << 32)) | index;
  } while (!free_.compare_exchange_weak(top, changed, std::memory_order_acq_rel, std::memory_order_relaxed));
}

tg_ticket SessionSlab::publish(std::uint32_t index, const Session &session) {
  Record &record = records_[index];
  const std::uint32_t generation = generation_of(record.state.load(std::memory_order_relaxed)) + 1;
  store(record, generation, session);
  // Sequentially consistent, so that whoever publishes and then looks whether sessions are being told to close, or their
  // keys counted, and whoever says that they are and then looks for sessions, cannot miss each other.
  record.state.store(state_of(generation, session), std::memory_order_seq_cst);
  return ticket_of(generation, index);
}

bool SessionSlab::retire(tg_ticket ticket, std::uint32_t service, Session &session) {
  if (!is_live(ticket, service)) return false;
  Record &record = records_[index_of(ticket)];
  const std::uint32_t generation = generation_of(ticket);
  const std::uint64_t ended = std::uint64_t{generation + 1} << kGenerationShift;
  std::uint64_t state = record.state.load(std::memory_order_relaxed);
  do {
    if (generation_of(state) != generation) return false;
    // Again when only a mark has changed.
  } while (!record.state.compare_exchange_weak(state, ended, std::memory_order_acq_rel, std::memory_order_relaxed));
  load(record, state, session);
  return true;
}

bool SessionSlab::is_live(tg_ticket ticket, std::uint32_t service) const {
  const std::uint32_t generation = generation_of(ticket);
  const std::uint32_t index = index_of(ticket);
  if ((generation & 1u) == 0 || index >= fresh_.load(std::memory_order_acquire)) return false;
  const Record &record = records_[index];
  if (generation_of(record.state.load(std::memory_order_acquire)) != generation) return false;
  const bool ours = (record.service_and_port.load(std::memory_order_acquire) >> 16) == service;
  // The service was read from this generation only if the generation is still the same.
  return ours && generation_of(record.state.load(std::memory_order_acquire)) == generation;
}

// ---- what is noted of a session ----

template <class F>
SessionSlab::Change SessionSlab::change(tg_ticket ticket, std::uint32_t service, F &&next) {
  if (!is_live(ticket, service)) return Change::gone;
  std::atomic<std::uint64_t> &word = records_[index_of(ticket)].state;
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
    // A thread that was held up since an earlier drain does not undo what a later one has noted.
    if ((state & kDrainMarks) != 0 && is_later(drain_of(state), drain)) return state;
    return (state & ~(kDrain | kDrainMarks)) | std::uint64_t{drain} << kDrainShift | mark;
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

/// Moves the time of the last word on, never back. The ticket was of a live session a moment ago; it may have ended since.
void SessionSlab::touch(tg_ticket ticket, Nanos now) {
  Record &record = records_[index_of(ticket)];
  const std::uint32_t generation = generation_of(ticket);
  while (true) {
    std::uint32_t before = record.active.load(std::memory_order_acquire);
    const Nanos admitted = record.admitted.load(std::memory_order_acquire);
    // Both are this session's only if it is still live.
    if (generation_of(record.state.load(std::memory_order_acquire)) != generation) return;
    const std::uint32_t code = encode(until(now, admitted));
    if (code <= before - salt(generation)) return;
    if (record.active.compare_exchange_weak(before, code + salt(generation), std::memory_order_acq_rel,
                                            std::memory_order_relaxed))
      return;
  }
}

// ---- what a record says ----

tg_ticket SessionSlab::read(std::uint32_t index, Session &session) const {
  const Record &record = records_[index];
  const std::uint64_t state = record.state.load(std::memory_order_seq_cst);
  const std::uint32_t generation = generation_of(state);
  if ((generation & 1u) == 0) return 0;
  load(record, state, session);
  // Fields are stored with release and loaded with acquire: whoever saw a field of the next owner sees its generation too.
  if (generation_of(record.state.load(std::memory_order_acquire)) != generation) return 0;
  return ticket_of(generation, index);
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

void SessionSlab::store(Record &record, std::uint32_t generation, const Session &session) {
  constexpr auto order = std::memory_order_release;
  std::uint64_t ip[2];
  std::memcpy(ip, session.peer.ip, sizeof ip);
  record.service_and_port.store((session.service << 16) | session.peer.port, order);
  record.policies.store(session.policies, order);
  record.admitted.store(session.admitted, order);
  record.active.store(salt(generation), order);
  record.tag.store(session.tag, order);
  record.bond.store(session.kind == TG_KIND_CHILD ? session.parent : session.key, order);
  record.ip[0].store(ip[0], order);
  record.ip[1].store(ip[1], order);
  record.scope.store(session.peer.scope, order);
}

}  // namespace tidegate::sdk
