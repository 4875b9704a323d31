#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidegate/vocabulary/intent.h"
#include "world.hpp"

namespace tidegate::model {

/// A drain as somebody asks for it; its times count from then.
struct Ask {
  std::uint8_t actor = kAlice;
  std::uint32_t intent = TG_INTENT_STAY;
  Nanos budget = kNever;
  std::uint32_t at_deadline = TG_DEADLINE_FORCE;
  std::uint32_t hold = TG_HOLD_UNTIL_RESUME;
  bool announce = false;
  bool replace = false;
  bool emergency = false;
  Nanos notice_window = kNever;
};

/// One of the spaces that are explored: what services there are, and what may happen to them.
struct Scenario {
  std::string name;
  std::string about;
  bool whole = false;  ///< too large for each run of the tests

  std::size_t services = 1;  ///< two: A needs B
  std::array<sdk::machine::Config, kServices> config{};
  bool hooks = true;      ///< the host has start and stop hooks, which take a while; else there are none
  bool may_fail = false;  ///< and the start hook may fail
  bool crash = false;     ///< at rest, and at each record of the journal: before it and after it
  bool torn = false;      ///< and in the middle of it
  bool late = false;      ///< time may pass although something is due
  bool flight = false;    ///< an admission may be made between its look at the gate and its step through it
  bool emergency = false;
  bool stop_now = true;
  bool terminate = false;  ///< SIGTERM, again and again
  bool surplus = false;    ///< leaves that nobody entered for
  std::array<std::uint8_t, kServices> sessions{1, 1}, children{0, 0}, entries{0, 0};  ///< at most
  unsigned outside = 1;  ///< how many admissions and releases may come in the middle of one step

  std::array<std::vector<Ask>, 3> drains;              ///< of A, of B, of both in one go
  std::array<std::vector<std::uint8_t>, 3> resumes{};  ///< likewise: by whom
  bool all_holds = true;
};

std::span<const Scenario> scenarios();

}  // namespace tidegate::model
