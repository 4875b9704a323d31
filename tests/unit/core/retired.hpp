#pragma once

#include "core/session_slab.hpp"

namespace tidegate::sdk {

/// Ends a session and says what it was. Returns: false when it is not live.
inline bool retired(SessionSlab &slab, tg_ticket ticket, std::uint32_t service, Session &session) {
  const std::uint64_t state = slab.retire(ticket, service);
  if (state != 0) session = slab.ended(ticket, state);
  return state != 0;
}

}  // namespace tidegate::sdk
