#pragma once

#include <string>
#include <vector>

#include "../host_fixture.hpp"

namespace tidegate::sdk {

class DrainTest : public HostTest {
 public:
  /// A callback of a service takes so long.
  static void take_time(void *user, Nanos long_time) {
    static_cast<DrainTest *>(static_cast<HostTest *>(user))->clock_.advance(long_time);
  }

 protected:
  DrainTest() {
    callbacks_.notice = [](void *user, tg_ticket ticket, std::uint64_t, std::uint64_t left) {
      auto &test = *static_cast<DrainTest *>(static_cast<HostTest *>(user));
      test.asked_.push_back(ticket);
      test.left_ = left;
    };
  }

  /// A drain that announces itself.
  static DrainOptions announced(Nanos deadline = 0) {
    DrainOptions options;
    options.flags = TG_DRAIN_ANNOUNCE;
    options.deadline = deadline;
    return options;
  }
  static DrainOptions with(std::uint32_t at_deadline, Nanos deadline) {
    DrainOptions options;
    options.at_deadline = at_deadline;
    options.deadline = deadline;
    return options;
  }
  std::string text_of(std::uint32_t number) {
    std::string text;
    Event event;
    for (std::uint64_t after = 0; host_.events().next(after, event); after = event.sequence)
      if (event.number == number) text = event.text.view();
    return text;
  }

  /// Where the refused are sent.
  static std::string target(Service &service) {
    const tg_verdict verdict = refused(service);
    return {verdict.redirect.ptr, verdict.redirect.len};
  }

  std::vector<tg_ticket> asked_;
  std::uint64_t left_ = 0;
  tg_verdict verdict_ = TG_INIT(tg_verdict);
};

}  // namespace tidegate::sdk
