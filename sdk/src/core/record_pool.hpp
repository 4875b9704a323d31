#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/per_cpu.hpp"

namespace tidegate::sdk {

/// The pool of free records of 64 bytes, and the memory of all records.
///
/// Each processor has a stack of free records, on which a restartable sequence works (without sequences: each shard, by an exchange). An
/// empty stack is filled from one block; a full stack returns half of its records to their blocks. A block is 256 records in a row; blocks
/// with a free record are in a list. A record is not touched before its first use. trim() returns the memory of unused blocks to the
/// system; it empties the stacks first, as a few records there would keep as many blocks, and meanwhile threads use the blocks directly.
///
/// With many sessions a record is rarely in the cache, and finding its page costs as much again: the records after the first million
/// therefore have huge pages where the system has any. The records before have ordinary pages, and use no more memory than they need.
///
/// A pool for few records has one stack with all records from the beginning, and refuses no record while one is free. A larger pool has
/// room for somewhat more records than requested, as a record on another processor's stack, or on its way from a block to a stack, is
/// out of reach.
///
/// Life of a record: take() → give(). give() and take() keep the first 8 bytes of a record while its block is in use, so that the owner can
/// distinguish one use from another; of the other bytes they change only the link. Before the first use of a record, and again after
/// trim(), its bytes are zero except for the upper half of the first 8 bytes: this is a generation, after trim() a generation not lower
/// than before.
///
/// Threads: any, without locks; trim() one at a time.
class RecordPool {
 public:
  static constexpr std::uint32_t kNone = per_cpu::kNoIndex;
  static constexpr std::uint32_t kMaxRecords = kNone;
  static constexpr std::uint32_t kFew = 4095;  ///< the most records that a stack can count
  static constexpr std::size_t kRecordBytes = 64;
  static constexpr unsigned kLink = 48;  ///< offset of the index of the next record in a free record: 4 bytes

  /// `generation`: upper half of the first 8 bytes of a record that is taken for the first time.
  /// `per_cpu`: whether the pool may have a stack for each processor. Throws std::bad_alloc when the system has no address space left.
  RecordPool(std::uint32_t records, std::uint32_t generation, bool per_cpu = per_cpu::available());
  ~RecordPool();
  RecordPool(const RecordPool &) = delete;
  RecordPool &operator=(const RecordPool &) = delete;

  /// Takes a free record. Returns: its index; kNone when no free record is in reach.
  [[gnu::always_inline]] std::uint32_t take() {
    std::uint32_t index;
    if (pop(index)) [[likely]]
      return index;
    return take_otherwise();
  }
  /// Gives a record back. Returns: true when trim() can return much memory.
  [[gnu::always_inline]] bool give(std::uint32_t index) {
    if (push(index)) [[likely]]
      return false;
    return give_otherwise(index);
  }

  void *record(std::uint32_t index) const { return records_ + index * kRecordBytes; }
  /// Returns the number of records that the pool can have.
  std::uint32_t capacity() const { return capacity_; }
  /// Returns an index above all records that may be in use. Sequentially consistent.
  std::uint32_t end() const {
    const std::uint32_t end = used_blocks_.load(std::memory_order_seq_cst) * kBlock;
    return end < capacity_ ? end : capacity_;
  }
  /// Calls `fn(index)` for each record that may be in use, until it returns false. Records taken after the begin of the call may be left
  /// out. Reads of the blocks are sequentially consistent.
  template <class F>
  void for_each(F &&fn) const {
    const std::uint32_t blocks = used_blocks_.load(std::memory_order_seq_cst);
    for (std::uint32_t block = 0; block < blocks; ++block) {
      const std::uint32_t touched = touched_of(block);
      for (std::uint32_t i = 0; i < touched; ++i)
        if (!fn(block * kBlock + i)) return;
    }
  }

  /// Returns the memory of unused blocks to the system. `generation(index)`: the upper half of a record's first 8 bytes, which is not lower
  /// at the next use of the record. Returns: the number of bytes.
  template <class F>
  std::size_t trim(F &&generation) {
    if (capacity_ <= kFew) return 0;  // all records stay on the stack
    std::size_t bytes = 0;
    empty_stacks();
    for (std::uint32_t block = 0; block < used_blocks_.load(std::memory_order_acquire); ++block) {
      const std::uint32_t touched = begin_trim(block);
      if (touched == 0) continue;
      for (std::uint32_t i = 0; i < touched; ++i) outlive(block, generation(block * kBlock + i));
      bytes += end_trim(block, touched);
    }
    if (bytes >= kWorthAdvice) advise_huge_pages();
    return bytes;
  }

 private:
  static constexpr std::uint32_t kBlock = 256;
  static constexpr std::uint32_t kSlice = 32;  // records that are taken at once from the never used ones
  static constexpr std::uint32_t kMostOnOneStack = 512;  // size of the stack when a pool above kFew has only one
  static constexpr std::uint32_t kOnTheirWay = 8 * kBlock;
  static constexpr std::size_t kWorthAdvice = 1u << 20;
  static constexpr std::uint32_t kBlocksOfHuge = 128;  // 2 MiB
  static constexpr std::uint32_t kHugeFrom = 4096;     // the first million of records has ordinary pages
  static constexpr std::uint32_t kTrimBlocks = 256;    // after this number of blocks given back give() advises trim(): 4 MiB

  struct Block;
  class Giver;
  struct alignas(per_cpu::kNarrowStride) Stack {
    /// Per processor: only sequences of that processor write it. Shared: changed by exchanges; its upper 28 bits count the changes.
    std::atomic<std::uint64_t> word;
  };
  /// Records of one block: the first, and the others linked to one another.
  struct Chain {
    std::uint32_t first = kNone;
    std::uint32_t rest = kNone;
    std::uint32_t count = 0;
  };
  /// Records of one block, linked from the first to the last.
  struct Run {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t count = 0;
  };

  std::atomic<std::uint32_t> &link(std::uint32_t index) const {
    return *reinterpret_cast<std::atomic<std::uint32_t> *>(records_ + index * kRecordBytes + kLink);
  }
  std::atomic<std::uint64_t> &head(std::uint32_t index) const {
    return *reinterpret_cast<std::atomic<std::uint64_t> *>(records_ + index * kRecordBytes);
  }
  char *block_at(std::uint32_t block) const { return records_ + bytes_of(block); }
  static std::size_t bytes_of(std::uint32_t blocks) { return std::size_t{blocks} * kBlock * kRecordBytes; }
  std::uint32_t size_of(std::uint32_t block) const;
  std::uint32_t touched_of(std::uint32_t block) const;

  [[gnu::always_inline]] bool pop(std::uint32_t &index) {
    return per_cpu_ ? per_cpu::pop<kLink>(open_stacks_, records_, index) : pop_shared(index);
  }
  [[gnu::always_inline]] bool push(std::uint32_t index) {
    return per_cpu_ ? per_cpu::push<kLink>(open_stacks_, records_, index, most_on_stack_) : push_shared(index);
  }
  bool pop_shared(std::uint32_t &index);
  bool push_shared(std::uint32_t index);
  void stack_all();
  void empty_stacks();
  void empty(std::uint64_t stack);
  void advise_huge_pages();
  std::uint32_t take_otherwise();
  bool give_otherwise(std::uint32_t index);
  Chain take_chain();
  Chain take_from(std::uint32_t block);
  Chain cut_slice(std::uint32_t block, std::uint32_t from, std::uint32_t count);
  void give_chain(const Chain &chain);
  void give_run(const Run &run);
  bool take_block(std::uint32_t &block);
  void list(std::uint32_t block);
  std::uint32_t begin_trim(std::uint32_t block);
  void outlive(std::uint32_t block, std::uint32_t generation);
  std::size_t end_trim(std::uint32_t block, std::uint32_t touched);

  const bool per_cpu_;
  const std::uint32_t stack_count_;
  const std::uint32_t most_on_stack_;
  const std::uint32_t capacity_;
  const std::uint32_t generation_;
  char *const records_;
  Stack *const stacks_;
  per_cpu::Rows open_stacks_;  // stacks of the processors; closed while trim() empties them
  Block *const blocks_;
  std::atomic<std::uint32_t> used_blocks_{0};
  std::atomic<std::uint64_t> listed_{kNone};  // top of the list of blocks; upper half: count of changes
  std::atomic<bool> worth_a_trim_{false};
  std::atomic<std::uint32_t> given_back_{0};  // number of blocks that became free, or nearly free, so far
};

}  // namespace tidegate::sdk
