#pragma once

#include <cstdint>

#include "core/gate.hpp"

namespace tidegate::model {

/// A gate as the model keeps it: small, and copied with the state. Whatever it is asked, a real Gate is asked that has been
/// brought to the same position first, so that the code explored is the code that ships.
struct Door {
  bool draining = true;
  bool sealed = false;
  std::uint8_t sessions = 0;
  std::uint8_t children = 0;
  std::uint8_t entries = 0;

  /// `most`: sessions; 0: no bound.
  bool pass(sdk::Unit unit, sdk::Pass pass, std::uint64_t most);
  sdk::Gate::Left leave(sdk::Unit unit);
  std::uint64_t shut();  ///< Returns: who was inside.
  std::uint64_t seal();
  bool open_unless_drained();
  void open();

  sdk::Gate::Position position() const;
  bool is_open() const;
  bool drained() const;
  std::uint64_t live() const { return std::uint64_t{sessions} + children + entries; }

  bool operator==(const Door &) const = default;

 private:
  void bring(sdk::Gate &gate) const;
  void take(const sdk::Gate &gate);
};

}  // namespace tidegate::model
