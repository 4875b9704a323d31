#pragma once

#include <functional>
#include <thread>

namespace tidegate::control {

/// A thread that takes no signals from the server, which did not ask for it: but for those of a crash, so that a crash in a
/// callback still reaches the server's handler. `name`: at most 15 characters.
std::thread quiet_thread(const char *name, std::function<void()> body);

}  // namespace tidegate::control
