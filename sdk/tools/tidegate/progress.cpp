#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "conversation.hpp"
#include "duration.hpp"
#include "tidegate/result.h"

namespace {

constexpr std::uint64_t kProgressNs = 250'000'000;

/// Shows how far a drain is, on standard error: one line that changes on a terminal, else a line when something changed.
class Progress {
 public:
  Progress(bool quiet, Clock::time_point began)
      : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), began_(began) {}
  ~Progress() { clear(); }

  /// `first`: who keeps it from completing, the first of them.
  void show(const Json &service, const Json &first) {
    if (quiet_) return;
    std::string line = line_about(service);
    if (const std::uint64_t others = live(service) - number(service, "sessions"); others != 0)
      line += fmt::format(" and {} inside them", others);
    if (service.contains("deadline_left_ns") && !service.at("deadline_left_ns").is_null())
      line += fmt::format(", {} in {}", text(service, "at_deadline"), show_duration(number(service, "deadline_left_ns")));
    if (number(service, "told") != 0) line += fmt::format(", {} told", number(service, "told"));
    if (!first.empty()) line += fmt::format(", {} for {}", about_session(first), show_duration(number(first, "age_ns")));
    if (terminal_) {
      fmt::print(stderr, "\r\033[K{}, {}", line, show_duration(since(began_)));
      std::fflush(stderr);
      dirty_ = true;
    } else if (activity(service) + text(service, "status") != last_) {
      fmt::print(stderr, "{}\n", line);
      last_ = activity(service) + text(service, "status");
    }
  }

  void clear() {
    if (dirty_) fmt::print(stderr, "\r\033[K");
    dirty_ = false;
  }

 private:
  const bool quiet_;
  const bool terminal_;
  const Clock::time_point began_;
  std::string last_;
  bool dirty_ = false;
};

Json service_named(Conversation &host, const std::string &name) {
  const Json answer = host.need({{"verb", "services"}});
  for (const Json &service : answer.at("services"))
    if (service.value("name", "") == name) return service;
  return Json::object();
}

/// The first of those who keep a drain from completing; empty: nobody does.
Json first_blocker(Conversation &host, const Json &service) {
  const std::string phase = text(service, "phase");
  if (phase != "draining" && phase != "closing") return Json::object();
  const Json answer = host.ask({{"verb", "blockers"}, {"service", text(service, "name")}, {"limit", 1}});
  const Json sessions = answer.value("sessions", Json::array());
  return sessions.empty() ? Json::object() : sessions.front();
}

}  // namespace

Json wait_until(Conversation &host, const Arguments &arguments, const std::string &service, const std::string &until,
                const Json &after, Clock::time_point began) {
  watch_for_interrupt();
  Progress progress(arguments.json, began);
  try {
    while (true) {
      const std::uint64_t elapsed = since(began);
      const bool last = arguments.timeout_ns != 0 && elapsed + kProgressNs >= arguments.timeout_ns;
      const std::uint64_t slice = last ? arguments.timeout_ns - std::min(elapsed, arguments.timeout_ns) : kProgressNs;
      Json answer =
          host.ask({{"verb", "wait"}, {"service", service}, {"until", until}, {"after", after}, {"timeout_ns", slice}});
      if (answer.value("ok", false)) return answer.at("service");
      if (answer.at("error").value("number", 0) != TG_E_TIMEOUT || last) {
        progress.clear();
        Conversation::refuse(answer);
      }
      const Json now = service_named(host, service);
      progress.show(now, first_blocker(host, now));
    }
  } catch (const Stop &stop) {
    if (stop.code() != kDetached) throw;
    progress.clear();
    throw Stop(kDetached, fmt::format("detached; what was asked for goes on. To wait again: tidegate wait {} --until {}",
                                      service, until));
  }
}
