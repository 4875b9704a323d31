#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "api_test.hpp"

namespace tidegate {
namespace {

using HostApiTest = ApiTest;

TEST_F(HostApiTest, Scenario_DrainStopStart) {
  const Service calls = add("CALLS"), replica = add("REPLICA");
  const std::uint64_t before = host_.last_event();
  Admitted call = calls.admit();
  calls.stop_gracefully({Duration(0), Duration(0), {"ann", "patch day"}});
  EXPECT_EQ(calls.info().status, TG_STATUS_PAUSED);
  EXPECT_FALSE(calls.admit());
  EXPECT_TRUE(calls.enter_child(call.ticket));
  EXPECT_TRUE(replica.admit());
  call.ticket.release();
  EXPECT_TRUE(calls.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_EQ(events(before), (std::vector<std::uint32_t>{25165, 25049, 25150, 25050, 25130, 25003}));
  calls.start();
  EXPECT_TRUE(calls.wait(TG_UNTIL_RUNNING, kLimit));
  EXPECT_TRUE(calls.admit());
}

TEST_F(HostApiTest, Events_SayWhoAndWhy) {
  const Service service = add("S");
  const std::uint64_t before = host_.last_event();
  service.drain({Duration(0), Duration(0), {"ann", "patch day"}});
  int seen = 0;
  host_.events(before, [&](const tg_event &event) {
    ++seen;
    EXPECT_EQ(view(event.actor), "ann");
    EXPECT_EQ(view(event.reason), "patch day");
    EXPECT_EQ(view(event.service), "S");
    EXPECT_EQ(event.epoch, 1u);
  });
  EXPECT_EQ(seen, 3);
}

TEST_F(HostApiTest, Wait_EndsOtherwise_SaysSo) {
  const Service service = add("S");
  const Admitted session = service.admit();  // so that no drain here can complete
  auto waiting =
      std::async(std::launch::async, [&] { return tg_service_wait(service.handle(), TG_UNTIL_DRAINED, TG_FOREVER); });
  while (waiting.wait_for(Duration(0)) != std::future_status::ready) {
    service.drain();
    service.resume();
  }
  EXPECT_EQ(waiting.get(), TG_E_ENDED);
}

TEST_F(HostApiTest, Unsubscribe_OfAnother_InsideACallback_IsMisuse) {
  // Two that end each other would wait for each other for ever.
  const Service service = add("S");
  tg_subscription *other = nullptr;
  ASSERT_EQ(tg_host_subscribe(
                host_.handle(), UINT64_MAX, [](void *, const tg_event *) {}, nullptr, &other),
            TG_OK);
  std::promise<tg_result> result;
  std::atomic<bool> once{false};
  {
    const Subscription subscription = host_.subscribe([&](const tg_event &) {
      if (!once.exchange(true)) result.set_value(tg_unsubscribe(other));
    });
    service.drain();
    EXPECT_EQ(result.get_future().get(), TG_E_MISUSE);
  }
  EXPECT_EQ(tg_unsubscribe(other), TG_OK);
}

TEST_F(HostApiTest, Wait_TimesOut) {
  const Service service = add("S");
  const Admitted session = service.admit();
  service.drain();
  EXPECT_FALSE(service.wait(TG_UNTIL_DRAINED, std::chrono::milliseconds(1)));
  failing(TG_E_TIMEOUT, tg_service_wait(service.handle(), TG_UNTIL_STOPPED, 0));
}

TEST_F(HostApiTest, Destroy_EndsWaits) {
  add("S");
  std::promise<void> begun;
  auto waiting = std::async(std::launch::async, [&] {
    begun.set_value();
    return tg_host_events_wait(host_.handle(), UINT64_MAX - 1, TG_FOREVER);
  });
  begun.get_future().wait();
  host_.destroy();
  EXPECT_EQ(waiting.get(), TG_E_CLOSING);
}

TEST_F(HostApiTest, Wait_InsideACallback_IsMisuse) {
  const Service service = add("S");
  std::promise<tg_result> result;
  std::atomic<bool> once{false};
  const Subscription subscription = host_.subscribe([&](const tg_event &) {
    if (!once.exchange(true)) result.set_value(tg_service_wait(service.handle(), TG_UNTIL_STOPPED, TG_FOREVER));
  });
  service.drain();
  EXPECT_EQ(result.get_future().get(), TG_E_MISUSE);
}

TEST_F(HostApiTest, Subscription_GetsEveryEventInOrder_AndNoneAfterItsEnd) {
  const Service service = add("S");
  std::vector<std::uint64_t> seen;
  {
    std::promise<void> all;
    const std::uint64_t last = host_.last_event() + 200;
    const Subscription subscription = host_.subscribe(
        [&](const tg_event &event) {
          seen.push_back(event.sequence);
          if (event.sequence == last) all.set_value();
        },
        0);
    for (int i = 0; i < 50; ++i) {
      service.drain();
      service.resume();
    }
    all.get_future().wait();
  }
  const std::size_t at_end = seen.size();
  service.drain();
  EXPECT_EQ(seen.size(), at_end);
  for (std::size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], i + 1);
}

// Y4: a subscription whose callbacks cause events always has a backlog.
TEST_F(HostApiTest, Unsubscribe_WithABacklogThatGrows_WaitsForTheCallInProgressOnly) {
  const Service service = add("S");
  std::atomic<bool> more{true};
  std::atomic<int> calls{0};
  std::promise<void> begun;
  std::optional<Subscription> subscription = host_.subscribe([&](const tg_event &) {
    if (calls++ == 3) begun.set_value();
    if (!more) return;
    service.drain();
    service.resume();
  });
  service.drain();
  begun.get_future().wait();
  auto ended = std::async(std::launch::async, [&] { subscription.reset(); });
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  more = false;
}

TEST(HostEndApiTest, Destroy_DeliversTheLastEvents) {
  for (int round = 0; round < 200; ++round) {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = TG_STR("last");
    options.log_format = TG_FORMAT_OFF;
    Host host(options);
    tg_service_options wanted = TG_INIT(tg_service_options);
    wanted.name = TG_STR("S");
    const Service service = host.add_service(wanted);
    service.start();
    ASSERT_TRUE(service.wait(TG_UNTIL_RUNNING));
    std::vector<std::uint32_t> seen;
    tg_subscription *subscription = nullptr;
    const auto take = [](void *list, const tg_event *event) {
      static_cast<std::vector<std::uint32_t> *>(list)->push_back(event->number);
    };
    ASSERT_EQ(tg_host_subscribe(host.handle(), UINT64_MAX, take, &seen, &subscription), TG_OK);
    ASSERT_EQ(host.destroy(), TG_OK);
    ASSERT_FALSE(seen.empty());
    ASSERT_EQ(seen.back(), TG_EVENT_STOPPED);
  }
}

TEST_F(HostApiTest, Unsubscribe_InsideItsCallback_IsMisuse) {
  const Service service = add("S");
  std::promise<tg_result> result;
  struct State {
    tg_subscription *subscription = nullptr;
    std::promise<void> ready;
    std::promise<tg_result> *result = nullptr;
    bool done = false;
  } state;
  state.result = &result;
  const auto call = [](void *user, const tg_event *) {
    auto &s = *static_cast<State *>(user);
    if (s.done) return;
    s.done = true;
    s.ready.get_future().wait();
    s.result->set_value(tg_unsubscribe(s.subscription));
  };
  ASSERT_EQ(tg_host_subscribe(host_.handle(), UINT64_MAX, call, &state, &state.subscription), TG_OK);
  state.ready.set_value();
  service.drain();
  EXPECT_EQ(result.get_future().get(), TG_E_MISUSE);
  EXPECT_EQ(tg_unsubscribe(state.subscription), TG_OK);
}

TEST_F(HostApiTest, Hooks_RunInOrderAndNotUnderALock) {
  struct State {
    tg_host *host;
    std::vector<std::string> calls;
  } state{host_.handle(), {}};
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("HOOKED");
  options.user = &state;
  // Both look at the host from inside the callback: a lock held over it would hang here.
  options.start = [](void *user) -> tg_result {
    auto &s = *static_cast<State *>(user);
    tg_service *service = nullptr;
    tg_service_info info = TG_INIT(tg_service_info);
    tg_host_service(s.host, TG_STR("HOOKED"), &service);
    tg_service_info_get(service, &info);
    s.calls.push_back("start in " + std::string(view(tg_status_label(info.status))));
    return TG_OK;
  };
  options.stop = [](void *user) { static_cast<State *>(user)->calls.emplace_back("stop"); };
  const Service service = host_.add_service(options);
  service.start();
  ASSERT_TRUE(service.wait(TG_UNTIL_RUNNING, kLimit));
  service.stop_gracefully();
  ASSERT_TRUE(service.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_EQ(state.calls, (std::vector<std::string>{"start in StartPending", "stop"}));
}

TEST_F(HostApiTest, Wait_ForAStartThatHasFailedAlready_Ends) {
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("BROKEN");
  options.start = [](void *) -> tg_result { return TG_E_SYSTEM; };
  const Service service = host_.add_service(options);
  service.start();
  failing(TG_E_ENDED, tg_service_wait(service.handle(), TG_UNTIL_RUNNING, TG_FOREVER));
  failing(TG_E_ENDED, tg_service_wait(service.handle(), TG_UNTIL_RUNNING, TG_FOREVER));
}

TEST_F(HostApiTest, Wait_DrainedOfAStoppedService_SaysThatNoDrainIsUnderWay) {
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("NEVER-STARTED");
  failing(TG_E_ENDED, tg_service_wait(host_.add_service(options).handle(), TG_UNTIL_DRAINED, TG_FOREVER));
  const Service service = add("S");
  Admitted session = service.admit();
  service.stop();
  failing(TG_E_ENDED, tg_service_wait(service.handle(), TG_UNTIL_DRAINED, TG_FOREVER));
  session.ticket.release();
  failing(TG_E_ENDED, tg_service_wait(service.handle(), TG_UNTIL_DRAINED, TG_FOREVER));
}

TEST_F(HostApiTest, ReleaseAndDestroy_OnTwoThreads_AreSafeOnceNobodyIsLeft) {
  for (int round = 0; round < 300; ++round) {
    tg_host_options options = host_options();
    options.name = TG_STR("left");
    tg_host *host = nullptr;
    ASSERT_EQ(tg_host_create(&options, &host), TG_OK);
    tg_service_options about = TG_INIT(tg_service_options);
    about.name = TG_STR("S");
    tg_service *service = nullptr;
    ASSERT_EQ(tg_service_create(host, &about, &service), TG_OK);
    tg_service_start(service, nullptr);
    const tg_ticket ticket = admit(service);
    tg_service_drain(service, nullptr);
    std::thread releasing([&] { tg_release(service, ticket); });
    while (tg_host_destroy(host) == TG_E_BUSY) std::this_thread::yield();
    releasing.join();
  }
}

TEST_F(HostApiTest, Stop_TellsEverySessionThatGotIn) {
  // Sessions come and go until the stop; those inside then hold their tickets until they are told: one that is forgotten
  // would hold for ever, and ctest's time limit is the judge.
  static std::atomic<std::uint64_t> told[4];
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("TOLD");
  options.close = [](void *, tg_ticket, std::uint64_t tag) { told[tag].fetch_add(1); };
  const Service service = host_.add_service(options);
  std::atomic<bool> end{false}, stopping{false};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      tg_request request = TG_INIT(tg_request);
      request.tag = t;
      while (!end.load()) {
        const std::uint64_t before = told[t].load();
        tg_ticket ticket = 0;
        tg_admit(service.handle(), &request, nullptr, &ticket);
        while (ticket != 0 && stopping.load() && told[t].load() == before) std::this_thread::yield();
        tg_release(service.handle(), ticket);
        if (ticket == 0) std::this_thread::yield();
      }
    });
  for (int round = 0; round < 300; ++round) {
    service.start();
    ASSERT_TRUE(service.wait(TG_UNTIL_RUNNING, kLimit));
    for (const std::uint64_t seen = service.info().admitted; service.info().admitted < seen + 4;) std::this_thread::yield();
    stopping = true;
    service.stop();
    ASSERT_TRUE(service.wait(TG_UNTIL_STOPPED, kLimit));
    while (service.info().sessions != 0) std::this_thread::yield();
    stopping = false;
  }
  end = true;
  for (std::thread &thread : threads) thread.join();
}

TEST_F(HostApiTest, Poll_WithAStewardIsMisuse_AndTheOtherWayRound) {
  failing(TG_E_MISUSE, tg_host_poll(host_.handle()));
  failing(TG_E_MISUSE, tg_host_fd(host_.handle()));
  tg_host_options options = host_options(TG_LOOP_POLL);
  options.name = TG_STR("polled");
  Host polled(options);
  EXPECT_GE(polled.fd(), 0);
  polled.poll();
}

TEST_F(HostApiTest, Refusals_OfControl_SayWhatToDo) {
  const Service service = add("S");
  service.stop_gracefully();
  ASSERT_TRUE(service.wait(TG_UNTIL_STOPPED, kLimit));
  const std::string sentence = failing(TG_E_STATE, tg_service_resume(service.handle(), nullptr));
  EXPECT_EQ(sentence, "cannot resume S: it is stopped; start it (status Stopped)");
}

TEST_F(HostApiTest, Settles_SaysWhatAnEventMeansToAWaiter) {
  tg_event event = TG_INIT(tg_event);
  event.number = TG_EVENT_DRAINED;
  EXPECT_EQ(tg_event_settles(&event, TG_UNTIL_DRAINED), 1);
  EXPECT_EQ(tg_event_settles(&event, TG_UNTIL_STOPPED), 0);
  event.number = TG_EVENT_RESUMING;
  EXPECT_EQ(tg_event_settles(&event, TG_UNTIL_DRAINED), TG_E_ENDED);
  failing(TG_E_INVALID, tg_event_settles(&event, 0));
}

}  // namespace
}  // namespace tidegate
