#pragma once

#include "core/event.hpp"
#include "runtime/drain_options.hpp"
#include "runtime/host.hpp"
#include "tidegate/drain.h"

namespace tidegate::sdk::api {

// From the structs of the ABI; each throws Fault for what cannot be read, and takes NULL for all zero.
DrainOptions drain_options(const tg_drain_options *in, const char *call);
Action action_of(const tg_drain_options *in, const char *call);
Action action_of(const tg_resume_options *in, const char *call);
Action action_of(const tg_action *in, const char *call);
Host::Selection selection(const tg_selection *in, const char *call);

}  // namespace tidegate::sdk::api
