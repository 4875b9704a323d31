#pragma once

#include "core/event.hpp"
#include "service/drain_options.hpp"
#include "host/host.hpp"
#include "tidegate/drain.h"

namespace tidegate::sdk::api {

// Read the structs of the ABI. Each function throws Fault for a struct or text that it cannot read; NULL is a struct that is all zero.
DrainOptions drain_options(const tg_drain_options *in, const char *call);
Action action_of(const tg_drain_options *in, const char *call);
Action action_of(const tg_resume_options *in, const char *call);
Action action_of(const tg_action *in, const char *call);
Host::Selection selection(const tg_selection *in, const char *call);

/// Returns a hold as the ABI shows it. The texts borrow from `hold`.
inline tg_hold_info shown_hold(const Hold &hold) {
  tg_hold_info out = TG_INIT(tg_hold_info);
  out.actor = hold.action.actor.str();
  out.reason = hold.action.reason.str();
  out.since_unix_ns = hold.since_unix;
  out.expires_unix_ns = hold.expires_unix;
  out.lasts = hold.lasts;
  return out;
}

}  // namespace tidegate::sdk::api
