#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/jobs.hpp"
#include "control/outcome.hpp"
#include "control/peer.hpp"
#include "tidegate/host.hpp"

namespace tidegate::control {

/// A request whose answer is held: until a job is done, an event comes, or services reach a moment.
struct Held {
  Peer peer;                                     ///< the requesting process
  std::function<nlohmann::ordered_json()> work;  ///< the part of a verb that a job carries out, as it may wait for a disk or a plugin
  std::function<std::optional<std::string>(Held &)> then;  ///< after the job, on the server's thread; empty: the job has the answer
  bool of_a_plugin = false;                                ///< the job runs code of a plugin
  std::shared_ptr<const Job> job;
  bool for_events = false;
  std::vector<Outcome> waits;                      ///< the awaited outcome of each service
  std::shared_ptr<nlohmann::ordered_json> answer;  ///< the answer to a change so far; null: the request is a wait for one service
  Selection which;                                 ///< of a change
  bool single = false;                             ///< a change of one service that was named
  std::uint64_t after = 0;                         ///< events up to this number have been seen
  std::uint32_t limit = 0;
  std::uint64_t deadline = TG_FOREVER;  ///< monotonic ns
};

/// Carries out the requests of the control socket, each one JSON object a line; sdk/src/control/README.md lists them. The class uses only
/// the C ABI, so that any other program could serve the socket too. Threads: one at a time.
class Requests {
 public:
  /// `jobs` carry out requests that may take long.
  Requests(tg_host *host, Jobs &jobs) : host_(host), jobs_(jobs) {}

  /// Carries out a request. Returns: its answer without a line end, or nothing when the request is held in `held`.
  /// `peer`: the requesting process as the kernel reports it, beside the actor in the request.
  std::optional<std::string> handle(const std::string &line, Held &held, const Peer &peer) const;

  /// Looks at a held request again. Returns: its answer, or nothing while the request stays held.
  /// `ending`: the control server ends, and this is the last look.
  std::optional<std::string> recheck(Held &held, std::uint64_t now, bool ending = false) const;

 private:
  tg_host *host_;
  Jobs &jobs_;
};

/// The monotonic clock, ns.
std::uint64_t monotonic_now();

}  // namespace tidegate::control
