#include "calls.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "replaces.hpp"
#include "tidegate/label.h"
#include "tidegate/response.h"

namespace {

constexpr const char *kMethods = "INVITE, ACK, BYE, CANCEL, OPTIONS";

/// A call for help says so in its headers (RFC 3261 section 20.26): a drain lets it in where the operator chose that.
std::uint32_t class_of(const sip_msg &msg) {
  const sip_hdr *priority = sip_msg_hdr(&msg, SIP_HDR_PRIORITY);
  return priority != nullptr && pl_strcasecmp(&priority->val, "emergency") == 0 ? TG_CLASS_EMERGENCY : TG_CLASS_NORMAL;
}

std::string line_of(tg_str name, const std::string &value) {
  return std::string(tidegate::view(name)) + ": " + value + "\r\n";
}

/// A text as the inside of a quoted string (RFC 3261 section 25.1). A plugin or an operator may have written it.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') out += '\\';
    out += byte;
  }
  return out;
}

/// A refusal in SIP.
struct Refusal {
  std::uint16_t code = 0;
  std::string phrase;
  std::string headers;  // whole, to the empty line at their end
};

Refusal refusal_of(const tg_verdict &verdict) {
  tg_response response = TG_INIT(tg_response);
  tidegate::check(tg_verdict_response(&verdict, TG_PROTOCOL_SIP, &response));
  Refusal out{static_cast<std::uint16_t>(response.code), std::string(tidegate::view(response.phrase)), {}};
  if (response.retry_name.len != 0) out.headers += line_of(response.retry_name, std::to_string(response.retry_value));
  if (response.redirect_name.len != 0)
    out.headers += line_of(response.redirect_name, "<" + std::string(tidegate::view(response.redirect)) + ">");
  out.headers += "Reason: SIP ;cause=503 ;text=\"" + quoted(tidegate::view(verdict.text)) + "\"\r\nContent-Length: 0\r\n\r\n";
  return out;
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
    answered_ = at_once;
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

  /// Ends the call, as the service stops. The caller of a ringing call gets the refusal of a new call, so that a proxy tries another
  /// server: 486 would mean that the called person is busy, and 487 answers only a CANCEL (RFC 3261 section 21.4).
  void hang_up() {
    if (!answered_) {
      const Refusal refusal = refusal_of(owner_.verdict_now());
      sipsess_reject(session_.get(), refusal.code, refusal.phrase.c_str(), "%s", refusal.headers.c_str());
    } else {
      sipsess_set_close_headers(session_.get(), "Reason: SIP ;cause=503 ;text=\"service is being stopped\"\r\n");
    }
    session_.reset();  // says BYE
  }

  /// Ends the call, because another one has taken its place.
  void leave() { session_.reset(); }  // says BYE

  /// Whether it is the dialog that a Replaces header names.
  bool is(const sip_msg &dialog) const { return sip_dialog_cmp(sipsess_dialog(session_.get()), &dialog); }
  bool answered() const { return answered_; }
  std::uint64_t number() const { return number_; }
  const tidegate::Ticket &ticket() const { return ticket_; }

  /// Makes this call the session of `replaced`, which gets this one's ticket. The session goes on while its dialog changes: it is
  /// counted once, and a maximum of sessions is kept to.
  void take_session_of(Call &replaced) {
    std::swap(number_, replaced.number_);
    std::swap(ticket_, replaced.ticket_);
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
    call.answered_ = true;
    if (sipsess_answer(call.session_.get(), 200, "OK", call.answer_.get(), nullptr) != 0) call.owner_.end(call.number_);
  }

  Calls &owner_;
  std::uint64_t number_;  // the session's tag
  const std::string from_;
  const std::string call_id_;
  std::atomic<bool> established_{false};  // written by the loop, read by threads that list sessions
  bool answered_ = false;  // with 200; the ACK may be on its way
  tmr ringing_{};
  Re<mbuf> answer_;
  tidegate::Ticket ticket_;  // before the session: released once the session is gone
  Re<sipsess> session_;
};

Calls::Calls(tidegate::Host &host, const sa &address, std::chrono::milliseconds ring, std::uint64_t max_calls,
             const std::string &redirect)
    : address_(address), ring_(ring) {
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("RTCMEDSRV");
  options.activity = TG_STR("Concurrent Calls");
  options.max_sessions = max_calls;
  options.redirect = tidegate::str(redirect);
  options.user = this;
  // No notice: SIP has no request inside a call that asks people to come to an end.
  options.close = [](void *user, tg_ticket, std::uint64_t tag) { static_cast<Calls *>(user)->close(tag); };
  options.describe = [](void *user, tg_ticket, std::uint64_t tag, char *buffer, std::uint64_t capacity) {
    return static_cast<Calls *>(user)->describe(tag, buffer, capacity);
  };
  service_ = host.add_service(options);
}

void Calls::listen() {
  int error = out(sip_, [&](sip **s) {
    return sip_alloc(
        s, nullptr, 1024, 1024, 1024, "Tidegate mediation sample",
        [](void *arg) {
          auto &calls = *static_cast<Calls *>(arg);
          if (calls.done_ != nullptr) calls.done_(calls.done_arg_);
        },
        this);
  });
  if (!error) error = sip_transp_add(sip_.get(), SIP_TRANSP_UDP, &address_);
  if (!error) error = sip_transp_add(sip_.get(), SIP_TRANSP_TCP, &address_);
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
  if (error) throw std::runtime_error("SIP port " + std::to_string(sa_port(&address_)) + ": " + std::strerror(error));
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
  const auto left = [this] {  // by a stop that waits for nothing
    const std::lock_guard lock(mu_);
    return std::exchange(calls_, {});
  }();
  for (const auto &[number, call] : left) call->hang_up();
  sip_close(sip_.get(), false);
}

void Calls::invite(const sip_msg &msg) {
  Replaces replaces;
  if (read_replaces(msg, replaces)) return replace(msg, replaces);
  tidegate::Admitted admitted = admit(msg, TG_KIND_NEW, 0);
  if (!admitted) return refuse(msg, admitted.verdict);
  const std::uint64_t number = last_number_;
  auto call = begin(msg, std::move(admitted.ticket), ring_);
  if (call == nullptr) return;
  const std::lock_guard lock(mu_);
  calls_.emplace(number, std::move(call));
}

/// A transfer: the new call takes the place of a live one (RFC 3891), so that it is work inside that one's session, which goes on
/// while the service drains. A dialog that is not known, or that rings here still, is 481 (section 3).
void Calls::replace(const sip_msg &msg, Replaces &replaces) {
  Call *const live = replaces.code == 0 ? find(replaces.dialog) : nullptr;
  if (replaces.code == 0 && (live == nullptr || !live->answered())) {
    replaces.code = 481;
    replaces.phrase = "Call Does Not Exist";
  } else if (replaces.code == 0 && replaces.early_only) {
    replaces.code = 486;
    replaces.phrase = "Busy Here";
  }
  if (replaces.code != 0) {
    sip_treply(nullptr, sip_.get(), &msg, replaces.code, replaces.phrase);
    return;
  }
  tidegate::Admitted admitted = admit(msg, TG_KIND_CHILD, live->ticket().id());
  if (!admitted) return refuse(msg, admitted.verdict);
  auto call = begin(msg, std::move(admitted.ticket), std::chrono::milliseconds(0));  // the people have talked before
  if (call == nullptr) return;
  {
    const std::lock_guard lock(mu_);
    call->take_session_of(*live);
    calls_[call->number()].swap(call);
  }
  call->leave();
}

tidegate::Admitted Calls::admit(const sip_msg &msg, std::uint32_t kind, tg_ticket parent) {
  tg_request request = TG_INIT(tg_request);
  request.kind = kind;
  request.parent = parent;
  request.tag = ++last_number_;
  request.peer = to_address(msg.src);
  request.session_class = class_of(msg);
  return service_.admit(request);
}

/// Answers the INVITE of an admitted call. Returns: the call, or nullptr after an error response to a malformed INVITE. The ticket is
/// released with the call.
std::unique_ptr<Call> Calls::begin(const sip_msg &msg, tidegate::Ticket ticket, std::chrono::milliseconds ring) {
  auto call = std::make_unique<Call>(*this, last_number_, msg, std::move(ticket));
  const int error = call->answer(msg, ring);
  if (error == 0) return call;
  // An SDP that we cannot read, or nothing in common.
  sip_treply(nullptr, sip_.get(), &msg, error == ENOMEM ? 500 : 488,
             error == ENOMEM ? "Server Internal Error" : "Not Acceptable Here");
  return nullptr;
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
                "Allow: %s\r\nSupported: replaces\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n", kMethods);
    return;
  }
  // As an INVITE would be answered now (RFC 3261 section 11.2).
  refuse(msg, verdict_now());
}

/// Returns the verdict for a call that would come now, while the service refuses calls. It counts as a refused call.
tg_verdict Calls::verdict_now() {
  tg_verdict announcing = TG_INIT(tg_verdict);
  announcing.code = TG_VERDICT_REFUSED;
  announcing.reason = TG_REASON_PAUSED;
  announcing.text = tg_reason_label(TG_REASON_PAUSED);
  announcing.retry_after_ns = (24'000 + rand_u32() % 12'000) * 1'000'000ULL;  // 30 s, spread as the library does
  // Calls that come all the same are taken while a drain is announced: asking would be one of them, and put the drain off.
  if (service_.info().phase == TG_PHASE_ANNOUNCING) return announcing;
  const tidegate::Admitted asked = service_.admit();
  return asked ? announcing : asked.verdict;
}

void Calls::refuse(const sip_msg &msg, const tg_verdict &verdict) {
  const Refusal refusal = refusal_of(verdict);
  sip_treplyf(nullptr, nullptr, sip_.get(), &msg, false, refusal.code, refusal.phrase.c_str(), "%s", refusal.headers.c_str());
}

/// Returns: the call whose dialog it is, or nullptr.
Call *Calls::find(const sip_msg &dialog) {
  const std::lock_guard lock(mu_);
  const auto found = std::ranges::find_if(calls_, [&](const auto &entry) { return entry.second->is(dialog); });
  return found == calls_.end() ? nullptr : found->second.get();
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
