#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "loop/manual_clock.hpp"
#include "os/fault.hpp"
#include "host/host.hpp"

namespace tidegate::sdk {

using Numbers = std::vector<std::uint32_t>;

inline DrainOptions how(std::uint32_t intent, Nanos deadline = kNever, Nanos kill_grace = 0) {
  DrainOptions options;
  options.intent = intent;
  options.deadline = deadline;
  options.kill_grace = kill_grace;
  return options;
}

/// A host on a manual clock and the test's own loop: every step happens when the test says so.
class HostTest : public testing::Test {
 protected:
  HostTest() {
    callbacks_.user = this;
    callbacks_.close = [](void *user, tg_ticket ticket, std::uint64_t) {
      static_cast<HostTest *>(user)->told_.push_back(ticket);
    };
  }

  static Host::Options options() {
    Host::Options out;
    out.name = "test";
    out.loop = TG_LOOP_POLL;
    out.log_format = TG_FORMAT_OFF;
    out.session_capacity = 4;
    return out;
  }

  Service::Options service_options(const std::string &name, std::uint64_t max_sessions = 0) const {
    Service::Options options;
    options.name = name;
    options.activity = "Sessions";
    options.retry_after = 30 * kSecond;
    options.config.max_sessions = max_sessions;
    options.config.stalled_after = 60 * kSecond;
    options.callbacks = callbacks_;
    return options;
  }
  Service &make(const std::string &name, std::uint64_t max_sessions = 0) {
    return host_.add_service(service_options(name, max_sessions));
  }
  Service &started(const Service::Options &options) {
    Service &service = host_.add_service(options);
    service.start({});
    host_.poll();
    return service;
  }
  Service &started(const std::string &name, std::uint64_t max_sessions = 0) {
    Service &service = make(name, max_sessions);
    service.start({});
    host_.poll();
    return service;
  }
  void pass_time(Nanos by) {
    clock_.advance(by);
    host_.poll();
  }
  std::vector<std::uint32_t> events() {
    std::vector<std::uint32_t> out;
    Event event;
    for (; host_.events().next(seen_, event); seen_ = event.sequence) out.push_back(event.number);
    return out;
  }
  static tg_ticket admit(Service &service, std::uint32_t kind = TG_KIND_NEW, tg_ticket parent = 0) {
    tg_request request = TG_INIT(tg_request);
    tg_verdict verdict = TG_INIT(tg_verdict);
    request.kind = kind;
    request.parent = parent;
    return service.admit(request, verdict);
  }
  static tg_verdict refused(Service &service) {
    tg_request request = TG_INIT(tg_request);
    tg_verdict verdict = TG_INIT(tg_verdict);
    EXPECT_EQ(service.admit(request, verdict), 0u);
    return verdict;
  }
  static Action by(std::string_view actor) {
    Action action;
    action.actor.assign(actor);
    return action;
  }
  template <class F>
  static tg_result code_of(F &&call) {
    try {
      call();
      return TG_OK;
    } catch (const Fault &fault) {
      return fault.code();
    }
  }

  tg_service_options callbacks_ = TG_INIT(tg_service_options);
  std::vector<tg_ticket> told_;
  ManualClock clock_;
  Host host_{options(), clock_};
  std::uint64_t seen_ = 0;
};

}  // namespace tidegate::sdk
