#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conversation.hpp"

/// Shows the progress of drains on standard error: on a terminal one changing line, cut to the terminal's width; else a new line at each
/// change.
class Progress {
 public:
  Progress(const Arguments &arguments, const std::string &socket, std::vector<std::string> services);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Asks the host for its services on a connection of its own, and shows the progress. Throws Stop when the host does not answer; a host
  /// that has ended is no error here.
  void show();
  /// Removes the line from the terminal.
  void clear();

 private:
  void look();
  void draw(const std::string &line);

  const Arguments &arguments_;
  const std::string socket_;
  const std::vector<std::string> services_;  // empty: all
  const bool terminal_;
  const Clock::time_point began_ = Clock::now();
  std::unique_ptr<Conversation> host_;  // made by the first show()
  std::string last_;
  std::size_t drawn_ = 0;  // columns of the line that is on the terminal
};

/// Returns a line such as "RTCMEDSRV draining 3 s: 20 of 41 calls left; in 19 s calls are told to close; oldest 5 s: sip:caller1@…".
/// `first`: the first blocker of the drain, or an empty object.
std::string line_of_progress(const Json &service, const Json &first);
