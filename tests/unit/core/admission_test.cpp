// What the refused are told, limits, figures, and what the host says of a session.
#include "admission_fixture.hpp"

namespace tidegate::sdk {
namespace {

// ---- what is said to the refused ----

/// A server keeps one verdict and asks with it again and again.
TEST_F(AdmissionTest, Admitted_LeavesNothingOfARefusalBefore) {
  for (const bool at_cells : {true, false}) {
    if (!at_cells) {
      ASSERT_TRUE(admission_.slow_down());
    }
    tg_verdict verdict = TG_INIT(tg_verdict);
    verdict.code = TG_VERDICT_REFUSED;
    verdict.reason = TG_REASON_PAUSED;
    verdict.retry_after_ns = 7;
    verdict.text = verdict.redirect = TG_STR("elsewhere");
    ASSERT_NE(admission_.admit(request(), 1000, verdict), 0u);
    EXPECT_EQ(verdict.code, TG_VERDICT_ADMITTED);
    EXPECT_EQ(verdict.reason, TG_REASON_NONE);
    EXPECT_EQ(verdict.retry_after_ns, 0u);
    EXPECT_EQ(verdict.text.len + verdict.redirect.len, 0u);
  }
}

TEST_F(AdmissionTest, Refusal_SaysWhyAndWhen) {
  shut();
  EXPECT_EQ(admit(request()), 0u);
  EXPECT_EQ(verdict_.code, TG_VERDICT_REFUSED);
  EXPECT_EQ(verdict_.reason, TG_REASON_PAUSED);
  EXPECT_EQ(view(verdict_.text), "the service is draining and admits no new sessions");
  EXPECT_GT(verdict_.retry_after_ns, 0u);
  EXPECT_EQ(verdict_.redirect.len, 0u);
}

TEST_F(AdmissionTest, ParentGone_HasNoHintAndNoRedirect) {
  const std::string elsewhere = "sip:b@example.org";
  admission_.redirect_to(&elsewhere);
  const tg_ticket parent = admit(request());
  admission_.release(parent);
  EXPECT_EQ(child_of(parent), 0u);
  EXPECT_EQ(verdict_.reason, TG_REASON_PARENT_GONE);
  EXPECT_EQ(verdict_.retry_after_ns, 0u);
  EXPECT_EQ(verdict_.redirect.len, 0u);
}

TEST_F(AdmissionTest, RetryAfter_IsSpreadWithinItsBounds) {
  struct Seen {
    Nanos least = kNever, most = 0;
    std::set<Nanos> different;
  };
  const auto refuse_often = [this](Nanos mean, std::uint32_t percent) {
    Admission admission({.retry_after = mean, .retry_jitter_percent = percent}, slab_, doors_);
    Seen seen;
    for (int i = 0; i < 2000; ++i) {
      tg_verdict verdict = TG_INIT(tg_verdict);
      admission.admit(TG_INIT(tg_request), 0, verdict);
      seen.least = std::min(seen.least, verdict.retry_after_ns);
      seen.most = std::max(seen.most, verdict.retry_after_ns);
      seen.different.insert(verdict.retry_after_ns);
    }
    return seen;
  };
  for (const std::uint32_t percent : {1u, 20u, 50u, 100u})
    for (const Nanos mean : {Nanos{200}, Nanos{12'345}, 30 * kSecond, 1'000'000 * kSecond}) {
      const Seen seen = refuse_often(mean, percent);
      const Nanos reach = mean * percent / 100;
      EXPECT_GE(seen.least, std::max<Nanos>(mean - reach, 1)) << mean << " " << percent;
      EXPECT_LE(seen.most, mean + reach) << mean << " " << percent;
      EXPECT_LE(seen.least, mean - reach * 98 / 100) << mean << " " << percent << ": all of the room is used";
      EXPECT_GE(seen.most, mean + reach * 98 / 100) << mean << " " << percent;
      EXPECT_GT(seen.different.size(), std::min<Nanos>(reach, 1500)) << mean << " " << percent;
    }
  EXPECT_EQ(refuse_often(30 * kSecond, 0).least, 30 * kSecond);
  EXPECT_EQ(refuse_often(30 * kSecond, 0).most, 30 * kSecond);
  EXPECT_EQ(refuse_often(0, 20).most, 0u) << "no hint stays none";
  EXPECT_EQ(refuse_often(1, 100).least, 1u) << "a hint stays one";
  EXPECT_GE(refuse_often(kNever, 20).least, kNever / 10 * 8) << "nothing overflows";
  EXPECT_EQ(refuse_often(kNever, 100).most, kNever);
}

TEST_F(AdmissionTest, PolicysRetryAfter_IsSpreadToo) {
  FakePolicy &policy = add_policy();
  policy.answer = [](const tg_admission_query &, tg_admission_answer &answer) {
    answer.verdict = TG_VERDICT_REFUSED;
    answer.retry_after_ns = 1000 * kSecond;
    answer.text = TG_STR("not at night");
  };
  std::set<Nanos> different;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(admit(request()), 0u);
    EXPECT_EQ(verdict_.reason, TG_REASON_POLICY);
    EXPECT_EQ(view(verdict_.text), "not at night");
    EXPECT_GE(verdict_.retry_after_ns, 800 * kSecond);
    EXPECT_LE(verdict_.retry_after_ns, 1200 * kSecond);
    different.insert(verdict_.retry_after_ns);
  }
  EXPECT_GT(different.size(), 90u);
}

TEST_F(AdmissionTest, Redirect_IsThePolicysThenTheDrainsThenTheServices) {
  Admission::Options with = options();
  with.redirect = TG_STR("service");
  Admission admission(with, slab_, doors_);
  admission.gate().open();
  FakePolicy &policy = add_policy();
  const auto refused = [&](tg_str own) {
    policy.answer = [own](const tg_admission_query &, tg_admission_answer &answer) {
      answer.verdict = TG_VERDICT_REFUSED;
      answer.redirect = own;
    };
    tg_verdict verdict = TG_INIT(tg_verdict);
    EXPECT_EQ(admission.admit(request(), 0, verdict), 0u);
    return std::string(view(verdict.redirect));
  };
  EXPECT_EQ(refused({}), "service");
  EXPECT_EQ(refused(TG_STR("policy")), "policy");
  const std::string of_drain = "drain";
  admission.redirect_to(&of_drain);
  EXPECT_EQ(refused({}), "drain");
  EXPECT_EQ(refused(TG_STR("policy")), "policy");
  admission.gate().seal();
  EXPECT_EQ(refused(TG_STR("policy")), "drain") << "no policy was asked";
  admission.redirect_to(nullptr);
  EXPECT_EQ(refused({}), "service");
}

TEST_F(AdmissionTest, Admitted_HasNothingToSay) {
  const std::string elsewhere = "elsewhere";
  admission_.redirect_to(&elsewhere);
  EXPECT_NE(admit(request()), 0u);
  EXPECT_EQ(verdict_.code, TG_VERDICT_ADMITTED);
  EXPECT_EQ(verdict_.reason, TG_REASON_NONE);
  EXPECT_EQ(verdict_.retry_after_ns + verdict_.text.len + verdict_.redirect.len, 0u);
}

// ---- limits ----

TEST_F(AdmissionTest, Ramp_RefusesOrdinaryWorkFirst) {
  ASSERT_TRUE(admission_.slow_down());
  admission_.set_limit(1);
  EXPECT_NE(admit(request()), 0u);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(admit(request()), 0u);
    EXPECT_EQ(verdict_.reason, TG_REASON_RAMP) << "the refused keep no record of the slab's eight";
  }
  EXPECT_NE(admit(request(TG_KIND_NEW, TG_CLASS_PRIORITY)), 0u);
  admission_.set_limit(3);
  EXPECT_NE(admit(request()), 0u) << "it grows";
  EXPECT_EQ(admit(request()), 0u);
  admission_.set_limit(0);
  EXPECT_NE(admit(request()), 0u) << "it is over";
}

TEST_F(AdmissionTest, Ramp_IsTheReasonOnlyWhileItIsTheLowerBound) {
  Admission::Options two = options();
  two.max_sessions = 2;
  Admission admission(two, slab_, doors_);
  admission.gate().open();
  tg_verdict verdict = TG_INIT(tg_verdict);
  const auto reason = [&](std::uint32_t session_class) {
    admission.admit(request(TG_KIND_NEW, session_class), 0, verdict);
    return verdict.reason;
  };
  admission.set_limit(1);
  EXPECT_EQ(reason(TG_CLASS_NORMAL), TG_REASON_NONE);
  EXPECT_EQ(reason(TG_CLASS_NORMAL), TG_REASON_RAMP);
  EXPECT_EQ(reason(TG_CLASS_PRIORITY), TG_REASON_NONE);
  EXPECT_EQ(reason(TG_CLASS_PRIORITY), TG_REASON_LIMIT);
  EXPECT_EQ(reason(TG_CLASS_NORMAL), TG_REASON_LIMIT) << "full, ramp or no ramp";
  admission.set_limit(2);
  EXPECT_EQ(reason(TG_CLASS_NORMAL), TG_REASON_LIMIT) << "a limit that is not below the maximum is no ramp";
}

TEST_F(AdmissionTest, Capacity_OfTheHostIsAReason_AndIsGivenBack) {
  FakePolicy &policy = add_policy();
  std::vector<tg_ticket> all;
  for (int i = 0; i < 8; ++i) all.push_back(admit(request()));
  EXPECT_EQ(admit(request()), 0u);
  EXPECT_EQ(verdict_.reason, TG_REASON_CAPACITY);
  EXPECT_EQ(policy.asked.size(), 8u) << "nobody is asked about what there is no room for";
  EXPECT_EQ(admission_.gate().counts().sessions, 8u);
  admission_.release(all[3]);
  EXPECT_NE(admit(request()), 0u);
}

// ---- figures ----

TEST_F(AdmissionTest, Arrivals_AreNewWorkWhateverTheAnswer) {
  EXPECT_EQ(admission_.arrivals(), 0u);
  const tg_ticket parent = admit(request());
  admit(request(TG_KIND_ORIGINATE));
  admit(request(TG_KIND_AFFINITY));
  child_of(parent);
  EXPECT_EQ(admission_.arrivals(), 1u);
  EXPECT_TRUE(admission_.enter());
  EXPECT_TRUE(admission_.enter_child(parent));
  EXPECT_EQ(admission_.arrivals(), 2u);
  shut();
  admit(request());
  admit(request(TG_KIND_ORIGINATE));
  EXPECT_FALSE(admission_.enter());
  EXPECT_EQ(admission_.arrivals(), 4u);
  EXPECT_EQ(admission_.admitted(), 4u);
  EXPECT_EQ(admission_.refused(), 3u);
}

TEST_F(AdmissionTest, Departures_AreSessionsChildrenAndEntries) {
  const tg_ticket parent = admit(request());
  const tg_ticket child = child_of(parent);
  admission_.enter();
  admission_.enter_child(parent);
  EXPECT_EQ(admission_.departures(), 0u);
  admission_.leave();
  EXPECT_EQ(admission_.departures(), 1u);
  admission_.release(child);
  EXPECT_EQ(admission_.departures(), 2u);
  shut();
  admit(request());
  admission_.enter();
  EXPECT_EQ(admission_.departures(), 2u) << "nobody leaves by being refused";
  admission_.leave();
  admission_.release(parent);
  EXPECT_EQ(admission_.departures(), 4u);
  EXPECT_EQ(admission_.release(parent), Admission::Released::stale);
  EXPECT_EQ(admission_.leave(), Gate::Left::none);
  EXPECT_EQ(admission_.departures(), 4u);
}

TEST_F(AdmissionTest, Departures_UnderConcurrency_AreNeverTooMany) {
  std::atomic<std::uint64_t> leaving{0};  // raised before each departure
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        if (!admission_.enter()) continue;
        leaving.fetch_add(1);
        admission_.leave();
        tg_verdict verdict = TG_INIT(tg_verdict);
        const tg_ticket ticket = admission_.admit(TG_INIT(tg_request), 0, verdict);
        leaving.fetch_add(1);
        admission_.release(ticket);
      }
    });
  int failures = 0;
  std::thread watch([&] {
    while (!stop.load()) {
      const std::uint64_t seen = admission_.departures();
      if (seen > leaving.load()) ++failures;
    }
  });
  for (std::thread &thread : threads) thread.join();
  stop = true;
  watch.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(admission_.departures(), 120000u);
  EXPECT_EQ(admission_.arrivals(), 120000u);
}

// ---- what the host says of a session ----

TEST_F(AdmissionTest, Session_KeepsWhatWasAskedFor) {
  tg_request asked = request(TG_KIND_AFFINITY, TG_CLASS_EMERGENCY, 7);
  asked.tag = 8;
  const tg_ticket ticket = admit(asked);
  EXPECT_TRUE(admission_.idle(ticket, 1000 + kSecond));
  EXPECT_TRUE(admission_.acknowledge(ticket, 5, 1000 + 2 * kSecond));
  int shown = 0;
  slab_.for_each([&](tg_ticket, const Session &session) {
    ++shown;
    EXPECT_EQ(session.service, 3u);
    EXPECT_EQ(session.kind, static_cast<std::uint32_t>(TG_KIND_AFFINITY));
    EXPECT_EQ(session.session_class, static_cast<std::uint32_t>(TG_CLASS_EMERGENCY));
    EXPECT_EQ(session.key, 7u);
    EXPECT_EQ(session.tag, 8u);
    EXPECT_EQ(session.admitted, 1000u);
    EXPECT_EQ(session.last_activity, 1000 + 2 * kSecond);
    EXPECT_EQ(session.flags_in(5), TG_SESSION_IDLE | TG_SESSION_ACKNOWLEDGED);
    return true;
  });
  EXPECT_EQ(shown, 1);
  EXPECT_TRUE(admission_.active(ticket, 1000 + 3 * kSecond));
  admission_.release(ticket);
  EXPECT_FALSE(admission_.active(ticket, 2000));
  EXPECT_FALSE(admission_.idle(ticket, 2000));
  EXPECT_FALSE(admission_.acknowledge(ticket, 5, 2000));
}

}  // namespace
}  // namespace tidegate::sdk
