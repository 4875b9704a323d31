#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/nanos.hpp"
#include "tidegate/response.h"

namespace tidegate::sdk {

/// The kinds of refusals that a peer distinguishes.
enum class Outcome : std::uint8_t { unavailable, redirected, parent_gone };

/// The reply of one protocol for one kind of refusal: a row of the table in response.cpp.
struct Reply {
  std::uint32_t protocol;  ///< TG_PROTOCOL_*
  Outcome outcome;
  std::uint32_t code;
  std::string_view phrase;
  std::string_view retry_name;  ///< empty: the protocol has no header for the retry time
  Nanos retry_unit;
  std::string_view redirect_name;  ///< empty: the protocol has no header for a redirect
};

std::span<const Reply> replies();

/// Translates a refusal into the response of a protocol. Returns: false, with nothing written, for an unknown protocol.
bool respond(const tg_verdict &verdict, std::uint32_t protocol, tg_response &response);

}  // namespace tidegate::sdk
