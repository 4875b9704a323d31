// L13: threads that are cancelled while they are inside a call of the library.

#include <pthread.h>

#include <atomic>

#include "../../fixtures/wild.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

class CancelTest : public ApiTest {
 protected:
  /// A thread that tells when it begins its call and what came of it.
  struct Waiting {
    tg_host *host;
    tg_service *service;
    tg_result (*call)(Waiting &);
    std::atomic<bool> begun{false}, returned{false};
    tg_result result = TG_OK;
  };

  /// Cancels a thread in `call`, then lets the call end by `end`.
  template <class End>
  void cancel_in(tg_result (*call)(Waiting &), End &&end) {
    Waiting waiting{host_.handle(), service_.handle(), call, {}, {}, TG_OK};
    pthread_t thread;
    const auto body = [](void *with) -> void * {
      auto &its = *static_cast<Waiting *>(with);
      its.begun = true;
      its.result = its.call(its);
      its.returned = true;
      while (true) pthread_testcancel();
    };
    ASSERT_EQ(pthread_create(&thread, nullptr, body, &waiting), 0);
    while (!waiting.begun) sched_yield();
    ASSERT_EQ(pthread_cancel(thread), 0);
    end(waiting);
    void *ended = nullptr;
    ASSERT_EQ(pthread_join(thread, &ended), 0);
    EXPECT_EQ(ended, PTHREAD_CANCELED) << "it is cancelled once the call has returned";
    EXPECT_TRUE(waiting.returned) << "the call itself was not cut";
    EXPECT_EQ(waiting.result, TG_OK);
  }

  Service service_ = add("S");
};

TEST_F(CancelTest, L13_InAWaitForAService_TheCallEnds_AndThenTheThread) {
  cancel_in([](Waiting &its) { return tg_service_wait(its.service, TG_UNTIL_DRAINED, TG_FOREVER); }, [&](Waiting &) { service_.drain(); });
}

TEST_F(CancelTest, L13_InAWaitForAnEvent_TheCallEnds_AndThenTheThread) {
  cancel_in([](Waiting &its) { return tg_host_events_wait(its.host, tg_host_events_last(its.host), TG_FOREVER); },
            [&](Waiting &its) {
              while (!its.returned) service_.drain(), service_.resume();
            });
}

TEST_F(CancelTest, L13_InAWaitForTheHost_TheCallEnds_AndThenTheThread) {
  cancel_in([](Waiting &its) { return tg_host_wait(its.host, TG_FOREVER); }, [&](Waiting &) { host_.terminate(); });
}

TEST_F(CancelTest, L13_BeforeAnyCall_TheCallIsWhole) {
  const auto drain = [](Waiting &its) {
    tg_ticket ticket = 0;
    if (tg_admit(its.service, nullptr, nullptr, &ticket) != TG_OK) return static_cast<tg_result>(TG_E_SYSTEM);
    tg_service_drain(its.service, nullptr);
    return tg_release(its.service, ticket);  // the last one: it rings, which is a system call
  };
  cancel_in(drain, [](Waiting &) {});
  EXPECT_TRUE(service_.wait(TG_UNTIL_DRAINED, kLimit));
}

/// A thread with asynchronous cancellation is not unwound out of the library either.
TEST_F(CancelTest, L13_AsynchronousCancellation_TakesEffectAfterTheCall) {
  struct Asynchronous {
    tg_service *service;
    std::atomic<bool> begun{false}, returned{false};
  } its{service_.handle(), {}, {}};
  const auto body = [](void *with) -> void * {
    auto &mine = *static_cast<Asynchronous *>(with);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    mine.begun = true;
    tg_service_wait(mine.service, TG_UNTIL_DRAINED, TG_FOREVER);
    mine.returned = true;
    while (true) pthread_testcancel();
  };
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, nullptr, body, &its), 0);
  while (!its.begun) sched_yield();
  ASSERT_EQ(pthread_cancel(thread), 0);
  service_.drain();
  void *ended = nullptr;
  ASSERT_EQ(pthread_join(thread, &ended), 0);
  EXPECT_EQ(ended, PTHREAD_CANCELED);
}

class CancelInPolicyTest : public PluginsTest, public testing::WithParamInterface<const char *> {};

/// A policy reaches a cancellation point: the admission and the release are whole all the same.
TEST_P(CancelInPolicyTest, L13_InACallOfAPolicy_TheCallEnds_AndThenTheThread) {
  wild &it = shared<wild>();
  load(fixture("wild"), at(it));
  struct Work {
    tg_service *service;
    tg_ticket before;
    std::atomic<bool> returned{false};
    tg_ticket admitted = 0;
  } work{service_.handle(), 0, {}, 0};
  const bool in_ask = std::string_view(GetParam()) == "ask";
  if (!in_ask) {
    ASSERT_EQ(tg_admit(service_.handle(), nullptr, nullptr, &work.before), TG_OK);
  }
  write(it.naps, 1u);
  write(it.hangs, GetParam());
  const auto body = [](void *with) -> void * {
    auto &mine = *static_cast<Work *>(with);
    if (mine.before != 0)
      tg_release(mine.service, mine.before);
    else
      tg_admit(mine.service, nullptr, nullptr, &mine.admitted);
    mine.returned = true;
    while (true) pthread_testcancel();
  };
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, nullptr, body, &work), 0);
  eventually([&] { return read(it.waiting) != 0; });
  ASSERT_EQ(pthread_cancel(thread), 0);
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);
  void *ended = nullptr;
  ASSERT_EQ(pthread_join(thread, &ended), 0);
  EXPECT_EQ(ended, PTHREAD_CANCELED);
  EXPECT_TRUE(work.returned);
  if (in_ask) {
    EXPECT_EQ(tg_release(service_.handle(), work.admitted), TG_OK);
  }
  EXPECT_EQ(service_.info().sessions, 0u);
}

INSTANTIATE_TEST_SUITE_P(Calls, CancelInPolicyTest, testing::Values("ask", "released"),
                         [](const auto &info) { return std::string(info.param); });

}  // namespace
}  // namespace tidegate
