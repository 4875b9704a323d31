// Policies of which a call does not come back: it is seen, nobody waits for it but those who must, and then it is over.
#include <thread>
#include <vector>

#include "policies_fixture.hpp"

namespace tidegate::sdk {
namespace {

/// A policy that says yes, and hangs in one of its calls until it is to go on.
class Hanging {
 public:
  enum class Where : std::uint8_t { ask, released };
  explicit Hanging(Where where) : where_(where) {
    role_.struct_size = sizeof role_;
    role_.ask = [](void *self, const tg_admission_query *, tg_admission_answer *answer) {
      static_cast<Hanging *>(self)->here(Where::ask);
      answer->verdict = TG_VERDICT_ADMITTED;
    };
    role_.released = [](void *self, const tg_admission_query *) { static_cast<Hanging *>(self)->here(Where::released); };
  }
  Policies::Entry entry() { return {"hanging", &role_, this, nullptr}; }
  void wait_until_inside() const { inside_.wait(false); }
  void go_on() {
    go_on_ = true;
    go_on_.notify_all();
  }

 private:
  void here(Where where) {
    if (where != where_) return;
    inside_ = true;
    inside_.notify_all();
    go_on_.wait(false);
  }

  const Where where_;
  tg_admission_policy role_{};
  std::atomic<bool> inside_{false}, go_on_{false};
};

TEST_F(PoliciesTest, CallThatHangs_IsSeen_AndNobodyWaitsForIt) {
  Hanging hanging(Hanging::Where::ask);
  PeerLimit other(100);
  policies_.add(entry(other, "other"));
  const Policies::Slot slot = policies_.add(hanging.entry());
  std::thread caller([&] { release(admit(1)); });
  hanging.wait_until_inside();
  const auto limit = [](Policies::Slot) { return kSecond; };
  EXPECT_TRUE(policies_.watch(kSecond / 2, limit).empty()) << "the first look turns the door";
  EXPECT_TRUE(policies_.watch(kSecond / 2, limit).empty()) << "not for long enough";
  EXPECT_EQ(policies_.watch(3 * kSecond, limit), std::vector<Policies::Slot>{slot});
  EXPECT_FALSE(policies_.settle(kSecond / 20));
  policies_.take_out(slot, true);
  const tg_ticket ticket = admit(2);
  EXPECT_NE(ticket, 0u) << "others are not asked to walk into it";
  release(ticket);
  hanging.go_on();
  caller.join();
  EXPECT_TRUE(policies_.settle(kLimit));
  EXPECT_TRUE(policies_.watch(9 * kSecond, limit).empty());
  EXPECT_EQ(other.owed(), 0u);
}

TEST_F(PoliciesTest, OneThatDidNotComeBack_GivesItsPlaceBack_OnceItHasAndItsSessionsAreGone) {
  Hanging hanging(Hanging::Where::ask);
  PeerLimit other(1);
  policies_.add(entry(other, "other"));
  const Policies::Slot slot = policies_.add(hanging.entry());
  const std::uint32_t bit = 1u << slot;
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.give_back(bit), 0u) << "it is asked";
  tg_ticket ticket = 0;
  std::thread caller([&] { ticket = admit(1); });
  hanging.wait_until_inside();
  policies_.change(slot, Part::told);
  EXPECT_FALSE(policies_.settle(kSecond / 20));
  EXPECT_EQ(policies_.give_back(bit), 0u) << "a call is inside";
  hanging.go_on();
  caller.join();
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.give_back(bit), 0u) << "it has said yes to a session";
  release(ticket);
  EXPECT_EQ(policies_.give_back(bit), bit);
  PeerLimit next(1), after(1);
  EXPECT_NE(policies_.add(entry(next)), slot) << "somebody may still be about to call it";
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.add(entry(after)), slot);
  EXPECT_EQ(policies_.doors().asked(), 3u) << "the others as before";
}

TEST_F(PoliciesTest, ListThatIsPutInForceWhileSomebodyWaits_DelaysThatByOneTurn) {
  PeerLimit one(5);
  const Policies::Slot slot = policies_.add(entry(one));
  Hanging hanging(Hanging::Where::ask);
  policies_.add(hanging.entry());
  std::thread caller([&] { release(admit(1)); });
  hanging.wait_until_inside();
  std::thread waiter([&] { EXPECT_TRUE(policies_.settle(kLimit)); });
  policies_.take_out(slot, true);
  policies_.take_out(slot, false);
  hanging.go_on();
  caller.join();
  waiter.join();
}

TEST_F(PoliciesTest, HangWhenTold_IsThatPolicysOwn) {
  Hanging hanging(Hanging::Where::released);
  PeerLimit other(5);
  policies_.add(entry(other, "other"));
  const Policies::Slot slot = policies_.add(hanging.entry());
  std::thread caller([&] { release(admit(1)); });
  hanging.wait_until_inside();
  const auto limit = [](Policies::Slot) { return kSecond; };
  policies_.watch(1, limit);
  EXPECT_EQ(policies_.watch(3 * kSecond, limit), std::vector<Policies::Slot>{slot});
  hanging.go_on();
  caller.join();
  EXPECT_TRUE(policies_.settle(kLimit));
}

}  // namespace
}  // namespace tidegate::sdk
