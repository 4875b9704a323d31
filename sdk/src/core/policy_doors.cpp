#include "core/policy_doors.hpp"

#include <algorithm>

namespace tidegate::sdk {

PolicyDoors::PolicyDoors(const PolicyList &first, CellMemory *memory, void (*left)(void *user), void *user)
    : left_(left),
      user_(user),
      doors_{Gate(0, memory), Gate(1, memory), Gate(2, memory), Gate(3, memory)},
      list_(&first) {
  static_assert(kDoors == 4);
  doors_[0].open();
  doors_[0].speed_up();
}

Gate *PolicyDoors::enter_otherwise() {
  while (true) {
    Gate *const door = current_.load(std::memory_order_acquire);
    if (door->pass(Unit::entry, Pass::ordinary)) return door;
    if (door->cells().forked()) return nullptr;
  }
}

void PolicyDoors::leave_otherwise(Gate &door) {
  switch (door.leave(Unit::entry)) {
    case Gate::Left::last:
      if (left_ != nullptr) left_(user_);
      door.gone();
      return;
    case Gate::Left::more:
    case Gate::Left::none: return;
  }
}

void PolicyDoors::put(const PolicyList &list, std::uint32_t out) {
  std::uint32_t asked = 0;
  for (std::uint32_t i = 0; i < list.count; ++i) asked += list.policies[i].part == Part::asked ? 1 : 0;
  turned_ = false;
  list_.store(&list, std::memory_order_release);
  out_.store(out, std::memory_order_release);
  asked_.store(asked, std::memory_order_release);
}

PolicyDoors::Turn PolicyDoors::turn() {
  Gate *const old = current_.load(std::memory_order_relaxed);
  const auto next = std::ranges::find_if(
      doors_, [old](const Gate &door) { return &door != old && door.drained() && !door.leaving(); });
  if (next == doors_.end()) return Turn::no_door;
  if (!old->slow_down()) return Turn::refused;
  next->open();
  next->speed_up();
  current_.store(&*next, std::memory_order_release);
  old->shut();
  turned_ = true;
  return Turn::begun;
}

bool PolicyDoors::empty() const {
  return std::ranges::all_of(doors_, [](const Gate &door) { return door.live() == 0 && !door.leaving(); });
}

bool PolicyDoors::settled() const {
  const Gate *const now = current_.load(std::memory_order_relaxed);
  return turned_ && std::ranges::all_of(doors_, [now](const Gate &door) {
           return &door == now || (door.drained() && !door.leaving());
         });
}

}  // namespace tidegate::sdk
