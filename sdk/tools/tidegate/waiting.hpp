#pragma once

#include <string>
#include <vector>

#include "conversation.hpp"

/// Returns a command for the same host, which can be pasted into a shell.
std::string command_line(const Arguments &arguments, const std::vector<std::string> &words);
std::string wait_command(const Arguments &arguments, const std::vector<std::string> &services, const std::string &until);

/// Sends a request whose answer the host holds until the awaited moment, and shows the progress meanwhile. --timeout counts from `began`.
/// Returns: the answer, also a refusal. Throws Stop; on Ctrl-C with the command that waits again.
Json ask_and_wait(Conversation &host, const Arguments &arguments, Json request, const std::vector<std::string> &services,
                  const std::string &until, Clock::time_point began);
