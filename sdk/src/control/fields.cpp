#include "control/fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tidegate/label.h"
#include "tidegate/vocabulary/until.h"

namespace tidegate::control {
namespace {

/// Returns the number of the field's label, or `otherwise` when the field is missing.
template <class Label>
std::uint32_t word(const Json &request, const char *key, Label label, std::uint32_t count, std::uint32_t otherwise) {
  const std::string given = text(request, key);
  if (given.empty()) return otherwise;
  std::string all;
  for (std::uint32_t number = 0; number < count; ++number) {
    if (view(label(number)) == given) return number;
    all += (all.empty() ? "" : ", ") + std::string(view(label(number)));
  }
  bad(std::string("\"") + key + "\" must be one of " + all);
}

Duration duration(const Json &request, const char *key) {
  const std::uint64_t ns = number(request, key, 0);
  if (ns == TG_OFF) return kOff;
  if (ns > static_cast<std::uint64_t>(Duration::max().count())) bad(std::string("\"") + key + "\" is too large");
  return Duration(static_cast<Duration::rep>(ns));
}

/// Throws Error for an option that only adds to another option which is missing: it would silently have no effect.
void check_whole(const Json &request) {
  const auto says = [&](const char *key) { return says_something(request.value(key, Json())); };
  for (const char *key : {"announce_min_ns", "announce_max_ns", "quiet_ns"})
    if (says(key) && !flag(request, "announce")) bad(std::string("\"") + key + "\" goes with \"announce\": true");
  // "force" is 0, like a missing field: without a deadline it could not replace the default policy of the service.
  if (says("at_deadline") && !says("deadline_ns")) bad("\"at_deadline\" goes with \"deadline_ns\": say when that is");
}

}  // namespace

void bad(const std::string &sentence) { throw Error(TG_E_INVALID, sentence); }

std::string text(const Json &request, const char *key) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return {};
  if (!found->is_string()) bad(std::string("\"") + key + "\" must be a string");
  return found->get<std::string>();
}

std::string needed_text(const Json &request, const char *key) {
  std::string value = text(request, key);
  if (value.empty()) bad(std::string("\"") + key + "\" is missing");
  return value;
}

std::vector<std::string> texts(const Json &request, const char *key) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return {};
  const auto is_text = [](const Json &item) { return item.is_string(); };
  if (!found->is_array() || !std::ranges::all_of(*found, is_text))
    bad(std::string("\"") + key + "\" must be a list of strings");
  return found->get<std::vector<std::string>>();
}

std::uint64_t number(const Json &request, const char *key, std::uint64_t otherwise) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return otherwise;
  if (!found->is_number_unsigned()) bad(std::string("\"") + key + "\" must be a whole number, not negative");
  return found->get<std::uint64_t>();
}

bool flag(const Json &request, const char *key) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return false;
  if (!found->is_boolean()) bad(std::string("\"") + key + "\" must be true or false");
  return found->get<bool>();
}

bool says_something(const Json &value) {
  return !value.is_null() && value != Json(false) && value != Json(0) && value != Json("");
}

std::uint32_t limit(const Json &request, std::uint32_t otherwise, std::uint32_t most) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number(request, "limit", otherwise), 1, most));
}

std::uint32_t until(const std::string &label) {
  for (std::uint32_t number = TG_UNTIL_DRAINED; number <= TG_UNTIL_RUNNING; ++number)
    if (view(tg_until_label(number)) == label) return number;
  bad("\"until\" must be one of drained, stopped, running");
}

Asked::Asked(const Json &request, const Peer &peer)
    : actor(text(request, "actor")), reason(text(request, "reason")), redirect(text(request, "redirect")), peer(peer) {}

DrainOptions Asked::drain_options(const Json &request) const {
  check_whole(request);
  DrainOptions options;
  options.action = action();
  options.redirect = redirect;
  options.deadline = duration(request, "deadline_ns");
  options.kill_grace = duration(request, "kill_grace_ns");
  options.at_deadline = word(request, "at_deadline", tg_deadline_label, TG_DEADLINE_STOP + 1, TG_DEADLINE_FORCE);
  options.hold = word(request, "hold", tg_hold_label, TG_HOLD_NONE + 1, TG_HOLD_UNTIL_RESUME);
  options.hold_until = Time(duration(request, "hold_until_unix_ns"));
  options.announce_min = duration(request, "announce_min_ns");
  options.announce_max = duration(request, "announce_max_ns");
  options.quiet = duration(request, "quiet_ns");
  options.notice_window = duration(request, "notice_window_ns");
  if (flag(request, "replace")) options.flags |= TG_DRAIN_REPLACE;
  if (flag(request, "announce")) options.flags |= TG_DRAIN_ANNOUNCE;
  if (flag(request, "affinity")) options.flags |= TG_DRAIN_AFFINITY;
  if (flag(request, "emergency")) options.flags |= TG_DRAIN_EMERGENCY;
  return options;
}

Selection selection(const Json &request) {
  Selection out{texts(request, "services"), texts(request, "except")};
  if (const std::string one = text(request, "service"); !one.empty()) out.names.push_back(one);
  if (flag(request, "all") != out.names.empty()) bad("name the services, or say \"all\": true, and not both");
  // A service that is both named and excepted is a mistake, as the intention is unknown.
  if (!out.except.empty() && !out.names.empty())
    bad("\"except\" goes with \"all\": true; of services that are named, name only those that are meant");
  return out;
}

}  // namespace tidegate::control
