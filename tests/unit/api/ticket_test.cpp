#include <thread>

#include "api_test.hpp"

namespace tidegate {
namespace {

class TicketTest : public ApiTest {
 protected:
  Service service_ = add("S");
  tg_service *s_ = service_.handle();
};

TEST_F(TicketTest, Release_Zero_IsAlwaysSafe) {
  EXPECT_EQ(tg_release(s_, 0), TG_OK);
  EXPECT_EQ(tg_release(nullptr, 0), TG_OK);
}

TEST_F(TicketTest, Release_Twice_IsRefused) {
  const tg_ticket ticket = admit(s_);
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
  failing(TG_E_STALE, tg_release(s_, ticket));
  EXPECT_EQ(service_.info().sessions, 0u);
}

TEST_F(TicketTest, Release_OfAnOldTicketWhoseRecordIsUsedAgain_IsRefused) {
  const tg_ticket old = admit(s_);
  tg_release(s_, old);
  const tg_ticket fresh = admit(s_);
  failing(TG_E_STALE, tg_release(s_, old));
  EXPECT_EQ(service_.info().sessions, 1u);
  EXPECT_EQ(tg_release(s_, fresh), TG_OK);
}

TEST_F(TicketTest, Release_OfAnotherServiceOrHost_IsRefused) {
  const Service other = add("OTHER");
  const tg_ticket ticket = admit(s_);
  failing(TG_E_STALE, tg_release(other.handle(), ticket));
  EXPECT_EQ(service_.info().sessions, 1u);

  tg_host_options options = host_options();
  options.name = TG_STR("another");
  Host another(options);
  tg_service_options same = TG_INIT(tg_service_options);
  same.name = TG_STR("S");
  const Service foreign = another.add_service(same);
  foreign.start();
  failing(TG_E_STALE, tg_release(foreign.handle(), ticket));
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
}

TEST_F(TicketTest, Release_StaleOne_IsAnEvent) {
  failing(TG_E_STALE, tg_release(s_, 0x123456789));
  wait_for(TG_EVENT_STALE_RELEASE);
}

TEST_F(TicketTest, Release_OnAnotherThread_IsInOrder) {
  const tg_ticket ticket = admit(s_);
  service_.drain();
  std::thread([&] { EXPECT_EQ(tg_release(s_, ticket), TG_OK); }).join();
  EXPECT_TRUE(service_.wait(TG_UNTIL_DRAINED, kLimit));
}

TEST_F(TicketTest, Release_AfterTheServiceStopped_IsInOrder) {
  const tg_ticket ticket = admit(s_);
  service_.stop();
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_EQ(service_.info().sessions, 1u);
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
  EXPECT_EQ(service_.info().sessions, 0u);
}

TEST_F(TicketTest, Destroy_WithLiveTickets_IsRefusedByName) {
  const tg_ticket ticket = admit(s_);
  const std::string sentence = failing(TG_E_BUSY, tg_host_destroy(host_.handle()));
  EXPECT_TRUE(has(sentence, "service S has 1 live session")) << sentence;
  EXPECT_EQ(service_.info().status, TG_STATUS_RUNNING);
  tg_release(s_, ticket);
  host_.destroy();
}

TEST_F(TicketTest, Leave_WithoutEnter_IsRefusedOnceItDrains) {
  tg_ticket ticket = 0;
  ASSERT_EQ(tg_admit(s_, nullptr, nullptr, &ticket), TG_OK);
  EXPECT_EQ(tg_enter(s_), 1);
  EXPECT_EQ(tg_leave(s_), TG_OK);
  ASSERT_EQ(tg_service_drain(s_, nullptr), TG_OK);
  failing(TG_E_STALE, tg_leave(s_));
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
}

TEST_F(TicketTest, Leave_WithoutEnterWhileOpen_IsFoundOutWhenItDrains) {
  tg_ticket ticket = 0;
  ASSERT_EQ(tg_admit(s_, nullptr, nullptr, &ticket), TG_OK);
  EXPECT_EQ(tg_leave(s_), TG_OK) << "an open gate does not count so exactly";
  ASSERT_EQ(tg_service_drain(s_, nullptr), TG_OK);
  wait_for(TG_EVENT_STALE_RELEASE);
  EXPECT_EQ(service_.info().phase, TG_PHASE_DRAINING) << "the session holds the drain open all the same";
  EXPECT_EQ(service_.info().entries, 0u);
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
}

TEST_F(TicketTest, Wrappers_GiveBackWhatTheyHold) {
  {
    Admitted admitted = service_.admit();
    ASSERT_TRUE(admitted);
    const Entry entry = service_.enter();
    const Entry child = service_.enter_child(admitted.ticket);
    EXPECT_TRUE(entry && child);
    EXPECT_EQ(service_.info().entries, 2u);
    Ticket moved = std::move(admitted.ticket);
    EXPECT_EQ(service_.info().sessions, 1u);
  }
  const tg_service_info info = service_.info();
  EXPECT_EQ(info.sessions + info.entries, 0u);
}

TEST_F(TicketTest, Sessions_AreListedWithTagPeerAndAge) {
  tg_request request = TG_INIT(tg_request);
  request.tag = 77;
  request.peer.port = 5060;
  const Admitted parent = service_.admit(request);
  tg_request inner = TG_INIT(tg_request);
  inner.kind = TG_KIND_CHILD;
  inner.parent = parent.ticket.id();
  const Admitted child = service_.admit(inner);
  const auto all = service_.sessions();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].tag, 77u);
  EXPECT_EQ(all[0].peer.port, 5060);
  EXPECT_EQ(all[0].ticket, parent.ticket.id());
  EXPECT_EQ(all[1].kind, TG_KIND_CHILD);
  EXPECT_EQ(service_.sessions(1).size(), 1u);
}

}  // namespace
}  // namespace tidegate
