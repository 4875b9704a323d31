#include "events/event_text.hpp"

#include <spdlog/fmt/fmt.h>

#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/vocabulary.hpp"

namespace tidegate::sdk {
namespace {

/// Writes a JSON object of texts and numbers. The destructor of a nlohmann::json object needs memory, and without memory it ends the
/// process; the destructor of a text needs none.
class ObjectText {
 public:
  void text(const char *key, std::string_view value) {
    using Json = nlohmann::json;
    add(key, Json(value).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  void number(const char *key, std::uint64_t value) { add(key, fmt::format("{}", value)); }
  std::string whole() const { return out_ + "}"; }

 private:
  void add(const char *key, const std::string &value) {
    out_ += out_.empty() ? "{\"" : ",\"";
    out_ += key;
    out_ += "\":";
    out_ += value;
  }

  std::string out_;
};

const char *plural(std::uint64_t count) { return count == 1 ? "" : "s"; }

/// Writes the text behind the label; empty for an event whose label is enough.
void details(const Event &event, char *out, std::size_t size) {
  const std::uint64_t live = event.live, count = event.count;
  out[0] = '\0';
  switch (event.number) {
    case TG_EVENT_STOPPED: std::snprintf(out, size, ": %" PRIu64 " session%s left", live, plural(live)); break;
    case TG_EVENT_DRAIN_STARTED:
      std::snprintf(out, size, ": %" PRIu64 " session%s in progress", count, plural(count));
      break;
    case TG_EVENT_DRAINED: std::snprintf(out, size, ": the last session has left"); break;
    case TG_EVENT_HOLD_EXPIRED:
    case TG_EVENT_HOLD_LIFTED:
      if (count == 0)
        std::snprintf(out, size, ": no actor holds it now");
      else
        std::snprintf(out, size, ": %" PRIu64 " other actor%s hold%s it", count, plural(count), count == 1 ? "s" : "");
      break;
    case TG_EVENT_HOLDS_OVERRIDDEN: std::snprintf(out, size, ": %" PRIu64 " hold%s", count, plural(count)); break;
    case TG_EVENT_STALLED: std::snprintf(out, size, ": %" PRIu64 " session%s left", count, plural(count)); break;
    case TG_EVENT_JOURNAL_CUT:
      std::snprintf(out, size, ": %" PRIu64 " byte%s cut off, the file is kept as journal.damaged", count, plural(count));
      break;
    case TG_EVENT_NOTICED:
    case TG_EVENT_DEADLINE_WAIT:
    case TG_EVENT_DEADLINE:
    case TG_EVENT_FORCED:
    case TG_EVENT_STOPPED_EARLY:
    case TG_EVENT_ALL_CLOSED: std::snprintf(out, size, ": %" PRIu64 " session%s", count, plural(count)); break;
    case TG_EVENT_NOT_CLOSED:
      std::snprintf(out, size, ": %" PRIu64 " session%s left after the kill grace", live, plural(live));
      break;
    case TG_EVENT_LOG_LOST: std::snprintf(out, size, ": %" PRIu64 " line%s", count, plural(count)); break;
    case TG_EVENT_REFUSALS: std::snprintf(out, size, ": %" PRIu64, count); break;
    case TG_EVENT_STALE_RELEASE:
      std::snprintf(out, size, ": %" PRIu64 " ticket%s or leave%s that nothing live belongs to", count, plural(count),
                    plural(count));
      break;
    default: break;
  }
}

}  // namespace

void describe(Event &event, std::string_view added) {
  const Word &word = event_word(event.number);
  event.severity = word.severity;
  char more[128], text[256];
  details(event, more, sizeof more);
  std::snprintf(text, sizeof text, "%.*s%s%.*s", static_cast<int>(word.label.size()), word.label.data(), more,
                static_cast<int>(added.size()), added.data());
  event.text.assign(text);
}

Event events_lost(std::string_view taker, std::uint64_t count) {
  Event event;
  event.number = TG_EVENT_EVENTS_LOST;
  event.severity = event_word(event.number).severity;
  event.count = count;
  char text[256];
  std::snprintf(text, sizeof text, "%" PRIu64 " event%s did not reach %.*s, which was too slow", count, plural(count),
                static_cast<int>(taker.size()), taker.data());
  event.text.assign(text);
  return event;
}

std::string utc(std::int64_t unix_ns) {
  constexpr auto kNs = static_cast<std::int64_t>(kSecond);
  const auto seconds = static_cast<std::time_t>(unix_ns / kNs);
  std::tm broken{};
  gmtime_r(&seconds, &broken);
  char day[32];
  const std::size_t length = std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &broken);
  return fmt::format("{}.{:03}Z", std::string_view(day, length), unix_ns % kNs / 1'000'000);
}

std::string event_line(const tg_event &event) {
  std::string line = fmt::format("{} {:<7} {} {}", utc(event.unix_ns), severity_word(event.severity).label, event.number,
                                 event.service.len != 0 ? view(event.service) : std::string_view("-"));
  fmt::format_to(std::back_inserter(line), " {}", view(event.text));
  if (event.actor.len != 0) fmt::format_to(std::back_inserter(line), " [by {}]", view(event.actor));
  if (event.reason.len != 0) fmt::format_to(std::back_inserter(line), " [{}]", view(event.reason));
  if (event.peer_pid != 0) fmt::format_to(std::back_inserter(line), " [uid {}, process {}]", event.peer_uid, event.peer_pid);
  // A reason must not look like a line of its own.
  for (char &c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

std::string event_json(const tg_event &event) {
  ObjectText json;
  json.number("sequence", event.sequence);
  json.text("boot_id", fmt::format("{:016x}", event.boot_id));
  json.text("time", utc(event.unix_ns));
  json.number("number", event.number);
  json.text("label", event_word(event.number).label);
  json.text("severity", severity_word(event.severity).label);
  json.text("service", view(event.service));
  json.text("status", event.status != 0 ? status_word(event.status).label : std::string_view());
  json.text("phase", phase_word(event.phase).label);
  json.number("epoch", event.epoch);
  json.number("live", event.live);
  json.number("count", event.count);
  json.text("actor", view(event.actor));
  json.text("reason", view(event.reason));
  json.text("text", view(event.text));
  if (event.peer_pid != 0) {
    json.number("peer_uid", event.peer_uid);
    json.number("peer_pid", event.peer_pid);
  }
  return json.whole();
}

std::int64_t format_event(const tg_event &event, std::uint32_t format, char *buffer, std::uint64_t capacity) {
  if (format != TG_FORMAT_TEXT && format != TG_FORMAT_JSON) return TG_E_INVALID;
  const std::string text = format == TG_FORMAT_JSON ? event_json(event) : event_line(event);
  if (buffer != nullptr) text.copy(buffer, static_cast<std::size_t>(capacity));
  return static_cast<std::int64_t>(text.size());
}

std::string log_json(std::uint32_t severity, std::string_view source, std::string_view text, std::int64_t unix_ns) {
  ObjectText json;
  json.text("time", utc(unix_ns));
  json.text("severity", severity_word(severity).label);
  json.text("source", source);
  json.text("text", text);
  return json.whole();
}

}  // namespace tidegate::sdk
