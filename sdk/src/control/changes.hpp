#pragma once

#include <string_view>

#include "control/answer.hpp"
#include "control/requests.hpp"

namespace tidegate::control {

// The verbs that change services. With "until" the answer is held until each service has reached that moment or no longer can. Change and
// outcome are one request, so that a server that ends right after the change has answered it.
Answer start(const HostView &host, const Json &request, Held &held);
Answer stop(const HostView &host, const Json &request, Held &held);
Answer drain(const HostView &host, const Json &request, Held &held);
Answer restart(const HostView &host, const Json &request, Held &held);
Answer resume(const HostView &host, const Json &request, Held &held);

// The keys of a drain, and the keys of each change of services.
#define TG_DRAIN_KEYS                                                                                                   \
  "deadline_ns kill_grace_ns at_deadline replace announce announce_min_ns announce_max_ns quiet_ns affinity emergency " \
  "hold hold_until_unix_ns notice_window_ns redirect"
#define TG_CHANGE_KEYS "service services all except actor reason until timeout_ns"

/// Returns: whether `key` is one of `keys`, a list with blanks between.
bool is_one_of(std::string_view keys, const std::string &key);

/// Returns the present answer to a held change; `over`: the time limit has come.
Answer waited(const HostView &host, Held &held, bool over);

}  // namespace tidegate::control
