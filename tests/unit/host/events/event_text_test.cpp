#include "events/event_text.hpp"

#include <algorithm>

#include "loop/clock.hpp"
#include "tidegate/vocabulary/severity.h"

namespace tidegate::sdk {
namespace {

Event drained() {
  Event event;
  event.sequence = 7;
  event.number = TG_EVENT_DRAIN_STARTED;
  event.status = TG_STATUS_PAUSED;
  event.phase = TG_PHASE_DRAINING;
  event.count = 40;
  event.unix_ns = 1'700'000'000'123'000'000;
  event.service.assign("CALLS");
  event.action.actor.assign("ann");
  event.action.reason.assign("patch\nday");
  describe(event);
  return event;
}

TEST(EventText, Line_IsForPeopleAndOneLine) {
  const Event event = drained();
  EXPECT_EQ(event_line(to_abi(event)),
            "2023-11-14T22:13:20.123Z info    25049 CALLS draining started: 40 sessions in progress [by ann] [patch day]");
}

TEST(EventText, Json_IsOneLineWithEveryField) {
  const Event event = drained();
  EXPECT_EQ(
      event_json(to_abi(event)),
      R"({"sequence":7,"boot_id":"0000000000000000","time":"2023-11-14T22:13:20.123Z","number":25049,)"
      R"("label":"draining started","severity":"info","service":"CALLS","status":"Paused","phase":"draining",)"
      R"("epoch":0,"live":0,"count":40,"actor":"ann","reason":"patch\nday","text":"draining started: 40 sessions in progress"})");
}

TEST(EventText, Json_OfBytesThatAreNotUtf8_IsStillJson) {
  Event event = drained();
  event.action.reason.assign("\xff\xfe\"\\");
  const std::string json = event_json(to_abi(event));
  EXPECT_EQ(std::ranges::count(json, '\n'), 0);
  EXPECT_NE(json.find(R"(\"\\)"), std::string::npos);
  EXPECT_EQ(json.find('\xff'), std::string::npos);
}

TEST(EventText, Format_NeverWritesPastItsBuffer) {
  const Event event = drained();
  const tg_event shown = to_abi(event);
  char buffer[8] = "zzzzzzz";
  EXPECT_GT(format_event(shown, TG_FORMAT_TEXT, buffer, 4), 4);
  EXPECT_EQ(std::string_view(buffer, 7), "2023zzz");
  EXPECT_EQ(format_event(shown, TG_FORMAT_OFF, buffer, 4), TG_E_INVALID);
}

}  // namespace
}  // namespace tidegate::sdk
