// L13: threads that are cancelled while they are inside a call of the library.

#include <pthread.h>

#include <atomic>

#include "api_test.hpp"

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

}  // namespace
}  // namespace tidegate
