#include "peer_table.hpp"

#include <bit>
#include <cstring>
#include <random>

PeerTable::PeerTable(std::size_t peers)
    : seed_((std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()),
      // Twice the even share: addresses do not spread evenly over the shards.
      slots_(std::bit_ceil(2 * peers / kShards + 16)),
      most_used_(slots_ / 4 * 3) {
  for (Shard &shard : shards_) shard.slots = std::make_unique<Slot[]>(slots_);
}

PeerTable::Added PeerTable::add(const Key &key, std::uint32_t limit) {
  const std::uint64_t hashed = hash(key);
  Shard &shard = shard_of(hashed);
  const std::lock_guard lock(shard.mu);
  std::size_t slot = home(hashed);
  while (shard.slots[slot].count != 0 && !(shard.slots[slot].key == key)) slot = after(slot);
  Slot &found = shard.slots[slot];
  if (found.count >= limit) return Added::at_limit;
  if (found.count == 0) {
    if (shard.used == most_used_) return Added::no_room;
    ++shard.used;
    found.key = key;
  }
  ++found.count;
  return Added::counted;
}

void PeerTable::remove(const Key &key) {
  const std::uint64_t hashed = hash(key);
  Shard &shard = shard_of(hashed);
  const std::lock_guard lock(shard.mu);
  std::size_t slot = home(hashed);
  while (shard.slots[slot].count != 0 && !(shard.slots[slot].key == key)) slot = after(slot);
  if (shard.slots[slot].count == 0 || --shard.slots[slot].count != 0) return;
  --shard.used;
  // Move later entries of the same probe sequence back, so that no search ends too early (Knuth, vol. 3, 6.4, algorithm R).
  std::size_t hole = slot;
  for (std::size_t next = after(slot); shard.slots[next].count != 0; next = after(next)) {
    const std::size_t wanted = home(hash(shard.slots[next].key));
    if (((next - wanted) & (slots_ - 1)) < ((next - hole) & (slots_ - 1))) continue;
    shard.slots[hole] = shard.slots[next];
    shard.slots[next].count = 0;
    hole = next;
  }
}

std::uint64_t PeerTable::hash(const Key &key) const {
  std::uint64_t words[3];
  std::memcpy(words, key.ip.data(), 16);
  words[2] = reinterpret_cast<std::uintptr_t>(key.service);
  std::uint64_t out = seed_;
  for (const std::uint64_t word : words) {
    // splitmix64's finalizer: every bit of an address reaches every bit that chooses a shard and a slot.
    out = (out ^ word) + 0x9e3779b97f4a7c15u;
    out = (out ^ (out >> 30)) * 0xbf58476d1ce4e5b9u;
    out = (out ^ (out >> 27)) * 0x94d049bb133111ebu;
    out ^= out >> 31;
  }
  return out;
}
