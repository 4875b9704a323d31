#pragma once

#include "core/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/fixed_text.hpp"

namespace tidegate::sdk {

/// A policy that does what a test says, and keeps what it was told.
struct FakePolicy {
  std::function<void(const tg_admission_query &, tg_admission_answer &)> answer =
      [](const tg_admission_query &, tg_admission_answer &answer) { answer.verdict = TG_VERDICT_ADMITTED; };
  std::vector<tg_admission_query> asked, cancelled, released;

  tg_admission_policy role{
      .struct_size = sizeof(tg_admission_policy),
      .abi = TG_PLUGIN_ABI,
      .asks_child = 0,
      .priority = 0,
      .ask =
          [](void *self, const tg_admission_query *query, tg_admission_answer *answer) {
            static_cast<FakePolicy *>(self)->asked.push_back(*query);
            static_cast<FakePolicy *>(self)->answer(*query, *answer);
          },
      .cancelled = [](void *self,
                      const tg_admission_query *query) { static_cast<FakePolicy *>(self)->cancelled.push_back(*query); },
      .released = [](void *self,
                     const tg_admission_query *query) { static_cast<FakePolicy *>(self)->released.push_back(*query); },
      .adopt = nullptr,
      .cookies = 0,
      .reserved0 = 0};
};

class AdmissionTest : public testing::Test {
 protected:
  static Admission::Options options() {
    Admission::Options out;
    out.service = 3;
    out.name = TG_STR("S");
    out.max_sessions = 100;
    return out;
  }
  explicit AdmissionTest(const Admission::Options &options = AdmissionTest::options())
      : admission_(options, slab_, doors_, &cells_) {
    open();
  }
  void open() {
    admission_.gate().open();
    admission_.speed_up();
  }

  static tg_request request(std::uint32_t kind = TG_KIND_NEW, std::uint32_t session_class = TG_CLASS_NORMAL,
                            std::uint64_t key = 0) {
    tg_request out = TG_INIT(tg_request);
    out.kind = kind;
    out.session_class = session_class;
    out.key = key;
    return out;
  }
  tg_ticket admit(const tg_request &request) {
    verdict_ = TG_INIT(tg_verdict);
    const tg_ticket ticket = admission_.admit_at_once(request, [] { return Nanos{1000}; });
    if (ticket == 0) return admission_.admit(request, 1000, verdict_);
    verdict_.code = TG_VERDICT_ADMITTED;
    return ticket;
  }
  tg_ticket child_of(tg_ticket parent) {
    tg_request inner = request(TG_KIND_CHILD);
    inner.parent = parent;
    return admit(inner);
  }
  FakePolicy &add_policy(bool asks_child = false) {
    fakes_.push_back(std::make_unique<FakePolicy>());
    FakePolicy &fake = *fakes_.back();
    fake.role.asks_child = asks_child ? 1 : 0;
    list_.policies[list_.count] = {
        .role = &fake.role, .instance = &fake, .slot = list_.count, .asks_child = asks_child};
    ++list_.count;
    doors_.put(list_, 0);
    return fake;
  }
  void shut(Permissions permissions = {}) {
    admission_.refuse_with(TG_REASON_PAUSED);
    admission_.permit(permissions);
    if (permissions.affinity) admission_.index_keys(++epoch_);
    admission_.gate().shut();
  }

  SessionSlab slab_{8};
  CellMemory cells_;
  PolicyList list_;
  PolicyDoors doors_{list_};
  std::vector<std::unique_ptr<FakePolicy>> fakes_;
  Admission admission_;
  tg_verdict verdict_{};
  std::uint64_t epoch_ = 0;
};

}  // namespace tidegate::sdk
