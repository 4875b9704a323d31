#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conversation.hpp"

/// Shows how far drains are, on standard error: one line that changes on a terminal and is never longer than that is wide,
/// else a line when something has changed.
class Progress {
 public:
  Progress(const Arguments &arguments, const std::string &socket, std::vector<std::string> services);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Asks the host how far it is, on a connection of its own, and shows that. Throws Stop when the host does not answer.
  void show();
  void clear();

 private:
  void look();
  void draw(const std::string &line);

  const Arguments &arguments_;
  const std::string socket_;
  const std::vector<std::string> services_;  // empty: all
  const bool terminal_;
  const Clock::time_point began_ = Clock::now();
  std::unique_ptr<Conversation> host_;  // made when it is first shown
  std::string last_;
  std::size_t drawn_ = 0;  // columns of the line that is on the terminal
};

/// "RTCMEDSRV draining 3 s: 20 of 41 calls left; in 19 s calls are told to close; oldest 5 s: sip:caller1@…"
std::string line_of_progress(const Json &service, const Json &first);
