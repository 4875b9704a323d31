// Structs of other versions, both ways, and arguments that are wrong.

#include <cstring>

#include "api_test.hpp"

namespace tidegate {
namespace {

/// A struct as a later version may have it: the one we know, and more.
template <class T>
struct Later {
  T known = TG_INIT(T);
  std::uint64_t more[4] = {};
  Later() { known.struct_size = sizeof *this; }
};

class StructTest : public ApiTest {
 protected:
  Service service_ = add("S");
  tg_service *s_ = service_.handle();
};

TEST_F(StructTest, Request_LongerWithZeros_IsTaken) {
  Later<tg_request> request;
  tg_ticket ticket = 0;
  EXPECT_EQ(tg_admit(s_, &request.known, nullptr, &ticket), TG_OK);
  EXPECT_NE(ticket, 0u);
  tg_release(s_, ticket);
}

TEST_F(StructTest, Request_LongerWithMore_IsTooNew) {
  Later<tg_request> request;
  request.more[3] = 1;
  tg_ticket ticket = 5;
  failing(TG_E_TOO_NEW, tg_admit(s_, &request.known, nullptr, &ticket));
  EXPECT_EQ(ticket, 0u);
  tg_request reserved = TG_INIT(tg_request);
  reserved.peer.reserved0 = 1;
  failing(TG_E_TOO_NEW, tg_admit(s_, &reserved, nullptr, &ticket));
}

TEST_F(StructTest, Request_Shorter_MeansZeroForTheRest) {
  tg_request request = TG_INIT(tg_request);
  request.struct_size = 16;  // up to kind
  request.parent = 0xdead;
  tg_ticket ticket = 0;
  EXPECT_EQ(tg_admit(s_, &request, nullptr, &ticket), TG_OK);
  EXPECT_NE(ticket, 0u);
  tg_release(s_, ticket);
}

TEST_F(StructTest, Request_OfNoSizeOrUnknownKind_IsInvalid) {
  tg_ticket ticket = 0;
  tg_request request{};
  failing(TG_E_INVALID, tg_admit(s_, &request, nullptr, &ticket));
  request = TG_INIT(tg_request);
  request.kind = 99;
  failing(TG_E_INVALID, tg_admit(s_, &request, nullptr, &ticket));
  request = TG_INIT(tg_request);
  request.struct_size = 0xffffffff;
  failing(TG_E_INVALID, tg_admit(s_, &request, nullptr, &ticket));
  EXPECT_EQ(service_.info().sessions, 0u);
}

TEST_F(StructTest, Verdict_IsWrittenWithinItsSize) {
  service_.drain();
  struct {
    std::uint32_t struct_size = 16, abi = TG_EMBED_ABI, code = 0, reason = 0;
    std::uint64_t canary = 0x1122334455667788;
  } shorter;
  tg_ticket ticket = 0;
  EXPECT_EQ(tg_admit(s_, nullptr, reinterpret_cast<tg_verdict *>(&shorter), &ticket), TG_OK);
  EXPECT_EQ(shorter.code, TG_VERDICT_REFUSED);
  EXPECT_EQ(shorter.reason, TG_REASON_PAUSED);
  EXPECT_EQ(shorter.canary, 0x1122334455667788u);

  Later<tg_verdict> longer;
  longer.more[0] = 42;
  EXPECT_EQ(tg_admit(s_, nullptr, &longer.known, &ticket), TG_OK);
  EXPECT_EQ(longer.more[0], 42u);
  EXPECT_EQ(longer.known.struct_size, sizeof longer) << "its head is the caller's";
  EXPECT_EQ(view(longer.known.text), "the service is draining and admits no new sessions");
}

TEST_F(StructTest, Info_IsWrittenWithinItsSize) {
  Later<tg_service_info> info;
  info.more[0] = 42;
  EXPECT_EQ(tg_service_info_get(s_, &info.known), TG_OK);
  EXPECT_EQ(info.known.status, TG_STATUS_RUNNING);
  EXPECT_EQ(info.more[0], 42u);
  tg_service_info none{};
  failing(TG_E_INVALID, tg_service_info_get(s_, &none));
}

TEST_F(StructTest, Options_OfAnotherVersion) {
  Later<tg_drain_options> drain;
  drain.more[0] = 1;
  EXPECT_TRUE(has(failing(TG_E_TOO_NEW, tg_service_drain(s_, &drain.known)), "later version"));
  drain.more[0] = 0;
  drain.known.intent = 9;
  failing(TG_E_INVALID, tg_service_drain(s_, &drain.known));
  Later<tg_host_options> host;
  host.known.name = TG_STR("later");
  host.more[1] = 1;
  tg_host *made = nullptr;
  failing(TG_E_TOO_NEW, tg_host_create(&host.known, &made));
  EXPECT_EQ(made, nullptr);
}

/// Calls `call` with a struct of another major version, of a later minor one, and of one that was not said.
template <class T, class CallWith>
void try_versions(CallWith &&call, tg_result usual = TG_OK) {
  T of_another_major = TG_INIT(T), of_a_later_minor = of_another_major, of_none = of_another_major;
  of_another_major.abi = TG_ABI(TG_ABI_MAJOR(TG_EMBED_ABI) + 1, 0);
  of_a_later_minor.abi = TG_EMBED_ABI + 1;
  of_none.abi = 0;
  EXPECT_EQ(call(of_another_major), TG_E_TOO_NEW);
  EXPECT_NE(view(tg_last_error()).find("another major version"), std::string_view::npos) << view(tg_last_error());
  EXPECT_EQ(call(of_a_later_minor), usual);
  EXPECT_EQ(call(of_none), usual);
}

/// L13: `abi` is looked at in every struct that a caller hands over.
TEST_F(StructTest, L13_Abi_OfAnotherMajor_IsTooNew_InEveryStruct) {
  int count = 0;
  try_versions<tg_host_options>([&](tg_host_options &it) {
    const std::string name = "abi-" + std::to_string(++count);
    it.name = str(name);
    it.log_format = TG_FORMAT_OFF;
    tg_host *host = nullptr;
    const tg_result result = tg_host_create(&it, &host);
    if (host != nullptr) tg_host_destroy(host);
    return result;
  });
  try_versions<tg_service_options>([&](tg_service_options &it) {
    const std::string name = "V" + std::to_string(++count);
    it.name = str(name);
    tg_service *made = nullptr;
    return tg_service_create(host_.handle(), &it, &made);
  });
  try_versions<tg_drain_options>([&](tg_drain_options &it) {
    const std::string name = "D" + std::to_string(++count);
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = str(name);
    options.drain = &it;
    tg_service *made = nullptr;
    return tg_service_create(host_.handle(), &options, &made);
  });
  try_versions<tg_request>([&](tg_request &it) {
    tg_verdict verdict = TG_INIT(tg_verdict);
    tg_ticket ticket = 0;
    const tg_result result = tg_admit(s_, &it, &verdict, &ticket);
    EXPECT_EQ(ticket != 0, result == TG_OK);
    tg_release(s_, ticket);
    return result;
  });
  try_versions<tg_verdict>([&](tg_verdict &it) {
    tg_ticket ticket = 0;
    const tg_result result = tg_admit(s_, nullptr, &it, &ticket);
    EXPECT_EQ(ticket != 0, result == TG_OK) << "no session is left that nobody has a ticket of";
    tg_release(s_, ticket);
    return result;
  });
  EXPECT_EQ(service_.info().sessions, 0u);
  try_versions<tg_verdict>([&](tg_verdict &it) {
    it.code = TG_VERDICT_REFUSED;
    tg_response response = TG_INIT(tg_response);
    return tg_verdict_response(&it, TG_PROTOCOL_SIP, &response);
  });
  try_versions<tg_response>([&](tg_response &it) {
    tg_verdict verdict = TG_INIT(tg_verdict);
    verdict.code = TG_VERDICT_REFUSED;
    return tg_verdict_response(&verdict, TG_PROTOCOL_SIP, &it);
  });
  try_versions<tg_service_info>([&](tg_service_info &it) { return tg_service_info_get(s_, &it); });
  try_versions<tg_event>([&](tg_event &it) { return tg_event_settles(&it, TG_UNTIL_DRAINED); });
  try_versions<tg_event>([&](tg_event &it) {
    const std::int64_t length = tg_event_format(&it, TG_FORMAT_TEXT, nullptr, 0);
    return length < 0 ? static_cast<tg_result>(length) : TG_OK;
  });
  try_versions<tg_action>([&](tg_action &it) { return tg_service_start(s_, &it); });
  try_versions<tg_selection>([&](tg_selection &it) { return tg_host_start(host_.handle(), &it, nullptr); });
  try_versions<tg_resume_options>([&](tg_resume_options &it) { return tg_host_resume(host_.handle(), nullptr, &it); });
  try_versions<tg_drain_options>([&](tg_drain_options &it) {
    const tg_result result = tg_service_drain(s_, &it);
    if (result == TG_OK) service_.resume();
    return result;
  });
  try_versions<tg_plugin_options>(
      [&](tg_plugin_options &it) {
        it.path = TG_STR("/no/such.so");
        const tg_result result = tg_plugin_load(host_.handle(), &it);
        return result == TG_E_TOO_NEW ? result : TG_OK;
      });
  try_versions<tg_control_options>([&](tg_control_options &it) {
    it.directory = TG_STR("/proc/no-such");
    tg_control *control = nullptr;
    const tg_result opened = tg_control_open(host_.handle(), &it, &control);
    tg_control_close(control);
    return opened == TG_E_TOO_NEW ? opened : TG_OK;
  });
}

/// L13: an event of an older caller is shorter: what it does not have is not read.
TEST_F(StructTest, L13_Event_Shorter_IsReadWithinItsSize) {
  struct {
    std::uint32_t struct_size = 16, abi = TG_EMBED_ABI;
    std::uint64_t sequence = 7;
  } shorter;
  EXPECT_GT(tg_event_format(reinterpret_cast<const tg_event *>(&shorter), TG_FORMAT_JSON, nullptr, 0), 0);
  tg_event none{};
  EXPECT_EQ(tg_event_format(&none, TG_FORMAT_TEXT, nullptr, 0), TG_E_INVALID);
}

TEST_F(StructTest, Null_IsInvalidAndNeverACrash) {
  tg_ticket ticket = 0;
  tg_service *service = nullptr;
  tg_host *host = nullptr;
  failing(TG_E_INVALID, tg_admit(nullptr, nullptr, nullptr, &ticket));
  failing(TG_E_INVALID, tg_admit(s_, nullptr, nullptr, nullptr));
  failing(TG_E_INVALID, tg_release(nullptr, 1));
  failing(TG_E_INVALID, tg_leave(nullptr));
  EXPECT_EQ(tg_enter(nullptr), 0);
  EXPECT_EQ(tg_enter_child(nullptr, 1), 0);
  failing(TG_E_INVALID, tg_host_create(nullptr, &host));
  failing(TG_E_INVALID, tg_service_create(host_.handle(), nullptr, &service));
  failing(TG_E_INVALID, tg_service_create(nullptr, nullptr, &service));
  failing(TG_E_INVALID, tg_service_start(nullptr, nullptr));
  failing(TG_E_INVALID, tg_service_drain(nullptr, nullptr));
  failing(TG_E_INVALID, tg_service_stop(nullptr, nullptr));
  failing(TG_E_INVALID, tg_service_resume(nullptr, nullptr));
  failing(TG_E_INVALID, tg_service_wait(nullptr, TG_UNTIL_DRAINED, 0));
  failing(TG_E_INVALID, tg_service_wait(s_, 77, 0));
  failing(TG_E_INVALID, tg_service_info_get(s_, nullptr));
  failing(TG_E_INVALID, tg_service_sessions(s_, 0, nullptr, nullptr));
  failing(TG_E_INVALID, tg_host_services(host_.handle(), nullptr, nullptr));
  failing(TG_E_INVALID, tg_host_service(host_.handle(), TG_STR("S"), nullptr));
  failing(TG_E_INVALID, tg_host_events(host_.handle(), 0, 0, nullptr, nullptr));
  failing(TG_E_INVALID, tg_host_subscribe(host_.handle(), 0, nullptr, nullptr, nullptr));
  failing(TG_E_INVALID, tg_host_poll(nullptr));
  failing(TG_E_INVALID, tg_host_fd(nullptr));
  failing(TG_E_INVALID, tg_control_open(nullptr, nullptr, nullptr));
  failing(TG_E_INVALID, static_cast<tg_result>(tg_event_format(nullptr, 0, nullptr, 0)));
  EXPECT_EQ(tg_host_destroy(nullptr), TG_OK);
  EXPECT_EQ(tg_unsubscribe(nullptr), TG_OK);
  EXPECT_EQ(tg_control_close(nullptr), TG_OK);
  EXPECT_EQ(tg_host_events_last(nullptr), 0u);
  EXPECT_EQ(tg_host_name(nullptr).len, 0u);
}

TEST_F(StructTest, Str_WithALengthAndNoPointer_IsInvalid) {
  tg_service *service = nullptr;
  failing(TG_E_INVALID, tg_host_service(host_.handle(), tg_str{nullptr, 5}, &service));
  failing(TG_E_INVALID, tg_host_service(host_.handle(), tg_str{"x", UINT64_MAX}, &service));
}

TEST_F(StructTest, Labels_OfUnknownNumbers_AreUnknown) {
  EXPECT_EQ(view(tg_status_label(TG_STATUS_PAUSED)), "Paused");
  EXPECT_EQ(view(tg_event_label(25050)), "draining complete");
  EXPECT_EQ(view(tg_status_label(4711)), "unknown");
  EXPECT_EQ(view(tg_result_label(-4711)), "unknown");
}

/// What VOCABULARY.md says of a value that is not known, for each list.
TEST_F(StructTest, Vocabulary_UnknownValue_IsTakenAsItsListSays) {
  constexpr std::uint32_t kUnknown = 4711;
  for (const auto label : {tg_status_label, tg_phase_label, tg_intent_label, tg_kind_label, tg_class_label, tg_deadline_label,
                           tg_hold_label, tg_reason_label, tg_until_label, tg_severity_label, tg_event_label, tg_step_label,
                           tg_plugin_state_label, tg_metric_kind_label})
    EXPECT_EQ(view(label(kUnknown)), "unknown");
  tg_ticket ticket = 0;
  tg_request request = TG_INIT(tg_request);
  request.kind = kUnknown;
  failing(TG_E_INVALID, tg_admit(s_, &request, nullptr, &ticket));
  request = TG_INIT(tg_request);
  request.session_class = kUnknown;
  failing(TG_E_INVALID, tg_admit(s_, &request, nullptr, &ticket));
  const auto drain = [&](std::uint32_t tg_drain_options::*member) {
    tg_drain_options options = TG_INIT(tg_drain_options);
    options.deadline_ns = 1'000'000'000;
    options.*member = kUnknown;
    failing(TG_E_INVALID, tg_service_drain(s_, &options));
  };
  drain(&tg_drain_options::intent);
  drain(&tg_drain_options::at_deadline);
  drain(&tg_drain_options::hold);
  failing(TG_E_INVALID, tg_service_wait(s_, kUnknown, 0));
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_response response = TG_INIT(tg_response);
  verdict.code = TG_VERDICT_REFUSED;
  failing(TG_E_INVALID, tg_verdict_response(&verdict, kUnknown, &response));
  verdict.reason = kUnknown;
  EXPECT_EQ(tg_verdict_response(&verdict, TG_PROTOCOL_HTTP, &response), TG_OK) << "taken as PAUSED";
  EXPECT_EQ(response.code, 503u);
  tg_event event = TG_INIT(tg_event);
  event.number = event.status = event.phase = event.severity = kUnknown;
  EXPECT_GT(tg_event_format(&event, TG_FORMAT_JSON, nullptr, 0), 0);
  failing(TG_E_INVALID, static_cast<tg_result>(tg_event_format(&event, kUnknown, nullptr, 0)));
  for (std::uint32_t tg_host_options::*member : {&tg_host_options::loop, &tg_host_options::log_format}) {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = TG_STR("unknown");
    options.*member = kUnknown;
    tg_host *host = nullptr;
    failing(TG_E_INVALID, tg_host_create(&options, &host));
  }
  EXPECT_EQ(service_.info().status, TG_STATUS_RUNNING);
}

}  // namespace
}  // namespace tidegate
