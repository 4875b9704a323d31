#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "re_memory.hpp"
#include "tidegate/host.hpp"

class Call;
struct Replaces;

/// RTCMEDSRV: takes SIP calls, one session for each dialog. Signalling only: the answer says that no media flows.
///
/// An INVITE asks for admission; BYE, CANCEL, a timeout or an error releases. A re-INVITE is work inside its call, and so is an
/// INVITE with Replaces; both go on while the service drains. While it is not Running, new INVITEs and OPTIONS from outside a
/// call get 503 with Retry-After. Threads: libre's loop, but for describe().
class Calls {
 public:
  /// Adds the service. `ring`: how long a call rings before it is answered.
  Calls(tidegate::Host &host, const sa &address, std::chrono::milliseconds ring, std::uint64_t max_calls,
        const std::string &redirect);
  ~Calls();
  Calls(const Calls &) = delete;
  Calls &operator=(const Calls &) = delete;

  const tidegate::Service &service() const { return service_; }

  /// Opens the SIP ports. Throws std::runtime_error when the address cannot be used.
  void listen();

  /// Ends SIP: hangs up calls that are left, lets transactions under way finish, then calls `done`.
  void shut_down(void (*done)(void *), void *arg);

 private:
  friend class Call;

  void invite(const sip_msg &msg);
  void replace(const sip_msg &msg, Replaces &replaces);
  tidegate::Admitted admit(const sip_msg &msg, std::uint32_t kind, tg_ticket parent);
  std::unique_ptr<Call> begin(const sip_msg &msg, tidegate::Ticket ticket, std::chrono::milliseconds ring);
  Call *find(const sip_msg &dialog);
  tg_verdict verdict_now();
  bool request(const sip_msg &msg);
  void refuse(const sip_msg &msg, const tg_verdict &verdict);
  void answer_options(const sip_msg &msg);
  void end(std::uint64_t number);
  bool has_call(const std::string &call_id);
  void close(std::uint64_t number);
  std::uint64_t describe(std::uint64_t number, char *buffer, std::uint64_t capacity);

  tidegate::Service service_;
  const sa address_;
  const std::chrono::milliseconds ring_;
  Re<sip> sip_;
  Re<sip_lsnr> listener_;
  Re<sipsess_sock> sessions_;
  std::uint64_t last_number_ = 0;
  std::mutex mu_;                                         // describe() runs on threads of the library
  std::map<std::uint64_t, std::unique_ptr<Call>> calls_;  // guarded by mu_; by number, the session's tag
  void (*done_)(void *) = nullptr;
  void *done_arg_ = nullptr;
};
