#pragma once

#include <cstdint>
#include <string>

#include "conversation.hpp"

/// What came of a drain, by the service's events after number `after`: how many sessions there were, and how many were cut.
/// Empty when no drain began since, or when the host has forgotten some of the events: better no word than a wrong one.
std::string outcome(Conversation &host, const std::string &service, std::uint64_t after);
