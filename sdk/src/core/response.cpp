#include "core/response.hpp"

#include <algorithm>

#include "core/fixed_text.hpp"

namespace tidegate::sdk {
namespace {

constexpr Nanos kMillisecond = 1'000'000;
constexpr std::string_view kSmtp = "4.3.2 Service not available, closing transmission channel";

constexpr Reply kReplies[] = {
    // RFC 9110: 503 section 15.6.4, Retry-After 10.2.3; 307 section 15.4.8, Location 10.2.2; 409 section 15.5.10. With a 3xx a
    // Retry-After would ask the peer to wait before it follows.
    {TG_PROTOCOL_HTTP, Outcome::unavailable, 503, "Service Unavailable", "Retry-After", kSecond, {}},
    {TG_PROTOCOL_HTTP, Outcome::redirected, 307, "Temporary Redirect", {}, 0, "Location"},
    {TG_PROTOCOL_HTTP, Outcome::parent_gone, 409, "Conflict", {}, 0, {}},
    // RFC 3261: 503 section 21.5.4, Retry-After 20.33; 302 section 21.3.3, Contact 20.10; 481 section 21.4.19. Retry-After is not
    // among the headers of a 302 or a 481.
    {TG_PROTOCOL_SIP, Outcome::unavailable, 503, "Service Unavailable", "Retry-After", kSecond, {}},
    {TG_PROTOCOL_SIP, Outcome::redirected, 302, "Moved Temporarily", {}, 0, "Contact"},
    {TG_PROTOCOL_SIP, Outcome::parent_gone, 481, "Call/Transaction Does Not Exist", {}, 0, {}},
    // gRPC: status codes as in doc/statuscodes.md; pushback as in gRFC A6. The protocol has no redirect.
    {TG_PROTOCOL_GRPC, Outcome::unavailable, 14, "UNAVAILABLE", "grpc-retry-pushback-ms", kMillisecond, {}},
    {TG_PROTOCOL_GRPC, Outcome::redirected, 14, "UNAVAILABLE", "grpc-retry-pushback-ms", kMillisecond, {}},
    {TG_PROTOCOL_GRPC, Outcome::parent_gone, 9, "FAILED_PRECONDITION", {}, 0, {}},
    // RFC 5321: 421 section 4.2.3, sent before the server closes the connection (section 3.8). RFC 3463: X.3.2 section 3.4, as for an
    // imminent shutdown. The protocol has neither a retry time nor a redirect.
    {TG_PROTOCOL_SMTP, Outcome::unavailable, 421, kSmtp, {}, 0, {}},
    {TG_PROTOCOL_SMTP, Outcome::redirected, 421, kSmtp, {}, 0, {}},
    {TG_PROTOCOL_SMTP, Outcome::parent_gone, 421, kSmtp, {}, 0, {}},
};

Outcome outcome_of(const tg_verdict &verdict) {
  if (verdict.reason == TG_REASON_PARENT_GONE) return Outcome::parent_gone;
  return verdict.redirect.len != 0 ? Outcome::redirected : Outcome::unavailable;
}

/// Converts a time to units, rounded up, as a peer that returns early returns in vain. At most 2^31 - 1: a gRPC client reads a number that
/// does not fit 32 bits as "never", and 68 years are enough for other clients.
std::uint64_t rounded_up(Nanos time, Nanos unit) {
  return std::min<std::uint64_t>(time / unit + (time % unit != 0 ? 1 : 0), INT32_MAX);
}

}  // namespace

std::span<const Reply> replies() { return kReplies; }

bool respond(const tg_verdict &verdict, std::uint32_t protocol, tg_response &response) {
  const Outcome outcome = outcome_of(verdict);
  const auto reply =
      std::ranges::find_if(kReplies, [&](const Reply &row) { return row.protocol == protocol && row.outcome == outcome; });
  if (reply == std::end(kReplies)) return false;
  response.code = reply->code;
  response.reserved0 = 0;
  response.phrase = to_str(reply->phrase);
  const bool retry = !reply->retry_name.empty() && verdict.retry_after_ns != 0;
  response.retry_name = retry ? to_str(reply->retry_name) : tg_str{};
  response.retry_value = retry ? rounded_up(verdict.retry_after_ns, reply->retry_unit) : 0;
  response.redirect_name = to_str(reply->redirect_name);
  response.redirect = reply->redirect_name.empty() ? tg_str{} : verdict.redirect;
  return true;
}

}  // namespace tidegate::sdk
