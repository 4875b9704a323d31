#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exit_code.hpp"

/// The options and words of the command line; each command uses its part.
struct Arguments {
  std::string host;
  std::string socket;
  std::string user;  // the user that runs the host, by name or number
  bool json = false;

  std::vector<std::string> services;
  bool all = false;
  std::vector<std::string> except;
  bool graceful = false;
  std::uint64_t deadline_ns = 0;    // 0: not given; the service's default counts
  std::uint64_t kill_grace_ns = 0;  // 0: not given; the service's default counts
  std::string at_deadline;
  bool announce = false;
  std::uint64_t announce_max_ns = 0;
  std::uint64_t quiet_ns = 0;
  std::uint64_t notice_window_ns = 0;
  bool replace = false;
  bool affinity = false;
  bool emergency = false;
  std::string redirect;
  std::uint64_t hold_for_ns = 0;  // 0: not given
  bool until_restart = false;
  bool all_holds = false;
  bool no_ramp = false;
  bool no_wait = false;
  std::uint64_t timeout_ns = 0;  // 0: none
  std::string actor;
  std::string reason;
  std::string until;
  bool follow = false;
  std::uint64_t after = 0;
  bool after_given = false;
  std::string boot;  // the boot_id of the event with the number `after`
  std::vector<std::uint32_t> ids;
  std::uint32_t limit = 0;
  std::string plugin;
  std::optional<std::string> config;  // as it was typed
};

// The commands. Each talks to the host, prints, and returns an exit code, or throws Stop.
ExitCode hosts(const Arguments &arguments);
ExitCode services(const Arguments &arguments);
ExitCode start(const Arguments &arguments);
ExitCode stop(const Arguments &arguments);
ExitCode drain(const Arguments &arguments);
ExitCode resume(const Arguments &arguments);
ExitCode pause(const Arguments &arguments);
ExitCode restart(const Arguments &arguments);
ExitCode wait(const Arguments &arguments);
ExitCode events(const Arguments &arguments);
ExitCode sessions(const Arguments &arguments);
ExitCode blockers(const Arguments &arguments);
ExitCode holds(const Arguments &arguments);
ExitCode plugins(const Arguments &arguments);
ExitCode reload_plugin(const Arguments &arguments);
ExitCode reconfigure_plugin(const Arguments &arguments);
ExitCode metrics(const Arguments &arguments);
