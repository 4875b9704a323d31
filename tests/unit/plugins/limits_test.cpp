#include <array>
#include <thread>
#include <vector>

#include "limits/peer_table.hpp"
#include "tidegate/host.hpp"

namespace tidegate {
namespace {

tg_host_options host_options() {
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = TG_STR("limits-test");
  options.log_format = TG_FORMAT_OFF;
  return options;
}

class LimitsTest : public testing::Test {
 protected:
  LimitsTest() {
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = TG_STR("S");
    service_ = host_.add_service(options);
    service_.start();
    options.name = TG_STR("OTHER");
    other_ = host_.add_service(options);
    other_.start();
  }
  void load(std::string_view config) { host_.load_plugin(PLUGINS "/limits.so", config); }
  static Admitted admit(const Service &service, std::uint8_t peer, std::uint16_t port = 1) {
    tg_request request = TG_INIT(tg_request);
    request.peer.ip[15] = peer;
    request.peer.port = port;
    return service.admit(request);
  }
  std::string refused(std::string_view config) {
    try {
      load(config);
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), TG_E_INVALID);
      return error.what();
    }
    ADD_FAILURE() << config;
    return {};
  }

  Host host_{host_options()};
  Service service_, other_;
};

TEST_F(LimitsTest, Peer_HasAtMostItsNumberInEachService) {
  load(R"({"max_per_peer": 2})");
  const Admitted one = admit(service_, 1, 10);
  Admitted two = admit(service_, 1, 11);
  const Admitted three = admit(service_, 1, 12);
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(three);
  EXPECT_EQ(three.verdict.reason, TG_REASON_POLICY);
  EXPECT_EQ(view(three.verdict.text), "this address has its maximum of sessions");
  EXPECT_TRUE(admit(service_, 2)) << "another peer";
  EXPECT_TRUE(admit(other_, 1)) << "another service";
  two.ticket.release();
  EXPECT_TRUE(admit(service_, 1)) << "one has left";
}

TEST_F(LimitsTest, RefusedByTheGate_IsNotCounted) {
  load(R"({"max_per_peer": 1})");
  const Admitted keep = admit(service_, 9);
  service_.drain();
  EXPECT_FALSE(admit(service_, 1));
  service_.resume();
  EXPECT_TRUE(admit(service_, 1));
}

TEST_F(LimitsTest, UnknownPeer_IsNotLimited) {
  load(R"({"max_per_peer": 1})");
  const Admitted one = admit(service_, 0, 0), two = admit(service_, 0, 0);
  EXPECT_TRUE(one && two);
}

TEST_F(LimitsTest, Configuration_ThatIsWrong_IsSaid) {
  EXPECT_NE(refused("").find("max_per_peer"), std::string::npos);
  EXPECT_NE(refused("[]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refused("{").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refused(R"({"max_per_pear": 1})").find("max_per_pear"), std::string::npos);
  for (const char *bad : {R"({"max_per_peer": 0})", R"({"max_per_peer": -1})", R"({"max_per_peer": 1.5})",
                          R"({"max_per_peer": "5"})", R"({"max_per_peer": 1e30})"})
    EXPECT_NE(refused(bad).find("/max_per_peer"), std::string::npos) << bad;
}

TEST(PeerTable, Full_SaysNoRoom_AndForgetsNobody) {
  PeerTable table(1);
  std::vector<PeerTable::Key> kept;
  for (std::uint8_t i = 0; kept.size() < 5000; ++i) {
    PeerTable::Key key{{}, nullptr};
    key.ip[0] = i;
    key.ip[1] = static_cast<std::uint8_t>(kept.size() % 251);
    key.service = &kept + kept.size();
    if (table.add(key, 1) == PeerTable::Added::no_room) break;
    kept.push_back(key);
  }
  ASSERT_LT(kept.size(), 5000u);
  for (const auto &key : kept) EXPECT_EQ(table.add(key, 1), PeerTable::Added::at_limit);
  for (const auto &key : kept) table.remove(key);
  for (const auto &key : kept) EXPECT_EQ(table.add(key, 1), PeerTable::Added::counted);
}

TEST(PeerTable, Room_IsThereForTheNumberItWasMadeFor) {
  PeerTable table(10'000);
  for (std::uint32_t peer = 0; peer < 10'000; ++peer) {
    PeerTable::Key key{{}, nullptr};
    key.ip[12] = 10;
    key.ip[14] = static_cast<std::uint8_t>(peer >> 8);
    key.ip[15] = static_cast<std::uint8_t>(peer);
    ASSERT_EQ(table.add(key, 1), PeerTable::Added::counted) << peer;
  }
}

TEST(PeerTable, Churn_KeepsEveryCount) {
  // Against a plain array of counts: what a removal moves must stay where it is found.
  PeerTable table(64);
  std::array<int, 300> counts{};
  std::uint32_t random = 1;
  for (int i = 0; i < 200'000; ++i) {
    random = random * 1664525 + 1013904223;
    const std::size_t peer = (random >> 8) % counts.size();
    PeerTable::Key key{{}, nullptr};
    key.ip[3] = static_cast<std::uint8_t>(peer);
    key.ip[4] = static_cast<std::uint8_t>(peer >> 8);
    if ((random >> 28) % 2 == 0) {
      const auto added = table.add(key, 2);
      if (added == PeerTable::Added::no_room) {
        // A seed may put more than their share into one shard; who is counted already always has room.
        ASSERT_EQ(counts[peer], 0);
        continue;
      }
      ASSERT_EQ(added, counts[peer] < 2 ? PeerTable::Added::counted : PeerTable::Added::at_limit);
      if (added == PeerTable::Added::counted) ++counts[peer];
    } else if (counts[peer] > 0) {
      table.remove(key);
      --counts[peer];
    }
  }
}

TEST(PeerTable, UnderConcurrency_LimitIsExact) {
  PeerTable table(16);
  const PeerTable::Key key{{1}, nullptr};
  std::atomic<int> inside{0}, most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (table.add(key, 3) != PeerTable::Added::counted) continue;
        const int now = ++inside;
        int seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
        table.remove(key);
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_LE(most.load(), 3);
}

}  // namespace
}  // namespace tidegate
