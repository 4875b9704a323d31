#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

/// Counts sessions for each service and peer, in memory that is taken once.
///
/// Threads: all functions any. Each shard has a lock, which a thread holds only for a few probes of a small table: another thread
/// waits for some tens of instructions.
class PeerTable {
 public:
  struct Key {
    std::array<std::uint8_t, 16> ip;
    const void *service;
    bool operator==(const Key &) const = default;
  };

  /// Room for `peers` with a session each, spread over shards; a little more than that is taken.
  explicit PeerTable(std::size_t peers);

  enum class Added : std::uint8_t { counted, at_limit, no_room };
  Added add(const Key &key, std::uint32_t limit);
  void remove(const Key &key);

 private:
  static constexpr std::size_t kShards = 64;

  struct Slot {
    Key key;
    std::uint32_t count;  // 0: empty
  };
  struct alignas(64) Shard {
    std::mutex mu;
    std::size_t used = 0;           // guarded by mu
    std::unique_ptr<Slot[]> slots;  // guarded by mu
  };

  std::uint64_t hash(const Key &key) const;
  Shard &shard_of(std::uint64_t hash) { return shards_[hash % kShards]; }
  std::size_t home(std::uint64_t hash) const { return (hash / kShards) & (slots_ - 1); }
  std::size_t after(std::size_t slot) const { return (slot + 1) & (slots_ - 1); }

  const std::uint64_t seed_;  // random, so that a client cannot choose addresses that collide
  std::size_t slots_;         // of each shard, a power of two
  std::size_t most_used_;     // of each shard: a quarter stays empty, so that probes stay short
  std::array<Shard, kShards> shards_;
};
