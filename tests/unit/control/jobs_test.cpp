// What runs code of plugins for the control socket: elsewhere, a few at once, and never after the end.
#include "control/jobs.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <vector>

#include "tidegate/error.hpp"

namespace tidegate::control {
namespace {

/// Waits for as many calls of `done` as are asked for.
class Done {
 public:
  void operator()() {
    const std::lock_guard lock(mu_);
    ++count_;
    more_.notify_all();
  }
  void wait_for(int count) {
    std::unique_lock lock(mu_);
    EXPECT_TRUE(more_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ >= count; }));
  }

 private:
  std::mutex mu_;
  std::condition_variable more_;
  int count_ = 0;
};

class JobsTest : public testing::Test {
 protected:
  /// Work that does not end before `open()`.
  std::function<std::string()> held() {
    return [gate = gate_] {
      gate.wait();
      return std::string("held");
    };
  }
  void open() { opening_.set_value(); }

  std::promise<void> opening_;
  const std::shared_future<void> gate_ = opening_.get_future().share();
  Done done_;
  Jobs jobs_{[this] { done_(); }};
};

TEST_F(JobsTest, Begun_RunsElsewhere_AndSaysWhenItIsDone) {
  const auto here = std::this_thread::get_id();
  const auto job = jobs_.begin(Jobs::Kind::plugin, [=] { return std::string(std::this_thread::get_id() == here ? "here" : "elsewhere"); });
  done_.wait_for(1);
  ASSERT_NE(job->answer(), nullptr);
  EXPECT_EQ(*job->answer(), "elsewhere");
}

TEST_F(JobsTest, OneThatHangs_HoldsUpNoOther) {
  const auto hangs = jobs_.begin(Jobs::Kind::plugin, held());
  for (int i = 1; i <= 20; ++i) {
    const auto job = jobs_.begin(Jobs::Kind::plugin, [] { return std::string("quick"); });
    done_.wait_for(i);
    EXPECT_EQ(*job->answer(), "quick");
  }
  EXPECT_EQ(hangs->answer(), nullptr);
  open();
  done_.wait_for(21);
  EXPECT_EQ(*hangs->answer(), "held");
}

TEST_F(JobsTest, TooManyAtOnce_IsBusy_UntilOneIsDone) {
  std::vector<std::shared_ptr<const Job>> jobs;
  for (std::size_t i = 0; i < Jobs::kMost; ++i) jobs.push_back(jobs_.begin(Jobs::Kind::plugin, held()));
  try {
    jobs_.begin(Jobs::Kind::plugin, [] { return std::string(); });
    ADD_FAILURE() << "not refused";
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), TG_E_BUSY);
    EXPECT_NE(std::string(error.what()).find("4 changes of plugins are in progress already"), std::string::npos);
  }
  open();
  done_.wait_for(Jobs::kMost);
  EXPECT_NE(jobs_.begin(Jobs::Kind::plugin, [] { return std::string(); }), nullptr);
}

TEST_F(JobsTest, WhoAskedIsGone_ItIsDoneAllTheSame) {
  std::atomic<bool> ran{false};
  static_cast<void>(jobs_.begin(Jobs::Kind::plugin, [&] {
    ran = true;
    return std::string();
  }));
  done_.wait_for(1);
  EXPECT_TRUE(ran);
}

TEST(JobsEndTest, End_WaitsForThoseInProgress) {
  std::atomic<int> finished{0}, told{0};
  std::promise<void> opening;
  const std::shared_future<void> gate = opening.get_future().share();
  std::thread opener;
  {
    Jobs jobs([&] { ++told; });
    std::latch begun(3);
    for (int i = 0; i < 3; ++i)
      static_cast<void>(jobs.begin(Jobs::Kind::plugin, [&] {
        begun.count_down();
        gate.wait();
        ++finished;
        return std::string();
      }));
    begun.wait();
    opener = std::thread([&] { opening.set_value(); });
  }
  EXPECT_EQ(finished, 3);
  EXPECT_EQ(told, 3);
  opener.join();
}

}  // namespace
}  // namespace tidegate::control
