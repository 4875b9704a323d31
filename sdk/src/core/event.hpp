#pragma once

#include <cstdint>

#include "core/fixed_text.hpp"
#include "core/nanos.hpp"
#include "tidegate/event_log.h"

namespace tidegate::sdk {

inline constexpr std::size_t kNameBytes = 63;
inline constexpr std::size_t kReasonBytes = 127;

/// The actor that requests a change, and the reason. `peer_pid`: the requesting process, 0 for this process; `peer_uid`: its user.
struct Action {
  FixedText<kNameBytes> actor;
  FixedText<kReasonBytes> reason;
  std::uint32_t peer_uid = 0;
  std::uint32_t peer_pid = 0;

  bool operator==(const Action &) const = default;
};

/// An event in memory; of a fixed size, so that recording an event needs no memory.
struct Event {
  std::uint64_t sequence = 0;
  std::uint64_t boot_id = 0;
  std::int64_t unix_ns = 0;
  Nanos monotonic = 0;
  std::uint32_t number = 0;
  std::uint32_t severity = 0;
  std::uint32_t status = 0;
  std::uint32_t phase = 0;
  std::uint64_t epoch = 0;
  std::uint64_t live = 0;
  std::uint64_t count = 0;
  FixedText<kNameBytes> service;
  Action action;
  FixedText<255> text;
};

/// The same event as the ABI shows it; its texts borrow from `event`.
inline tg_event to_abi(const Event &event) {
  tg_event out = TG_INIT(tg_event);
  out.sequence = event.sequence;
  out.boot_id = event.boot_id;
  out.unix_ns = event.unix_ns;
  out.monotonic_ns = event.monotonic;
  out.number = event.number;
  out.severity = event.severity;
  out.status = event.status;
  out.phase = event.phase;
  out.epoch = event.epoch;
  out.live = event.live;
  out.count = event.count;
  out.service = event.service.str();
  out.actor = event.action.actor.str();
  out.reason = event.action.reason.str();
  out.text = event.text.str();
  out.peer_uid = event.action.peer_uid;
  out.peer_pid = event.action.peer_pid;
  return out;
}

}  // namespace tidegate::sdk
