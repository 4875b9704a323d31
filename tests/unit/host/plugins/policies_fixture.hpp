#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>

#include "core/admission.hpp"
#include "plugins/policies.hpp"

namespace tidegate::sdk {

/// At most so many sessions of a peer, which is its last byte; and a number for what it is asked and told.
struct PeerLimit {
  explicit PeerLimit(std::int64_t limit, std::uint32_t priority = 0) : limit_(limit) { role.priority = priority; }

  static std::atomic<std::int64_t> &count(void *self, const tg_admission_query *query) {
    return static_cast<PeerLimit *>(self)->peers_[query->peer.ip[15]];
  }
  std::uint64_t owed() const { return yes + adopted - cancelled - released; }

  std::atomic<std::uint64_t> yes{0}, no{0}, adopted{0}, cancelled{0}, released{0}, wrong_cookies{0}, last_cookie{0};
  std::atomic<bool> closed{false};  // nothing may be called any more
  std::atomic<std::uint64_t> late{0};

  tg_admission_policy role{
      .struct_size = sizeof(tg_admission_policy),
      .abi = TG_PLUGIN_ABI,
      .asks_child = 0,
      .priority = 0,
      .ask =
          [](void *self, const tg_admission_query *query, tg_admission_answer *answer) {
            auto &it = *static_cast<PeerLimit *>(self);
            it.check_open();
            if (count(self, query).fetch_add(1) < it.limit_) {
              answer->verdict = TG_VERDICT_ADMITTED;
              answer->cookie = it.cookie_of(*query);
              ++it.yes;
              return;
            }
            count(self, query).fetch_sub(1);
            answer->verdict = TG_VERDICT_REFUSED;
            ++it.no;
          },
      .cancelled = [](void *self, const tg_admission_query *query) { static_cast<PeerLimit *>(self)->gone(*query, true); },
      .released = [](void *self, const tg_admission_query *query) { static_cast<PeerLimit *>(self)->gone(*query, false); },
      .adopt =
          [](void *self, const tg_admission_query *query, tg_admission_answer *answer) {
            auto &it = *static_cast<PeerLimit *>(self);
            it.check_open();
            count(self, query).fetch_add(1);
            ++it.adopted;
            answer->verdict = TG_VERDICT_ADMITTED;
            answer->cookie = it.cookie_of(*query);
          },
      .cookies = 1,
      .reserved0 = 0};

 private:
  void check_open() {
    if (closed.load()) ++late;
  }
  std::uint64_t cookie_of(const tg_admission_query &query) const { return query.tag * 2 + 1; }
  void gone(const tg_admission_query &query, bool was_cancelled) {
    check_open();
    count(this, &query).fetch_sub(1);
    if (query.cookie != cookie_of(query)) ++wrong_cookies;
    ++(was_cancelled ? cancelled : released);
  }

  const std::int64_t limit_;
  std::array<std::atomic<std::int64_t>, 256> peers_{};
};

class PoliciesTest : public testing::Test {
 protected:
  PoliciesTest() {
    admission_.gate().open();
    admission_.speed_up();
  }
  Policies::Entry entry(PeerLimit &limit, const std::string &id = "limit") {
    return {id, &limit.role, &limit, nullptr};
  }
  tg_ticket admit(std::uint8_t peer, std::uint64_t tag = 0) {
    tg_request request = TG_INIT(tg_request);
    request.peer.ip[15] = peer;
    request.tag = tag;
    tg_verdict verdict = TG_INIT(tg_verdict);
    const tg_ticket ticket = admission_.admit_at_once(request, [] { return Nanos{1}; });
    return ticket != 0 ? ticket : admission_.admit(request, 1, verdict);
  }
  void release(tg_ticket ticket) {
    if (admission_.release(ticket) == Admission::Released::last) admission_.gate().gone();
  }
  /// As the head of policies.hpp says. Returns: the new one's slot.
  Policies::Slot replace(Policies::Slot old, PeerLimit &was, PeerLimit &heir) {
    const Policies::Slot slot = policies_.add(entry(heir), old);
    EXPECT_TRUE(policies_.settle(kLimit));
    policies_.hand_over(old, slot, name_of_);
    policies_.change(slot, Part::asked);
    EXPECT_TRUE(policies_.settle(kLimit));
    policies_.change(old, Part::told);
    EXPECT_TRUE(policies_.settle(kLimit));
    policies_.let_go(old, name_of_);
    policies_.remove(old);
    EXPECT_TRUE(policies_.settle(kLimit));
    was.closed = true;
    EXPECT_EQ(was.owed(), 0u) << "each yes is followed by one answer";
    return slot;
  }

  static constexpr Nanos kLimit = 60 * kSecond;
  const Policies::NameOf name_of_ = [](std::uint32_t) { return TG_STR("S"); };
  SessionSlab slab_{4000};
  CellMemory cells_;
  Policies policies_{slab_};
  Admission admission_{{.service = 0, .name = TG_STR("S"), .tick = [](void *) { return Nanos{1}; }},
                       slab_,
                       policies_.doors(),
                       &cells_};
};

}  // namespace tidegate::sdk
