#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"
#include "tidegate/event.h"

namespace tidegate::sdk {

/// Fills in severity and sentence of an event from its number and figures; `more` goes at its end. Needs no memory.
void describe(Event &event, std::string_view more = {});

/// A 25151 for `taker`, which missed `count` events.
Event events_lost(std::string_view taker, std::uint64_t count);

/// A line for people: time, severity, number, service, sentence, who and why.
std::string event_line(const tg_event &event);

/// The same as one JSON object without a line end. Text that is not UTF-8 is shown with replacement characters.
std::string event_json(const tg_event &event);

/// Either, into a buffer; see tg_event_format().
std::int64_t format_event(const tg_event &event, std::uint32_t format, char *buffer, std::uint64_t capacity);

/// A line of a plugin's or the library's own log as one JSON object.
std::string log_json(std::uint32_t severity, std::string_view source, std::string_view text, std::int64_t unix_ns);

/// "2026-11-23T03:46:54.123Z"
std::string utc(std::int64_t unix_ns);

}  // namespace tidegate::sdk
