#pragma once

#include <cstdint>

namespace tidegate::control {

/// The process at the other end of a connection, as the kernel knows it.
struct Peer {
  std::uint32_t user = 0;
  std::uint32_t process = 0;  ///< 0: not known
};

}  // namespace tidegate::control
