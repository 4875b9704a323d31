// FINDINGS L4: a description of a session that is slow or hangs holds up nobody, and P2: its text is cleaned.

#include "service/describer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>

namespace tidegate::sdk {
namespace {

using namespace std::chrono_literals;

struct Server {
  std::atomic<bool> hangs{false};
  std::string says = "sip:a@b";

  tg_service_options options() {
    tg_service_options out = TG_INIT(tg_service_options);
    out.user = this;
    out.describe = [](void *user, tg_ticket, std::uint64_t, char *buffer, std::uint64_t capacity) -> std::uint64_t {
      auto &server = *static_cast<Server *>(user);
      server.hangs.wait(true);
      const std::size_t length = server.says.copy(buffer, static_cast<std::size_t>(capacity));
      return server.says.size() > 5000 ? server.says.size() : length;  // one that lies about its length
    };
    return out;
  }
};

TEST(Describer, Text_IsTheServersCleaned) {
  Server server;
  Describer describer;
  const auto options = server.options();
  const auto text = [&] { return describer.text(options, 1, 2, [] { FAIL(); }); };
  EXPECT_EQ(text(), "sip:a@b");
  server.says = "evil\x1b[2J\r\nX: 1";
  EXPECT_EQ(text(), "evil\xef\xbf\xbd[2J  X: 1");
  server.says.assign(6000, 'x');
  EXPECT_EQ(text().size(), Describer::kLongest);
  EXPECT_EQ(describer.text(TG_INIT(tg_service_options), 1, 2, [] { FAIL(); }), "");
}

TEST(Describer, ThatHangs_IsSaidOnce_AndTheNextCallsWaitForNothing) {
  Server server;
  server.hangs = true;
  Describer describer;
  int late = 0;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(describer.text(server.options(), 1, 2, [&] { ++late; }), "");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(late, 1);
  EXPECT_FALSE(describer.stop(1));
  server.hangs = false;
  server.hangs.notify_all();
  EXPECT_TRUE(describer.stop(20 * kSecond));
  EXPECT_EQ(describer.text(server.options(), 1, 2, [] { FAIL(); }), "") << "nothing is called any more";
}

}  // namespace
}  // namespace tidegate::sdk
