#pragma once

#include <array>
#include <cstdint>

#include "tidegate/ext/admission.h"

namespace tidegate::sdk {

/// One policy, as a plugin gave it.
struct Policy {
  const tg_admission_policy *role = nullptr;
  void *instance = nullptr;
  std::uint32_t bit = 0;  ///< its mark in a session's record; no other policy of the host ever has it
  bool asks_child = false;
};

/// The policies in force. A list is never changed once it is published: admissions read it through one atomic pointer.
struct PolicyList {
  static constexpr std::uint32_t kMax = 32;  ///< bits in a session's record
  std::uint32_t count = 0;
  std::array<Policy, kMax> policies{};
};

}  // namespace tidegate::sdk
