#include "core/response.hpp"

#include <set>
#include <string>
#include <utility>

#include "core/fixed_text.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::string_view kTarget = "https://other.example/";

tg_verdict verdict(std::uint32_t reason, Nanos retry_after, std::string_view redirect = {}) {
  tg_verdict out = TG_INIT(tg_verdict);
  out.code = TG_VERDICT_REFUSED;
  out.reason = reason;
  out.retry_after_ns = retry_after;
  out.redirect = to_str(redirect);
  return out;
}

tg_response respond_to(const tg_verdict &verdict, std::uint32_t protocol) {
  tg_response out = TG_INIT(tg_response);
  EXPECT_TRUE(respond(verdict, protocol, out));
  EXPECT_EQ(out.struct_size, sizeof out);
  return out;
}

/// What goes over the wire.
struct Wire {
  std::uint32_t code;
  std::string_view phrase, retry_name;
  std::uint64_t retry_value;
  std::string_view redirect_name, redirect;
  bool operator==(const Wire &) const = default;
};

Wire wire(const tg_verdict &given, std::uint32_t protocol) {
  const tg_response out = respond_to(given, protocol);
  return {out.code, view(out.phrase), view(out.retry_name), out.retry_value, view(out.redirect_name), view(out.redirect)};
}

TEST(Response, Unavailable_SaysWhenToComeBack) {
  for (const std::uint32_t reason : {TG_REASON_PAUSED, TG_REASON_STOPPED, TG_REASON_CLOSING, TG_REASON_LIMIT,
                                     TG_REASON_POLICY, TG_REASON_CAPACITY, TG_REASON_RAMP, 4711u}) {
    const tg_verdict given = verdict(reason, 2 * kSecond);
    EXPECT_EQ(wire(given, TG_PROTOCOL_HTTP), (Wire{503, "Service Unavailable", "Retry-After", 2, "", ""}));
    EXPECT_EQ(wire(given, TG_PROTOCOL_SIP), (Wire{503, "Service Unavailable", "Retry-After", 2, "", ""}));
    EXPECT_EQ(wire(given, TG_PROTOCOL_GRPC), (Wire{14, "UNAVAILABLE", "grpc-retry-pushback-ms", 2000, "", ""}));
    EXPECT_EQ(wire(given, TG_PROTOCOL_SMTP),
              (Wire{421, "4.3.2 Service not available, closing transmission channel", "", 0, "", ""}));
  }
}

TEST(Response, Redirected_SaysWhereToGo_WhereTheProtocolCan) {
  const tg_verdict given = verdict(TG_REASON_PAUSED, 2 * kSecond, kTarget);
  EXPECT_EQ(wire(given, TG_PROTOCOL_HTTP), (Wire{307, "Temporary Redirect", "", 0, "Location", kTarget}));
  EXPECT_EQ(wire(given, TG_PROTOCOL_SIP), (Wire{302, "Moved Temporarily", "", 0, "Contact", kTarget}));
  EXPECT_EQ(wire(given, TG_PROTOCOL_GRPC), (Wire{14, "UNAVAILABLE", "grpc-retry-pushback-ms", 2000, "", ""}));
  EXPECT_EQ(wire(given, TG_PROTOCOL_SMTP).code, 421u);
  EXPECT_EQ(wire(given, TG_PROTOCOL_SMTP).redirect, "");
}

TEST(Response, ParentGone_IsNotWorthASecondTry) {
  const tg_verdict given = verdict(TG_REASON_PARENT_GONE, 2 * kSecond, kTarget);
  EXPECT_EQ(wire(given, TG_PROTOCOL_HTTP), (Wire{409, "Conflict", "", 0, "", ""}));
  EXPECT_EQ(wire(given, TG_PROTOCOL_SIP), (Wire{481, "Call/Transaction Does Not Exist", "", 0, "", ""}));
  EXPECT_EQ(wire(given, TG_PROTOCOL_GRPC), (Wire{9, "FAILED_PRECONDITION", "", 0, "", ""}));
  EXPECT_EQ(wire(given, TG_PROTOCOL_SMTP).code, 421u);
}

TEST(Response, NoHint_MeansNoHeader) {
  for (const std::uint32_t protocol : {TG_PROTOCOL_HTTP, TG_PROTOCOL_SIP, TG_PROTOCOL_GRPC, TG_PROTOCOL_SMTP}) {
    EXPECT_EQ(wire(verdict(TG_REASON_PAUSED, 0), protocol).retry_name, "");
    EXPECT_EQ(wire(verdict(TG_REASON_PAUSED, 0), protocol).retry_value, 0u);
  }
}

TEST(Response, RetryValue_IsRoundedUpAndFitsWhatReadsIt) {
  const auto seconds = [](Nanos time) { return wire(verdict(TG_REASON_PAUSED, time), TG_PROTOCOL_HTTP).retry_value; };
  const auto millis = [](Nanos time) { return wire(verdict(TG_REASON_PAUSED, time), TG_PROTOCOL_GRPC).retry_value; };
  EXPECT_EQ(seconds(1), 1u);
  EXPECT_EQ(seconds(kSecond), 1u);
  EXPECT_EQ(seconds(kSecond + 1), 2u);
  EXPECT_EQ(millis(1), 1u);
  EXPECT_EQ(millis(1'000'001), 2u);
  EXPECT_EQ(seconds(kNever), 2147483647u);
  EXPECT_EQ(millis(kNever), 2147483647u);
}

TEST(Response, UnknownProtocol_WritesNothing) {
  for (const std::uint32_t protocol : {0u, 5u, UINT32_MAX}) {
    tg_response out = TG_INIT(tg_response);
    EXPECT_FALSE(respond(verdict(TG_REASON_PAUSED, kSecond), protocol, out));
    EXPECT_EQ(out.code, 0u);
  }
}

TEST(Response, Table_HasOneRowForEachProtocolAndOutcome) {
  std::set<std::pair<std::uint32_t, Outcome>> rows;
  for (const Reply &reply : replies()) {
    EXPECT_TRUE(rows.emplace(reply.protocol, reply.outcome).second);
    EXPECT_EQ(reply.retry_name.empty(), reply.retry_unit == 0);
  }
  EXPECT_EQ(rows.size(), (TG_PROTOCOL_SMTP - TG_PROTOCOL_HTTP + 1) * 3u);
}

}  // namespace
}  // namespace tidegate::sdk
