// Service: the texts of its events, completed from its state. An event needs no memory, so neither do these.
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "core/vocabulary.hpp"
#include "service/service.hpp"

namespace tidegate::sdk {
namespace {

/// Appends to a text of fixed size; the part that does not fit is left out.
class Sentence {
 public:
  template <class First, class... Rest>
  void add(const char *format, First first, Rest... rest) {
    if (length_ >= sizeof text_) return;
    const int wrote = std::snprintf(text_ + length_, sizeof text_ - length_, format, first, rest...);
    if (wrote > 0) length_ += static_cast<std::size_t>(wrote);
  }
  void add(std::string_view text) { add("%.*s", static_cast<int>(text.size()), text.data()); }
  std::string_view view() const { return {text_, length_ < sizeof text_ ? length_ : sizeof text_ - 1}; }

 private:
  char text_[kReasonBytes + 1] = {};
  std::size_t length_ = 0;
};

/// "5 min", "1 h 30 min", "2.5 s": as the command shows it.
void add_duration(Sentence &to, Nanos time) {
  const std::uint64_t tenths = time / (kSecond / 10), seconds = time / kSecond, minutes = seconds / 60;
  if (seconds < 10 && tenths % 10 != 0)
    to.add("%" PRIu64 ".%" PRIu64 " s", seconds, tenths % 10);
  else if (minutes == 0)
    to.add("%" PRIu64 " s", seconds);
  else if (minutes < 60)
    to.add(seconds % 60 == 0 ? "%" PRIu64 " min" : "%" PRIu64 " min %" PRIu64 " s", minutes, seconds % 60);
  else
    to.add(minutes % 60 == 0 ? "%" PRIu64 " h" : "%" PRIu64 " h %" PRIu64 " min", minutes / 60, minutes % 60);
}

/// "until resumed", "until 2026-11-28 18:52:00 UTC", "until it is started again".
void add_end_of(Sentence &to, const Hold &hold) {
  if (hold.lasts == TG_HOLD_UNTIL_RESUME) return to.add("until resumed");
  if (hold.lasts == TG_HOLD_UNTIL_RESTART) return to.add("until it is started again");
  const auto seconds = static_cast<std::time_t>(hold.expires_unix / static_cast<std::int64_t>(kSecond));
  std::tm broken{};
  char moment[40];
  gmtime_r(&seconds, &broken);
  std::strftime(moment, sizeof moment, "until %Y-%m-%d %H:%M:%S UTC", &broken);
  to.add(moment);
}

/// "held by op1 (line test), op2".
void add_holders(Sentence &to, const Holds &holds) {
  std::string_view before = ": held by ";
  for (const Hold &hold : holds) {
    to.add(before);
    to.add(hold.action.actor.view());
    if (!hold.action.reason.empty()) {
      to.add(" (");
      to.add(hold.action.reason.view());
      to.add(")");
    }
    before = ", ";
  }
}

void add_deadline(Sentence &to, Nanos deadline, std::uint32_t policy, Nanos now) {
  if (deadline == kNever) return to.add(": no deadline");
  to.add(": deadline in ");
  add_duration(to, until(deadline, now));
  to.add(", then ");
  to.add(deadline_word(policy).label);
}

}  // namespace

FixedText<kReasonBytes> Service::details_of(std::uint32_t number, const Action &action) const {
  Sentence out;
  switch (number) {
    case TG_EVENT_STALLED: return oldest_;
    case TG_EVENT_START_FAILED: return start_failure_;
    case TG_EVENT_HOLD_PLACED:
      if (const Hold *hold = state_.holds.find(action.actor.view())) {
        out.add(" ");
        add_end_of(out, *hold);
        out.add(state_.holds.size() == 1 ? "; 1 actor holds it" : "; %zu actors hold it", state_.holds.size());
      }
      break;
    case TG_EVENT_RECOVERED:
    case TG_EVENT_STARTED_PAUSED: add_holders(out, state_.holds); break;
    case TG_EVENT_DRAIN_MERGED:
    case TG_EVENT_DRAIN_REPLACED: add_deadline(out, state_.deadline, state_.at_deadline, shared_.clock.monotonic()); break;
    default: break;
  }
  return FixedText<kReasonBytes>(out.view());
}

}  // namespace tidegate::sdk
