#include "core/session_slab.hpp"

#include <sys/mman.h>

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

}  // namespace

SessionSlab::SessionSlab(std::uint32_t capacity)
    : capacity_(capacity),
      first_generation_(static_cast<std::uint32_t>(std::random_device{}()) & ~1u),
      records_(static_cast<Record *>(reserve_memory(std::size_t{capacity} * sizeof(Record)))) {}

SessionSlab::~SessionSlab() { munmap(records_, std::size_t{capacity_} * sizeof(Record)); }

std::uint32_t SessionSlab::reserve() {
  std::uint64_t top = free_.load(std::memory_order_acquire);
  while ((top & kIndexMask) != kNone) {
    // Another thread may take this record first and change next_free; then the count differs and the exchange fails.
    const std::uint64_t next = records_[top & kIndexMask].next_free.load(std::memory_order_relaxed);
    const std::uint64_t changed = ((top & ~kIndexMask) + (std::uint64_t{1} << 32)) | next;
    if (free_.compare_exchange_weak(top, changed, std::memory_order_acq_rel, std::memory_order_acquire))
      return static_cast<std::uint32_t>(top);
  }
  std::uint32_t fresh = fresh_.load(std::memory_order_relaxed);
  do {
    if (fresh == capacity_) return kNone;
  } while (!fresh_.compare_exchange_weak(fresh, fresh + 1, std::memory_order_seq_cst, std::memory_order_relaxed));
  records_[fresh].generation.store(first_generation_, std::memory_order_release);
  return fresh;
}

void SessionSlab::give_back(std::uint32_t index) {
  std::uint64_t top = free_.load(std::memory_order_relaxed);
  std::uint64_t changed;
  do {
    records_[index].next_free.store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);
    changed = ((top & ~kIndexMask) + (std::uint64_t{1} << 32)) | index;
  } while (!free_.compare_exchange_weak(top, changed, std::memory_order_acq_rel, std::memory_order_relaxed));
}

tg_ticket SessionSlab::publish(std::uint32_t index, const Session &session) {
  Record &record = records_[index];
  store(record, session);
  const std::uint32_t generation = record.generation.load(std::memory_order_relaxed) + 1;
  // Sequentially consistent, so that whoever publishes and then looks whether sessions are being told to close, and whoever
  // says that they are and then looks for sessions, cannot miss each other.
  record.generation.store(generation, std::memory_order_seq_cst);
  return ticket_of(generation, index);
}

bool SessionSlab::retire(tg_ticket ticket, std::uint32_t service, Session &session) {
  if (!is_live(ticket, service)) return false;
  Record &record = records_[index_of(ticket)];
  auto generation = static_cast<std::uint32_t>(ticket >> 32);
  if (!record.generation.compare_exchange_strong(generation, generation + 1, std::memory_order_acq_rel,
                                                 std::memory_order_relaxed))
    return false;
  load(record, session);
  return true;
}

bool SessionSlab::is_live(tg_ticket ticket, std::uint32_t service) const {
  const auto generation = static_cast<std::uint32_t>(ticket >> 32);
  const std::uint32_t index = index_of(ticket);
  if ((generation & 1u) == 0 || index >= fresh_.load(std::memory_order_acquire)) return false;
  const Record &record = records_[index];
  if (record.generation.load(std::memory_order_acquire) != generation) return false;
  const bool ours = (record.service_and_port.load(std::memory_order_acquire) >> 16) == service;
  // The service was read from this generation only if the generation is still the same.
  return ours && record.generation.load(std::memory_order_acquire) == generation;
}

tg_ticket SessionSlab::read(std::uint32_t index, Session &session) const {
  const Record &record = records_[index];
  const std::uint32_t generation = record.generation.load(std::memory_order_seq_cst);
  if ((generation & 1u) == 0) return 0;
  load(record, session);
  // Fields are stored with release and loaded with acquire: whoever saw a field of the next owner sees its generation too.
  if (record.generation.load(std::memory_order_acquire) != generation) return 0;
  return ticket_of(generation, index);
}

void SessionSlab::load(const Record &record, Session &session) {
  constexpr auto order = std::memory_order_acquire;
  const std::uint32_t service_and_port = record.service_and_port.load(order);
  const std::uint64_t ip[2] = {record.ip[0].load(order), record.ip[1].load(order)};
  session.service = service_and_port >> 16;
  session.kind = record.kind.load(order);
  session.policies = record.policies.load(order);
  session.admitted = record.admitted.load(order);
  session.tag = record.tag.load(order);
  session.parent = record.parent.load(order);
  std::memcpy(session.peer.ip, ip, sizeof ip);
  session.peer.port = static_cast<std::uint16_t>(service_and_port);
  session.peer.reserved0 = 0;
  session.peer.scope = record.scope.load(order);
}

void SessionSlab::store(Record &record, const Session &session) {
  constexpr auto order = std::memory_order_release;
  std::uint64_t ip[2];
  std::memcpy(ip, session.peer.ip, sizeof ip);
  record.service_and_port.store((session.service << 16) | session.peer.port, order);
  record.kind.store(session.kind, order);
  record.policies.store(session.policies, order);
  record.admitted.store(session.admitted, order);
  record.tag.store(session.tag, order);
  record.parent.store(session.parent, order);
  record.ip[0].store(ip[0], order);
  record.ip[1].store(ip[1], order);
  record.scope.store(session.peer.scope, order);
}

}  // namespace tidegate::sdk
