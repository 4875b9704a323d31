#include "control/outcome.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tidegate/label.h"

namespace tidegate::control {
namespace {

/// "op1 (incident 4711)"
std::string who(const std::string &actor, const std::string &reason) {
  const std::string name = actor.empty() ? "somebody who gave no name" : actor;
  return reason.empty() ? name : name + " (" + reason + ")";
}

bool is_draining(const tg_service_info &info) {
  return info.phase == TG_PHASE_ANNOUNCING || info.phase == TG_PHASE_DRAINING || info.phase == TG_PHASE_CLOSING ||
         info.phase == TG_PHASE_DRAINED;
}

/// Returns the noun for the sessions of a service: "calls" if its activity is "Concurrent Calls".
std::string noun_of(const tg_service_info &info) {
  const std::string_view activity = view(info.activity);
  std::string noun(activity.substr(activity.rfind(' ') + 1));
  for (char &c : noun)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return noun.empty() ? "sessions" : noun;
}

}  // namespace

Outcome::Outcome(const HostView &host, const Service &service, std::uint32_t until, std::uint64_t after)
    : host_(host), service_(service), name_(service.name()), noun_(noun_of(service.info())), until_(until), seen_(after) {
  const tg_service_info info = service.info();
  if (!is_draining(info)) return;
  host.events(0, [&](const tg_event &event) {
    if (event.sequence <= after && view(event.service) == name_ && event.epoch == info.epoch) take_figures(event);
  });
  joined_ = drained_ = drained_ || info.at_drain != 0;
  begun_ = info.at_drain;
}

void Outcome::take_figures(const tg_event &event) {
  switch (event.number) {
    case TG_EVENT_DRAIN_STARTED:
      drained_ = true;
      joined_ = at_deadline_ = false;
      begun_ = event.count;
      told_ = 0;
      begun_by_ = view(event.actor);
      break;
    case TG_EVENT_DEADLINE: at_deadline_ = true; break;
    case TG_EVENT_FORCED:
    case TG_EVENT_STOPPED_EARLY: told_ = std::max(told_, event.count); break;
    case TG_EVENT_DEADLINE_RESUME:
    case TG_EVENT_HOLD_EXPIRED:
      before_ = event.number;
      before_by_ = view(event.actor);
      break;
    default: break;
  }
}

void Outcome::take(const tg_event &event) {
  if (event.sequence <= seen_) return;
  complete_ = complete_ && event.sequence == seen_ + 1;
  seen_ = event.sequence;
  if (settled() || view(event.service) != name_) return;
  take_figures(event);
  result_ = tg_event_settles(&event, until_);
  if (settled()) end(event);
}

void Outcome::end(const tg_event &event) {
  ended_by_ = event.number;
  live_ = event.live;
  by_ = view(event.actor);
  reason_ = view(event.reason);
  text_ = view(event.text);
}

void Outcome::look() {
  seen_result_ = 0;
  if (settled()) return;
  try {
    if (service_.wait(until_, Duration(0))) seen_result_ = 1;
  } catch (const Error &error) {
    if (error.code() != TG_E_ENDED) throw;
    seen_result_ = TG_E_ENDED;
  }
}

void Outcome::take_look() {
  if (settled() || seen_result_ == 0) return;
  result_ = seen_result_;
  const tg_service_info info = service_.info();
  text_ = "it is " + std::string(view(tg_status_label(info.status)));
  live_ = info.sessions + info.children + info.entries;
}

std::string Outcome::sessions(std::uint64_t count) const {
  const bool one = count == 1 && noun_.size() > 1 && noun_.back() == 's';
  return std::to_string(count) + " " + (one ? noun_.substr(0, noun_.size() - 1) : noun_);
}

void Outcome::pass_over(const char *why) { passed_over_ = why; }

std::uint64_t Outcome::left() const {
  const std::uint64_t others = told_ + (result_ < 0 ? live_ : 0);
  return begun_ > others ? begun_ - others : 0;
}

std::string Outcome::figures() const {
  if (!drained_ || until_ == TG_UNTIL_RUNNING) return {};
  if (!complete_) return "; what became of its sessions is no longer known: too many events have come since";
  const std::uint64_t all = std::max(begun_, told_);
  if (all == 0) return "; it had no " + noun_;
  std::string out =
      "; " + std::to_string(left()) + " of " + sessions(all) + (all == 1 ? " left by itself" : " left by themselves");
  if (told_ != 0) out += ", " + std::to_string(told_) + (told_ == 1 ? " was told to close" : " were told to close");
  return out;
}

std::string Outcome::ended_otherwise() const {
  const std::string inside = sessions(live_);
  switch (ended_by_) {
    case TG_EVENT_RESUMING:
      if (before_ == TG_EVENT_DEADLINE_RESUME)
        return name_ + ": the drain was called off at its deadline, as asked, with " + inside +
               " left; new ones are admitted again";
      if (before_ == TG_EVENT_HOLD_EXPIRED)
        return name_ + ": the hold of " + who(before_by_, "") + " is over with " + inside +
               " left; new ones are admitted again";
      return name_ + " was resumed by " + who(by_, reason_) + " with " + inside + " left";
    case TG_EVENT_STARTED_PAUSED:
    case TG_EVENT_RECOVERED: return name_ + " has started and stays Paused";
    case TG_EVENT_START_FAILED: return name_ + " could not be started: " + text_;
    case TG_EVENT_NOT_CLOSED: return name_ + " is Failed: " + inside + " did not go within the kill grace";
    case TG_EVENT_STOPPED_EARLY: return name_ + " is stopped by " + who(by_, reason_) + " before it was drained";
    case TG_EVENT_STOPPED: return name_ + " was stopped by " + who(by_, reason_) + " with " + inside + " left";
    default: return name_ + ": " + text_ + ", so what was asked for can no longer come";
  }
}

std::string Outcome::sentence() const {
  if (!passed_over_.empty()) return name_ + " " + passed_over_;
  if (result_ < 0)
    return ended_otherwise() + (ended_by_ == TG_EVENT_NOT_CLOSED || ended_by_ == TG_EVENT_STOPPED_EARLY ? figures() : "");
  const tg_service_info info = service_.info();
  const std::string status(view(tg_status_label(info.status))), phase(view(tg_phase_label(info.phase)));
  const std::string now = name_ + " " + status + (info.phase == TG_PHASE_NONE ? "" : " (" + phase + ")");
  if (result_ == 0)
    return name_ + " is not " + std::string(view(tg_until_label(until_))) + " yet: " + status +
           (info.phase == TG_PHASE_NONE ? "" : ", " + phase) + ", " +
           sessions(info.sessions + info.children + info.entries) + " left";
  return now + (at_deadline_ && told_ != 0 ? ", at the deadline" : "") + figures();
}

Json Outcome::to_json() const {
  const auto known = [&](std::uint64_t value) { return complete_ && drained_ ? Json(value) : Json(); };
  return {
      {"reached", result_ == 1},
      {"end", !passed_over_.empty() ? "passed-over"
              : result_ == 1        ? "reached"
              : result_ < 0         ? "ended-otherwise"
                                    : "not-yet"},
      {"text", sentence()},
      {"event", ended_by_ != 0 ? Json(ended_by_) : Json()},
      {"by", by_},
      {"reason", reason_},
      {"in_progress", known(begun_)},
      {"left", known(left())},
      {"told_to_close", known(told_)},
      {"inside", live_},
      {"joined", joined_},
      {"begun_by", begun_by_},
  };
}

}  // namespace tidegate::control
