#include "core/record_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "core/fence.hpp"

namespace tidegate::sdk {
namespace {

void *reserve_memory(std::size_t bytes) {
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kAnyPage = 65536;  // no ordinary page is larger

constexpr std::size_t whole_pages(std::size_t bytes) { return (bytes + kAnyPage - 1) / kAnyPage * kAnyPage; }

/// Reserves whole_pages(bytes) of memory, aligned to a huge page.
char *reserve_aligned(std::size_t bytes) {
  char *const all = static_cast<char *>(reserve_memory(whole_pages(bytes) + kHugePage));
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(all) % kHugePage) % kHugePage;
  if (before != 0) munmap(all, before);
  munmap(all + before + whole_pages(bytes), kHugePage - before);
  return all + before;
}

/// The word of a stack: the index of its top, the number of records, and a count of changes.
struct StackWord {
  std::uint64_t word;
  std::uint32_t top() const { return word & 0xffffff; }
  std::uint32_t count() const { return (word >> 24) & 0xfff; }
  StackWord next(std::uint32_t top, std::uint32_t count) const {
    return {((word >> 36) + 1) << 36 | std::uint64_t{count} << 24 | top};
  }
};

/// The free records of a block: returned records in a chain, and never used records, which are the last of the block.
struct BlockWord {
  std::uint64_t word;
  std::uint32_t first() const { return word & 0xff; }
  std::uint32_t count() const { return (word >> 8) & 0x1ff; }
  std::uint32_t touched() const { return (word >> 17) & 0x1ff; }
  bool busy() const { return (word >> 26 & 1) != 0; }      // trim() works on the block, and no thread gets a record
  bool unlisted() const { return (word >> 27 & 1) != 0; }  // a thread has taken the busy block from the list
  BlockWord next(std::uint32_t first, std::uint32_t count, std::uint32_t touched, bool busy = false,
                 bool unlisted = false) const {
    return {((word >> 32) + 1) << 32 | std::uint64_t{unlisted} << 27 | std::uint64_t{busy} << 26 |
            std::uint64_t{touched} << 17 | std::uint64_t{count} << 8 | (first & 0xff)};
  }
};

/// Compares generations, which wrap around: the later generation is less than half of the range ahead.
bool is_later(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }

}  // namespace

struct RecordPool::Block {
  std::atomic<std::uint64_t> word;        // a BlockWord
  std::atomic<std::uint32_t> below;       // in the list: the next block
  std::atomic<std::uint32_t> generation;  // generation of its records at their first use, less generation_
};

namespace {

std::uint32_t rows(bool per_cpu) { return per_cpu ? per_cpu::rows() : std::bit_ceil(std::min(per_cpu::rows() * 2, 64u)); }

/// Returns the size of a stack. All stacks together have room for at most a sixteenth of the records, as records on the stacks of other
/// processors are out of reach. For these the pool has as many additional records, except near kMaxRecords.
std::uint32_t most_on_stack(std::uint32_t records, bool per_cpu) {
  constexpr std::uint32_t kWorthIt = 64, kMost = 1024;
  const std::uint32_t most = std::min(records / 16 / rows(per_cpu), kMost);
  if (records <= RecordPool::kFew || most < kWorthIt) return 0;
  return std::clamp((RecordPool::kMaxRecords - records) / rows(per_cpu), kWorthIt, most);
}

}  // namespace

RecordPool::RecordPool(std::uint32_t records, std::uint32_t generation, bool per_cpu)
    : per_cpu_(per_cpu && most_on_stack(records, per_cpu) != 0),
      stack_count_(most_on_stack(records, per_cpu) != 0 ? rows(per_cpu) : 1),
      most_on_stack_(most_on_stack(records, per_cpu) != 0 ? most_on_stack(records, per_cpu) : records <= kFew ? kFew : kMostOnOneStack),
      capacity_(records <= kFew ? records
                                : std::min(records + most_on_stack(records, per_cpu) * stack_count_ + kOnTheirWay, kMaxRecords)),
      generation_(generation),
      records_(reserve_aligned(std::size_t{capacity_} * kRecordBytes)),
      stacks_(static_cast<Stack *>(reserve_memory(sizeof(Stack) * stack_count_))),
      blocks_(static_cast<Block *>(reserve_memory(sizeof(Block) * (capacity_ / kBlock + 1)))) {
  for (std::uint32_t i = 0; i < stack_count_; ++i) stacks_[i].word.store(kNone, std::memory_order_relaxed);
  open_stacks_.first.store(reinterpret_cast<char *>(stacks_), std::memory_order_relaxed);
  open_stacks_.count.store(per_cpu_ ? stack_count_ : 0, std::memory_order_relaxed);
  if (capacity_ <= kFew) stack_all();
  const std::uint32_t huge = capacity_ / kBlock / kBlocksOfHuge * kBlocksOfHuge;  // whole huge pages only
  if (huge > kHugeFrom) madvise(block_at(kHugeFrom), bytes_of(huge - kHugeFrom), MADV_HUGEPAGE);
}

/// Puts all records on the one stack, so that they come off in the order of their addresses.
void RecordPool::stack_all() {
  const std::uint32_t blocks = (capacity_ + kBlock - 1) / kBlock;
  for (std::uint32_t block = 0; block < blocks; ++block)
    blocks_[block].word.store(BlockWord{}.next(0, 0, size_of(block)).word, std::memory_order_relaxed);
  for (std::uint32_t index = 0; index < capacity_; ++index) {
    head(index).store(std::uint64_t{generation_} << 32, std::memory_order_relaxed);
    link(index).store(index + 1 < capacity_ ? index + 1 : kNone, std::memory_order_relaxed);
  }
  if (capacity_ != 0) stacks_[0].word.store(StackWord{}.next(0, capacity_).word, std::memory_order_relaxed);
  used_blocks_.store(blocks, std::memory_order_relaxed);
}

RecordPool::~RecordPool() {
  munmap(records_, whole_pages(std::size_t{capacity_} * kRecordBytes));
  munmap(stacks_, sizeof(Stack) * stack_count_);
  munmap(blocks_, sizeof(Block) * (capacity_ / kBlock + 1));
}

std::uint32_t RecordPool::size_of(std::uint32_t block) const { return std::min(kBlock, capacity_ - block * kBlock); }

std::uint32_t RecordPool::touched_of(std::uint32_t block) const {
  const BlockWord word{blocks_[block].word.load(std::memory_order_seq_cst)};
  return word.busy() || word.count() == word.touched() ? 0 : word.touched();
}

// ---- stacks ----

bool RecordPool::pop_shared(std::uint32_t &index) {
  std::atomic<std::uint64_t> &stack = stacks_[per_cpu::shard(stack_count_)].word;
  StackWord word{stack.load(std::memory_order_acquire)};
  StackWord rest{};
  do {
    if (word.top() == kNone) return false;
    // Another thread may take this record first and use it; then the word has changed and the exchange fails.
    rest = word.next(link(word.top()).load(std::memory_order_relaxed) & kNone, word.count() - 1);
  } while (!stack.compare_exchange_weak(word.word, rest.word, std::memory_order_acq_rel, std::memory_order_acquire));
  index = word.top();
  return true;
}

bool RecordPool::push_shared(std::uint32_t index) {
  std::atomic<std::uint64_t> &stack = stacks_[per_cpu::shard(stack_count_)].word;
  StackWord word{stack.load(std::memory_order_relaxed)};
  do {
    if (word.count() >= most_on_stack_) return false;
    link(index).store(word.top(), std::memory_order_release);
  } while (!stack.compare_exchange_weak(word.word, word.next(index, word.count() + 1).word, std::memory_order_acq_rel,
                                        std::memory_order_relaxed));
  return true;
}

/// Takes records from a block: the first for the caller, the others for the stack; records without room there go back.
std::uint32_t RecordPool::take_otherwise() {
  std::uint32_t index;
  Chain chain = take_chain();
  if (chain.count == 0) return pop(index) ? index : kNone;
  const std::uint32_t mine = chain.first;
  while (--chain.count != 0) {
    chain.first = chain.rest;
    chain.rest = link(chain.first).load(std::memory_order_relaxed);  // before push(), which overwrites the link
    if (push(chain.first)) continue;
    give_chain(chain);
    break;
  }
  return mine;
}

/// Gives records back to their blocks; consecutive records of one block go back in one step.
class RecordPool::Giver {
 public:
  explicit Giver(RecordPool &pool) : pool_(pool) {}
  void add(std::uint32_t index) {
    if (run_.count != 0 && index / kBlock != run_.first / kBlock) flush();
    pool_.link(index).store(run_.first, std::memory_order_release);
    if (run_.count++ == 0) run_.last = index;
    run_.first = index;
  }
  void flush() {
    if (run_.count != 0) pool_.give_run(run_);
    run_ = {};
  }

 private:
  RecordPool &pool_;
  Run run_;
};

/// Gives a record, and half of the full stack, back to the blocks.
bool RecordPool::give_otherwise(std::uint32_t index) {
  Giver giver(*this);
  std::uint32_t other;
  for (std::uint32_t i = 0; i < most_on_stack_ / 2 && pop(other); ++i) giver.add(other);
  giver.add(index);
  giver.flush();
  return worth_a_trim_.load(std::memory_order_relaxed) && worth_a_trim_.exchange(false, std::memory_order_relaxed);
}

/// Empties all stacks. Per processor: after the stacks are closed and the fence is over, only this thread works on them.
void RecordPool::empty_stacks() {
  if (per_cpu_) {
    open_stacks_.count.store(0, std::memory_order_relaxed);
    if (per_cpu::fence())
      for (std::uint32_t i = 0; i < stack_count_; ++i) {
        empty(stacks_[i].word.load(std::memory_order_relaxed));
        stacks_[i].word.store(kNone, std::memory_order_relaxed);
      }
    open_stacks_.count.store(stack_count_, std::memory_order_release);
    return;
  }
  for (std::uint32_t i = 0; i < stack_count_; ++i) {
    StackWord word{stacks_[i].word.load(std::memory_order_acquire)};
    while (!stacks_[i].word.compare_exchange_weak(word.word, word.next(kNone, 0).word, std::memory_order_acq_rel,
                                                  std::memory_order_acquire)) {
    }
    empty(word.word);
  }
}

/// Returns the records of a stack, which this thread owns alone, to the blocks.
void RecordPool::empty(std::uint64_t stack) {
  Giver giver(*this);
  const StackWord word{stack};
  std::uint32_t index = word.top();
  for (std::uint32_t left = word.count(); left != 0; --left) {
    const std::uint32_t below = link(index).load(std::memory_order_relaxed) & kNone;
    giver.add(index);
    index = below;
  }
  giver.flush();
}

// ---- blocks ----

RecordPool::Chain RecordPool::take_chain() {
  for (std::uint32_t block; take_block(block);)
    if (const Chain chain = take_from(block); chain.count != 0) return chain;
  std::uint32_t block = used_blocks_.load(std::memory_order_relaxed);
  do {
    if (block * kBlock >= capacity_) return {};
  } while (!used_blocks_.compare_exchange_weak(block, block + 1, std::memory_order_seq_cst, std::memory_order_relaxed));
  return take_from(block);
}

/// Takes all returned records of a block, or else a slice of the never used ones. The caller has removed the block from the list, so that
/// no other thread does the same.
RecordPool::Chain RecordPool::take_from(std::uint32_t block) {
  std::atomic<std::uint64_t> &at = blocks_[block].word;
  BlockWord word{at.load(std::memory_order_acquire)};
  BlockWord rest{};
  std::uint32_t slice = 0;
  do {
    slice = word.count() != 0 ? 0 : std::min(kSlice, size_of(block) - word.touched());
    rest = word.busy() ? word.next(0, 0, word.touched(), true, true) : word.next(0, 0, word.touched() + slice);
  } while (!at.compare_exchange_weak(word.word, rest.word, std::memory_order_seq_cst, std::memory_order_acquire));
  if (word.busy()) return {};  // end_trim() puts it on the list
  if (rest.touched() != size_of(block)) list(block);
  if (slice != 0) return cut_slice(block, word.touched(), slice);
  if (word.count() == 0) return {};
  const std::uint32_t first = block * kBlock + word.first();
  return {first, link(first).load(std::memory_order_relaxed), word.count()};
}

RecordPool::Chain RecordPool::cut_slice(std::uint32_t block, std::uint32_t from, std::uint32_t count) {
  const std::uint32_t first = block * kBlock + from;
  const std::uint64_t generation = generation_ + blocks_[block].generation.load(std::memory_order_relaxed);
  // The caller pushes from the last to the second, so that they come off the stack in the order of their addresses.
  for (std::uint32_t index = first; index < first + count; ++index) {
    head(index).store(generation << 32, std::memory_order_release);
    link(index).store(index > first + 1 ? index - 1 : kNone, std::memory_order_relaxed);
  }
  return {first, first + count - 1, count};
}

/// Gives back a chain that take_from() returned, or the rest of it.
void RecordPool::give_chain(const Chain &chain) {
  Run run{chain.first, chain.first, chain.count};
  std::uint32_t next = chain.rest;
  if (chain.count > 1) link(chain.first).store(next, std::memory_order_release);
  for (std::uint32_t i = 1; i < chain.count; ++i, next = link(next).load(std::memory_order_relaxed)) run.last = next;
  give_run(run);
}

void RecordPool::give_run(const Run &run) {
  const std::uint32_t block = run.first / kBlock;
  std::atomic<std::uint64_t> &at = blocks_[block].word;
  BlockWord word{at.load(std::memory_order_relaxed)};
  BlockWord more{};
  do {
    link(run.last).store(word.count() == 0 ? kNone : block * kBlock + word.first(), std::memory_order_release);
    more = word.next(run.first, word.count() + run.count, word.touched());
  } while (!at.compare_exchange_weak(word.word, more.word, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (word.count() == 0 && word.touched() == size_of(block)) list(block);  // the block had no free record, and was not listed
  // A few records on stacks keep a block from being given back in full: a block that is nearly full again counts too, once.
  const std::uint32_t nearly = more.touched() - more.touched() / 8;
  if (more.count() != more.touched() && (word.count() >= nearly || more.count() < nearly)) return;
  if ((given_back_.fetch_add(1, std::memory_order_relaxed) + 1) % kTrimBlocks == 0)
    worth_a_trim_.store(true, std::memory_order_relaxed);
}

bool RecordPool::take_block(std::uint32_t &block) {
  std::uint64_t top = listed_.load(std::memory_order_acquire);
  std::uint64_t rest;
  do {
    block = static_cast<std::uint32_t>(top);
    if (block == kNone) return false;
    rest = ((top >> 32) + 1) << 32 | blocks_[block].below.load(std::memory_order_relaxed);
  } while (!listed_.compare_exchange_weak(top, rest, std::memory_order_acq_rel, std::memory_order_acquire));
  return true;
}

void RecordPool::list(std::uint32_t block) {
  std::uint64_t top = listed_.load(std::memory_order_relaxed);
  do {
    blocks_[block].below.store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);
  } while (!listed_.compare_exchange_weak(top, ((top >> 32) + 1) << 32 | block, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
}

// ---- memory ----

/// Advises huge pages where all blocks of one are used or none is. Where only some blocks are used, ordinary pages: otherwise the system
/// would fill the gaps again to make a huge page.
void RecordPool::advise_huge_pages() {
  for (std::uint32_t first = kHugeFrom; (std::size_t{first} + kBlocksOfHuge) * kBlock <= capacity_; first += kBlocksOfHuge) {
    std::uint32_t used = 0, without = 0;
    for (std::uint32_t block = first; block < first + kBlocksOfHuge; ++block)
      ++(BlockWord{blocks_[block].word.load(std::memory_order_relaxed)}.touched() != 0 ? used : without);
    madvise(block_at(first), kHugePage, used != 0 && without != 0 ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
  }
}


/// Returns: the number of records of the block that were ever used, if none is in use now; then no thread takes one before end_trim().
std::uint32_t RecordPool::begin_trim(std::uint32_t block) {
  std::atomic<std::uint64_t> &at = blocks_[block].word;
  BlockWord word{at.load(std::memory_order_acquire)};
  do {
    if (word.busy() || word.touched() == 0 || word.count() != word.touched()) return 0;
  } while (!at.compare_exchange_weak(word.word, word.next(0, 0, word.touched(), true).word, std::memory_order_acq_rel,
                                     std::memory_order_acquire));
  return word.touched();
}

void RecordPool::outlive(std::uint32_t block, std::uint32_t generation) {
  std::atomic<std::uint32_t> &at = blocks_[block].generation;
  if (is_later(generation - generation_, at.load(std::memory_order_relaxed)))
    at.store(generation - generation_, std::memory_order_relaxed);
}

std::size_t RecordPool::end_trim(std::uint32_t block, std::uint32_t touched) {
  madvise(block_at(block), std::size_t{size_of(block)} * kRecordBytes, MADV_DONTNEED);
  std::atomic<std::uint64_t> &at = blocks_[block].word;
  BlockWord word{at.load(std::memory_order_relaxed)};
  while (!at.compare_exchange_weak(word.word, word.next(0, 0, 0).word, std::memory_order_acq_rel,
                                   std::memory_order_relaxed)) {
  }
  if (word.unlisted()) list(block);
  return touched * kRecordBytes;
}

}  // namespace tidegate::sdk
