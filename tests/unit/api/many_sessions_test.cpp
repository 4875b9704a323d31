// Ten million sessions at once, and back to none.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "api_test.hpp"

namespace tidegate {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // and most of the process's memory is the sanitizer's
#else
constexpr bool kSanitized = false;
#endif
constexpr std::uint64_t kMany = kSanitized ? 1'000'000 : 10'000'000;

double resident_mb() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * 4096 / 1e6;
}

class ManySessionsTest : public testing::Test {
 protected:
  static tg_host_options options() {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = TG_STR("many");
    options.log_format = TG_FORMAT_OFF;
    options.session_capacity = kMany;
    return options;
  }
  Host host_{options()};
};

TEST_F(ManySessionsTest, All_AreListedReleasedAndTheirMemoryGivenBack) {
  tg_service_options of_service = TG_INIT(tg_service_options);
  of_service.name = TG_STR("S");
  const Service service = host_.add_service(of_service);
  service.start();
  tg_service *const s = service.handle();

  std::vector<tg_ticket> tickets(kMany);  // touched before it is measured
  const double before = resident_mb();
  tg_request request = TG_INIT(tg_request);
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    request.tag = i;
    tg_admit(s, &request, nullptr, &tickets[i]);
    refused += tickets[i] == 0 ? 1 : 0;
  }
  const double full = resident_mb();
  EXPECT_EQ(refused, 0u) << "as many as were asked for";
  EXPECT_EQ(service.info().sessions, kMany);
  EXPECT_TRUE(kSanitized || (full - before) * 1e6 / static_cast<double>(kMany) < 68.0) << full - before << " MB for all";

  // Somebody looks at all of them while others come and go.
  std::atomic<bool> stop{false};
  std::thread churn([&] {
    for (std::uint64_t i = 0; !stop.load(); i = (i + 1) % kMany) {
      tg_release(s, tickets[i]);
      request.tag = i;
      tg_admit(s, &request, nullptr, &tickets[i]);
    }
  });
  struct Seen {
    std::uint64_t count = 0, wrong = 0;
  } seen;
  tg_service_sessions(
      s, 0,
      [](void *user, const tg_session_info *session) {
        auto &here = *static_cast<Seen *>(user);
        ++here.count;
        here.wrong += session->tag >= kMany || session->kind != TG_KIND_NEW ? 1 : 0;
      },
      &seen);
  stop = true;
  churn.join();
  EXPECT_EQ(seen.wrong, 0u);
  EXPECT_GT(seen.count, kMany / 2);
  EXPECT_EQ(service.info().sessions, kMany);

  service.drain();
  std::ranges::shuffle(tickets, std::minstd_rand(1));  // nobody leaves in the order in which he came
  std::uint64_t stale = 0;
  for (const tg_ticket ticket : tickets) stale += tg_release(s, ticket) != TG_OK ? 1 : 0;
  EXPECT_EQ(stale, 0u);
  EXPECT_TRUE(service.wait(TG_UNTIL_DRAINED, std::chrono::seconds(60)));
  EXPECT_EQ(tg_release(s, tickets[0]), TG_E_STALE) << "also when its memory is gone";
  // The steward gives memory back as it sees that it is not used: bit by bit, not at any promised moment.
  double after = resident_mb();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!kSanitized && after - before > (full - before) / 50 && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
    after = resident_mb();
  }
  std::printf("%llu sessions: %.1f MB before, %.1f MB with them, %.1f MB after\n",
              static_cast<unsigned long long>(kMany), before, full, after);
  EXPECT_TRUE(kSanitized || after - before < (full - before) / 50);

  service.resume();
  tg_ticket again = 0;
  EXPECT_EQ(tg_admit(s, nullptr, nullptr, &again), TG_OK);
  EXPECT_NE(again, 0u);
  EXPECT_EQ(tg_release(s, tickets[0]), TG_E_STALE);
  EXPECT_EQ(tg_release(s, again), TG_OK);
}

}  // namespace
}  // namespace tidegate
