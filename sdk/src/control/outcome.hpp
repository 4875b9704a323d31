#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tidegate/host.hpp"

namespace tidegate::control {

using Json = nlohmann::ordered_json;

/// The outcome of a request for one service, derived from its events: whether the awaited moment has come, which actor or cause ended the
/// wait otherwise, and the fate of the sessions that were inside. Threads: one at a time.
class Outcome {
 public:
  /// `until`: TG_UNTIL_*. `after`: the number of the last event before the request. If a drain is in progress, its earlier events are read
  /// from the log.
  Outcome(const HostView &host, const Service &service, std::uint32_t until, std::uint64_t after);

  const std::string &name() const { return name_; }

  /// Takes the next event of the host.
  void take(const tg_event &event);
  /// Reads whether the service has reached the moment. Call it before the events are read for take(): then the log already has the event
  /// of the state that look() saw.
  void look();
  /// Settles the outcome by the last look(), if no event has: the service may have reached the moment before event `after`.
  void take_look();
  bool settled() const { return result_ != 0; }
  /// Returns 1: the moment has come; TG_E_ENDED: it can no longer come; 0: neither.
  tg_result result() const { return result_; }
  /// Ends the wait for this service: the change does not concern it as it is down or paused, or other actors still hold it.
  void pass_over(const char *why);
  bool passed_over() const { return !passed_over_.empty(); }

  /// Returns one sentence: the result, the number of sessions that left by themselves and of those told to close, and the actor that ended
  /// the wait.
  std::string sentence() const;
  Json to_json() const;

 private:
  void take_figures(const tg_event &event);
  void end(const tg_event &event);
  std::string figures() const;
  std::string ended_otherwise() const;
  std::uint64_t left() const;
  std::string sessions(std::uint64_t count) const;

  HostView host_;
  Service service_;
  std::string name_;
  std::string noun_;  // for its sessions, such as "calls"
  std::uint32_t until_;
  std::uint64_t seen_;       // the number of the last event taken
  bool complete_ = true;     // the log has lost no event before it was taken
  bool drained_ = false;     // a drain was begun, or is joined
  bool joined_ = false;      // that drain was in progress before the request
  std::string begun_by_;     // the actor of that drain
  std::uint64_t begun_ = 0;  // sessions in progress when it began
  std::uint64_t told_ = 0;   // sessions that were told to close
  bool at_deadline_ = false;
  std::uint32_t before_ = 0;  // the event that caused a resume: TG_EVENT_DEADLINE_RESUME, TG_EVENT_HOLD_EXPIRED; 0: none
  std::string before_by_;

  tg_result seen_result_ = 0;  // by the last look
  tg_result result_ = 0;
  std::uint32_t ended_by_ = 0;  // TG_EVENT_*
  std::uint64_t live_ = 0;      // sessions inside when it ended
  std::string by_, reason_, text_, passed_over_;
};

}  // namespace tidegate::control
