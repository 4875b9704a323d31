// One thread asks for admission as fast as it can while the last session is released: how much later is 25050 at a sink?

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "api_test.hpp"

namespace tidegate {
namespace {

using Clock = std::chrono::steady_clock;

/// What the sink has seen last.
struct Sink {
  std::atomic<std::uint64_t> drained{0};  // 25050s
  Clock::time_point at;                   // of the last of them; read once `drained` says that it is there
};

/// Asks while `blow` is set; counts what it was told.
struct Storm {
  explicit Storm(const Service &service)
      : thread_([this, service] {
          while (!end) {
            resting = !blow;
            if (resting) {
              std::this_thread::yield();
              continue;
            }
            if (service.admit()) ++admitted;
            ++asked;
          }
        }) {}
  ~Storm() {
    end = true;
    thread_.join();
  }
  void rest() {
    blow = false;
    while (!resting) std::this_thread::yield();
  }

  std::atomic<bool> blow{false}, end{false};
  std::atomic<bool> resting{true};  // its last question has been answered
  std::atomic<std::uint64_t> asked{0}, admitted{0};

 private:
  std::thread thread_;
};

std::size_t rounds() {
  const char *given = std::getenv("TIDEGATE_STRESS_ROUNDS");
  return given != nullptr ? std::clamp<std::size_t>(std::strtoul(given, nullptr, 10) / 50, 20, 5000) : 300;
}

double micros(std::vector<Clock::duration> &times, double share) {
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), at, times.end());
  return std::chrono::duration<double, std::micro>(*at).count();
}

TEST_F(ApiTest, StormStress_OfRefusals_DelaysDrainedAsLittleAsItIsSaid) {
  const Service service = add("S");
  Sink sink;
  const Subscription subscription = host_.subscribe([&](const tg_event &event) {
    if (event.number != TG_EVENT_DRAINED) return;
    sink.at = Clock::now();
    sink.drained.fetch_add(1);
  });
  std::vector<Clock::duration> calm, stormy;
  Storm storm(service);
  std::uint64_t drains = 0;
  for (std::size_t round = 0; round < 2 * rounds(); ++round) {
    const bool blow = round % 2 == 1;  // in turn, so that both meet the same machine
    Admitted last = service.admit();
    ASSERT_TRUE(last);
    service.drain();
    storm.blow = blow;
    if (blow)
      for (const std::uint64_t before = storm.asked; storm.asked < before + 50;) std::this_thread::yield();
    const Clock::time_point released = Clock::now();
    last.ticket.release();
    ++drains;
    while (sink.drained < drains) std::this_thread::yield();
    (blow ? stormy : calm).push_back(sink.at - released);
    storm.rest();
    ASSERT_EQ(storm.admitted, 0u) << "nothing is admitted while it drains, nor after 25050";
    service.resume();
  }
  EXPECT_EQ(sink.drained, drains) << "25050 once for each";
  EXPECT_GT(storm.asked, stormy.size());
  const double calm50 = micros(calm, 0.5), calm99 = micros(calm, 0.99);
  const double storm50 = micros(stormy, 0.5), storm99 = micros(stormy, 0.99);
  std::printf(
      "release to 25050 at a sink, %zu drains each: calm p50 %.0f us, p99 %.0f us; storm p50 %.0f us, p99 %.0f us; "
      "ratio p50 %.2f, p99 %.2f\n",
      calm.size(), calm50, calm99, storm50, storm99, storm50 / calm50, storm99 / calm99);
}

}  // namespace
}  // namespace tidegate
