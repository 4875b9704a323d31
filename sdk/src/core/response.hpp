#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/nanos.hpp"
#include "tidegate/response.h"

namespace tidegate::sdk {

/// What a refusal means to the peer.
enum class Outcome : std::uint8_t { unavailable, redirected, parent_gone };

/// How one protocol says it: a row of the table in response.cpp.
struct Reply {
  std::uint32_t protocol;  ///< TG_PROTOCOL_*
  Outcome outcome;
  std::uint32_t code;
  std::string_view phrase;
  std::string_view retry_name;  ///< empty: it has no word for when to come back
  Nanos retry_unit;
  std::string_view redirect_name;  ///< empty: it has no word for where to go
};

std::span<const Reply> replies();

/// A verdict that refuses, as the protocol says it. Returns: false for an unknown protocol; then nothing is written.
bool respond(const tg_verdict &verdict, std::uint32_t protocol, tg_response &response);

}  // namespace tidegate::sdk
