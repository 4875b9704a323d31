#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tidegate/host.hpp"
#include "tidegate/tidegate.h"

namespace tidegate {

/// A host with a steward and one service that runs, through the C ABI as a server sees it.
class ApiTest : public testing::Test {
 protected:
  static tg_host_options host_options(std::uint32_t loop = TG_LOOP_STEWARD) {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = TG_STR("api-test");
    options.loop = loop;
    options.log_format = TG_FORMAT_OFF;
    return options;
  }
  Service add(std::string_view name, std::uint64_t max_sessions = 0) {
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = str(name);
    options.max_sessions = max_sessions;
    Service service = host_.add_service(options);
    service.start();
    return service;
  }

  std::vector<std::uint32_t> events(std::uint64_t after = 0) const {
    std::vector<std::uint32_t> out;
    host_.events(after, [&](const tg_event &event) { out.push_back(event.number); });
    return out;
  }

  void wait_for(std::uint32_t event) const {
    std::uint64_t seen = 0;
    for (bool found = false; !found;) {
      ASSERT_TRUE(host_.wait_for_event(seen, kLimit));
      host_.events(seen, [&](const tg_event &it) {
        seen = it.sequence;
        found = found || it.number == event;
      });
    }
  }

  /// The sentence of a call that must fail with this code.
  static std::string failing(tg_result code, tg_result result) {
    EXPECT_EQ(result, code);
    std::string sentence(view(tg_last_error()));
    EXPECT_FALSE(sentence.empty());
    return sentence;
  }
  static tg_ticket admit(tg_service *service) {
    tg_ticket ticket = 0;
    EXPECT_EQ(tg_admit(service, nullptr, nullptr, &ticket), TG_OK);
    return ticket;
  }
  static bool has(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

  static constexpr Duration kLimit = std::chrono::seconds(20);

  Host host_{host_options()};
};

}  // namespace tidegate
