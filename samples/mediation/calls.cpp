#include "calls.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "tidegate/label.h"
#include "tidegate/response.h"

namespace {

constexpr const char *kMethods = "INVITE, ACK, BYE, CANCEL, OPTIONS";

constexpr std::uint64_t kRetryAfterNs = 30'000'000'000;  // to those that only ask whether we are there

/// A call for help says so in its headers (RFC 3261 section 20.26): a drain lets it in where the operator chose that.
std::uint32_t class_of(const sip_msg &msg) {
  const sip_hdr *priority = sip_msg_hdr(&msg, SIP_HDR_PRIORITY);
  return priority != nullptr && pl_strcasecmp(&priority->val, "emergency") == 0 ? TG_CLASS_EMERGENCY : TG_CLASS_NORMAL;
}

std::string line_of(tg_str name, const std::string &value) {
  return std::string(tidegate::view(name)) + ": " + value + "\r\n";
}

}  // namespace

/// One dialog.
class Call {
 public:
  Call(Calls &owner, std::uint64_t number, const sip_msg &msg, tidegate::Ticket ticket)
      : owner_(owner), number_(number), from_(text(msg.from.auri)), call_id_(text(msg.callid)), ticket_(std::move(ticket)) {
    tmr_init(&ringing_);
  }
  ~Call() { tmr_cancel(&ringing_); }
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  /// Answers the INVITE, at once or after it has rung. Returns: an errno.
  int answer(const sip_msg &msg, std::chrono::milliseconds ring) {
    Re<mbuf> description;
    if (const int error = describe_media(msg, description)) return error;
    const bool at_once = ring.count() == 0;
    const int error = out(session_, [&](sipsess **session) {
      return sipsess_accept(session, owner_.sessions_.get(), &msg, at_once ? 200 : 180, at_once ? "OK" : "Ringing",
                            "mediation", "application/sdp", at_once ? description.get() : nullptr, nullptr, nullptr, false,
                            on_offer, on_answer, on_established, nullptr, nullptr, on_closed, this, nullptr);
    });
    if (error == 0 && !at_once) {
      answer_ = std::move(description);
      tmr_start(&ringing_, static_cast<std::uint64_t>(ring.count()), on_rung, this);
    }
    return error;
  }

  /// Hangs up, because the service is to be stopped.
  void hang_up() {
    sipsess_set_close_headers(session_.get(), "Reason: SIP ;cause=503 ;text=\"service is being stopped\"\r\n");
    session_.reset();  // says BYE
  }

  const std::string &call_id() const { return call_id_; }
  std::string text_for_people() const { return from_ + " (call-id " + call_id_ + (established_ ? ")" : ", ringing)"); }

 private:
  static Call &self(void *arg) { return *static_cast<Call *>(arg); }

  /// What we say about media: the formats that we share with the offer, and that nothing is sent either way.
  int describe_media(const sip_msg &msg, Re<mbuf> &description) {
    Re<sdp_session> session;
    int error = out(session, [&](sdp_session **s) { return sdp_session_alloc(s, &owner_.address_); });
    sdp_media *audio = nullptr;  // belongs to the session
    if (!error) error = sdp_media_add(&audio, session.get(), "audio", 9, "RTP/AVP");
    if (!error)
      error = sdp_format_add(nullptr, audio, false, "8", "PCMA", 8000, 1, nullptr, nullptr, nullptr, false, nullptr);
    if (!error)
      error = sdp_format_add(nullptr, audio, false, "0", "PCMU", 8000, 1, nullptr, nullptr, nullptr, false, nullptr);
    if (error) return error;
    sdp_media_set_ldir(audio, SDP_INACTIVE);
    const bool offered = mbuf_get_left(msg.mb) > 0;
    if (offered) error = sdp_decode(session.get(), msg.mb, true);
    if (error) return error;
    return out(description, [&](mbuf **encoded) { return sdp_encode(encoded, session.get(), !offered); });
  }

  /// A re-INVITE: work inside the call, which goes on while the service drains.
  static int on_offer(mbuf **description, const sip_msg *msg, void *arg) {
    Call &call = self(arg);
    const tidegate::Entry inside(call.owner_.service_.handle(), call.ticket_.id());
    if (!inside) return EPERM;
    Re<mbuf> made;
    if (const int error = call.describe_media(*msg, made)) return error;
    const tg_service_info info = call.owner_.service_.info();
    const tg_str status = tg_status_label(info.status);
    std::printf("mediation: re-INVITE in call %llu answered while RTCMEDSRV is %.*s\n",
                static_cast<unsigned long long>(call.number_), static_cast<int>(status.len), status.ptr);
    *description = made.release();
    return 0;
  }
  static int on_answer(const sip_msg *, void *) { return 0; }
  static void on_established(const sip_msg *, void *arg) { self(arg).established_ = true; }
  static void on_closed(int, const sip_msg *, void *arg) { self(arg).owner_.end(self(arg).number_); }
  static void on_rung(void *arg) {
    Call &call = self(arg);
    if (sipsess_answer(call.session_.get(), 200, "OK", call.answer_.get(), nullptr) != 0) call.owner_.end(call.number_);
  }

  Calls &owner_;
  const std::uint64_t number_;
  const std::string from_;
  const std::string call_id_;
  std::atomic<bool> established_{false};  // written by the loop, read by whoever lists sessions
  tmr ringing_{};
  Re<mbuf> answer_;
  tidegate::Ticket ticket_;  // before the session: released once the session is gone
  Re<sipsess> session_;
};

Calls::Calls(tidegate::Host &host, const sa &address, std::chrono::milliseconds ring, std::uint64_t max_calls,
             const std::string &redirect)
    : address_(address), ring_(ring) {
  int error = out(sip_, [&](sip **s) {
    return sip_alloc(
        s, nullptr, 1024, 1024, 1024, "Tidegate mediation sample",
        [](void *arg) {
          auto &calls = *static_cast<Calls *>(arg);
          if (calls.done_ != nullptr) calls.done_(calls.done_arg_);
        },
        this);
  });
  if (!error) error = sip_transp_add(sip_.get(), SIP_TRANSP_UDP, &address);
  if (!error) error = sip_transp_add(sip_.get(), SIP_TRANSP_TCP, &address);
  if (!error)
    error = out(sessions_, [&](sipsess_sock **s) {
      return sipsess_listen(
          s, sip_.get(), 1024, [](const sip_msg *msg, void *arg) { static_cast<Calls *>(arg)->invite(*msg); }, this);
    });
  if (!error)
    error = out(listener_, [&](sip_lsnr **l) {
      return sip_listen(
          l, sip_.get(), true, [](const sip_msg *msg, void *arg) { return static_cast<Calls *>(arg)->request(*msg); },
          this);
    });
  if (error) throw std::runtime_error("SIP port " + std::to_string(sa_port(&address)) + ": " + std::strerror(error));

  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("RTCMEDSRV");
  options.activity = TG_STR("Concurrent Calls");
  options.max_sessions = max_calls;
  options.redirect = tidegate::str(redirect);
  options.user = this;
  options.close = [](void *user, tg_ticket, std::uint64_t tag) { static_cast<Calls *>(user)->close(tag); };
  options.describe = [](void *user, tg_ticket, std::uint64_t tag, char *buffer, std::uint64_t capacity) {
    return static_cast<Calls *>(user)->describe(tag, buffer, capacity);
  };
  service_ = host.add_service(options);
}

Calls::~Calls() {
  calls_.clear();
  sessions_.reset();
  listener_.reset();
  if (sip_) sip_close(sip_.get(), true);
}

void Calls::shut_down(void (*done)(void *), void *arg) {
  done_ = done;
  done_arg_ = arg;
  sip_close(sip_.get(), false);
}

void Calls::invite(const sip_msg &msg) {
  tg_request request = TG_INIT(tg_request);
  request.tag = ++last_number_;
  request.peer = to_address(msg.src);
  request.session_class = class_of(msg);
  tidegate::Admitted admitted = service_.admit(request);
  if (!admitted) return refuse(msg, admitted.verdict);

  auto call = std::make_unique<Call>(*this, request.tag, msg, std::move(admitted.ticket));
  if (const int error = call->answer(msg, ring_)) {
    // An SDP that we cannot read, or nothing in common; the ticket goes back with the call.
    sip_treply(nullptr, sip_.get(), &msg, error == ENOMEM ? 500 : 488,
               error == ENOMEM ? "Server Internal Error" : "Not Acceptable Here");
    return;
  }
  const std::lock_guard lock(mu_);
  calls_.emplace(request.tag, std::move(call));
}

bool Calls::request(const sip_msg &msg) {
  if (pl_strcmp(&msg.met, "OPTIONS") != 0) return false;
  answer_options(msg);
  return true;
}

/// "Are you there?": from outside a call it is a proxy's question whether to send calls here.
void Calls::answer_options(const sip_msg &msg) {
  if (pl_isset(&msg.to.tag)) {
    const bool known = has_call(text(msg.callid));
    sip_treply(nullptr, sip_.get(), &msg, known ? 200 : 481, known ? "OK" : "Call Does Not Exist");
    return;
  }
  if (service_.ready()) {
    sip_treplyf(nullptr, nullptr, sip_.get(), &msg, false, 200, "OK",
                "Allow: %s\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n", kMethods);
    return;
  }
  tg_verdict verdict = TG_INIT(tg_verdict);
  verdict.code = TG_VERDICT_REFUSED;
  verdict.retry_after_ns = kRetryAfterNs;
  verdict.text = tg_reason_label(TG_REASON_PAUSED);
  refuse(msg, verdict);
}

void Calls::refuse(const sip_msg &msg, const tg_verdict &verdict) {
  tg_response response = TG_INIT(tg_response);
  tidegate::check(tg_verdict_response(&verdict, TG_PROTOCOL_SIP, &response));
  std::string headers;
  if (response.retry_name.len != 0) headers += line_of(response.retry_name, std::to_string(response.retry_value));
  if (response.redirect_name.len != 0)
    headers += line_of(response.redirect_name, "<" + std::string(tidegate::view(response.redirect)) + ">");
  const std::string phrase(tidegate::view(response.phrase));
  sip_treplyf(nullptr, nullptr, sip_.get(), &msg, false, static_cast<std::uint16_t>(response.code), phrase.c_str(),
              "%sReason: SIP ;cause=503 ;text=\"%b\"\r\nContent-Length: 0\r\n\r\n", headers.c_str(), verdict.text.ptr,
              static_cast<std::size_t>(verdict.text.len));
}

void Calls::end(std::uint64_t number) {
  const std::lock_guard lock(mu_);
  calls_.erase(number);
}

bool Calls::has_call(const std::string &call_id) {
  const std::lock_guard lock(mu_);
  return std::ranges::any_of(calls_, [&](const auto &entry) { return entry.second->call_id() == call_id; });
}

void Calls::close(std::uint64_t number) {
  std::unique_ptr<Call> call;
  {
    const std::lock_guard lock(mu_);
    const auto found = calls_.find(number);
    if (found == calls_.end()) return;
    call = std::move(found->second);
    calls_.erase(found);
  }
  call->hang_up();
}

std::uint64_t Calls::describe(std::uint64_t number, char *buffer, std::uint64_t capacity) {
  const std::lock_guard lock(mu_);
  const auto found = calls_.find(number);
  return found == calls_.end() ? 0 : found->second->text_for_people().copy(buffer, capacity);
}
