// Who is let in at the very moment at which the service begins to close.
#include <functional>
#include <thread>
#include <utility>

#include "../host_fixture.hpp"

namespace tidegate::sdk {
namespace {

/// A clock that lets something happen, once, when a thread looks at it: an admission does between its count and its ticket.
class TurningClock final : public Clock {
 public:
  Nanos monotonic() const override {
    if (std::this_thread::get_id() == who_)
      if (const auto turn = std::exchange(turn_, nullptr)) turn();
    return 1000 * kSecond;
  }
  std::int64_t unix_ns() const override { return 1000; }
  void when_this_thread_looks(std::function<void()> turn) {
    who_ = std::this_thread::get_id();
    turn_ = std::move(turn);
  }

 private:
  std::thread::id who_;
  mutable std::function<void()> turn_;
};

/// The verdict is the one of before, as a server that keeps one has it.
TEST(Latecomer, AdmittedWhileItCloses_IsSaidToBeAdmitted_AndToldToClose) {
  TurningClock clock;
  Host::Options about;
  about.name = "t";
  about.loop = TG_LOOP_POLL;
  about.log_format = TG_FORMAT_OFF;
  Host host(about, clock);
  std::vector<tg_ticket> told;
  Service::Options options;
  options.name = "S";
  options.retry_after = kSecond;
  options.callbacks = TG_INIT(tg_service_options);
  options.callbacks.user = &told;
  options.callbacks.close = [](void *user, tg_ticket ticket, std::uint64_t) {
    static_cast<std::vector<tg_ticket> *>(user)->push_back(ticket);
  };
  Service &service = host.add_service(options);
  service.start({});
  host.poll();

  clock.when_this_thread_looks([&] { std::thread([&] { service.stop_now({}); }).join(); });
  const tg_request request = TG_INIT(tg_request);
  tg_verdict verdict = TG_INIT(tg_verdict);
  verdict.code = TG_VERDICT_REFUSED;
  verdict.reason = TG_REASON_PAUSED;
  verdict.retry_after_ns = 7;
  verdict.text = verdict.redirect = TG_STR("elsewhere");
  const tg_ticket ticket = service.admit(request, verdict);
  ASSERT_NE(ticket, 0u);
  EXPECT_EQ(verdict.code, TG_VERDICT_ADMITTED);
  EXPECT_EQ(verdict.reason, TG_REASON_NONE);
  EXPECT_EQ(verdict.retry_after_ns, 0u);
  EXPECT_EQ(verdict.text.len + verdict.redirect.len, 0u);
  host.poll();
  EXPECT_EQ(told, std::vector<tg_ticket>{ticket});
  service.release(ticket);
  host.poll();
}

}  // namespace
}  // namespace tidegate::sdk
