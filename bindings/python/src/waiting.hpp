#pragma once

#include "open_host.hpp"

namespace tidegate::python {

/// Waits for an event after number `after`. Both wait in slices, so that Ctrl-C, the host's end and the interpreter's are
/// noticed on the way. Returns: false when the time was over first. Throws Error; TG_E_CLOSING when the host is closed
/// meanwhile.
bool wait_for_event(OpenHost &host, std::uint64_t after, Duration limit);

/// Waits for the end of the host, as tg_host_wait() does.
bool wait_for_end(OpenHost &host, Duration limit);

/// Waits for a moment of a service, TG_UNTIL_*, and throws Error TG_E_ENDED when it can no longer come.
bool wait_until(OpenHost &host, const Service &service, const std::string &name, std::uint32_t until, Duration limit);

}  // namespace tidegate::python
