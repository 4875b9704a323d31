#include "core/cells.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

namespace tidegate::sdk {
namespace {

constexpr std::size_t kCellBytes = 128;  // two lines: what the gate counts, and the rest
constexpr std::uint32_t kServicesOfAPage = per_cpu::kStride / kCellBytes;
static_assert(kLanes * sizeof(std::uint64_t) <= kCellBytes);

void *reserve(std::size_t bytes) {
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

std::uint32_t shards() { return std::bit_ceil(std::min(per_cpu::rows() * 2, 64u)); }

}  // namespace

Entrance Cells::nowhere;

void Cells::lie_in(Entrance &entrance, char *rows, std::uint32_t count, bool per_cpu) {
  entrance_ = &entrance;
  rows_ = rows;
  count_ = count;
  is_per_cpu_ = per_cpu;
  if (!per_cpu) return;
  always_.first.store(rows, std::memory_order_relaxed);
  always_.count.store(count, std::memory_order_relaxed);
  entrance.per_cpu.first.store(rows, std::memory_order_relaxed);
}

bool Cells::close(Sums &taken, bool fenced) {
  if (is_per_cpu_) {
    entrance_->per_cpu.count.store(0, std::memory_order_relaxed);
    if (fenced && !per_cpu::fence()) {
      entrance_->per_cpu.count.store(count_, std::memory_order_release);
      return false;
    }
  }
  for (std::size_t i = 0; i < kGateLanes; ++i) {
    const auto lane = static_cast<Lane>(i);
    std::int64_t counted = 0;
    for (std::uint32_t row = 0; row < count_; ++row)
      counted += is_per_cpu_ ? cell(row, lane).load(std::memory_order_relaxed)
                             : cell(row, lane).fetch_or(kClosed, std::memory_order_acq_rel) / kOne;
    const std::int64_t settled = settled_[i].load(std::memory_order_relaxed);
    // The cells of a processor are never reset.
    taken[i] += is_per_cpu_ ? counted - settled : counted;
    settled_[i].store(is_per_cpu_ ? counted : settled + counted, std::memory_order_relaxed);
  }
  open_.store(false, std::memory_order_relaxed);
  return true;
}

/// Opens the cells. A closed shared cell has a meaningless value, to which late additions still go, so a store replaces it; a correction
/// by a difference would miscount additions of that moment.
void Cells::open() {
  if (rows_ == nullptr) return;
  open_.store(true, std::memory_order_relaxed);
  if (is_per_cpu_) return entrance_->per_cpu.count.store(count_, std::memory_order_release);
  for (std::size_t i = 0; i < kGateLanes; ++i)
    for (std::uint32_t row = 0; row < count_; ++row)
      cell(row, static_cast<Lane>(i)).store(0, std::memory_order_release);
  entrance_->shared.store(rows_, std::memory_order_release);
}

std::int64_t Cells::sum(Lane lane) const {
  const auto i = static_cast<std::size_t>(lane);
  const bool is_gates = i < kGateLanes;
  std::int64_t sum = !is_per_cpu_ && is_gates ? settled_[i].load(std::memory_order_relaxed) : 0;
  if (!is_per_cpu_ && is_gates && !is_open()) return sum;
  for (std::uint32_t row = 0; row < count_; ++row) {
    const std::int64_t counted = cell(row, lane).load(std::memory_order_seq_cst);
    sum += is_per_cpu_ || !is_gates ? counted : counted / kOne;
  }
  return sum;
}

std::uint64_t Cells::stir() const {
  if (rows_ == nullptr) return 0;
  const std::uint32_t row = is_per_cpu_ ? per_cpu::row() : per_cpu::shard(count_);
  return static_cast<std::uint64_t>(cell(row, Lane::refused_new).load(std::memory_order_relaxed) +
                                    cell(row, Lane::refused_other).load(std::memory_order_relaxed)) << 8 |
         row;
}

std::int64_t Cells::take_all(Lane lane) const {
  std::int64_t all = 0;
  for (std::uint32_t row = 0; row < count_; ++row) all += cell(row, lane).exchange(0, std::memory_order_relaxed);
  return all;
}

// ---- memory ----

CellMemory::CellMemory(bool per_cpu)
    : per_cpu_(per_cpu && per_cpu::available()),
      rows_(per_cpu_ ? per_cpu::rows() : shards()),
      entrances_(static_cast<Entrance *>(reserve(sizeof(Entrance) * (kMaxServices + 1)))) {
  madvise(entrances_, sizeof(Entrance) * (kMaxServices + 1), MADV_WIPEONFORK);
  entrances_[kMaxServices].alive.store(1, std::memory_order_relaxed);
}

CellMemory::~CellMemory() {
  for (char *page : pages_) munmap(page, std::size_t{rows_} * per_cpu::kStride);
  munmap(entrances_, sizeof(Entrance) * (kMaxServices + 1));
}

void CellMemory::give(std::uint32_t service, Cells &cells) {
  const std::uint32_t page = service / kServicesOfAPage;
  while (pages_.size() <= page) {
    pages_.reserve(pages_.size() + 1);
    pages_.push_back(static_cast<char *>(reserve(std::size_t{rows_} * per_cpu::kStride)));
  }
  entrances_[service].alive.store(1, std::memory_order_relaxed);
  cells.lie_in(entrances_[service], pages_[page] + service % kServicesOfAPage * kCellBytes, rows_, per_cpu_);
}

}  // namespace tidegate::sdk
