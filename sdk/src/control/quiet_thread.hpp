#pragma once

#include <functional>
#include <thread>

namespace tidegate::control {

/// Starts a thread that takes no signals, so that the server's handlers run on the server's threads. The signals of a crash are not
/// blocked: a crash in a callback reaches the server's handler. `name`: at most 15 characters. Throws Error.
std::thread quiet_thread(const char *name, std::function<void()> body);

}  // namespace tidegate::control
