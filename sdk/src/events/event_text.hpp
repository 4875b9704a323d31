#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"
#include "tidegate/event_log.h"

namespace tidegate::sdk {

/// Fills in the severity and the sentence of an event from its number and counts; `more` is added to the sentence. Needs no memory.
void describe(Event &event, std::string_view more = {});

/// Returns event 25151 for `taker`, which missed `count` events.
Event events_lost(std::string_view taker, std::uint64_t count);

/// Returns a line for people: time, severity, number, service, sentence, actor, reason and peer.
std::string event_line(const tg_event &event);

/// Returns the event as one JSON object without a newline. Bytes that are not UTF-8 become replacement characters.
std::string event_json(const tg_event &event);

/// Writes one of the two forms into a buffer; see tg_event_format().
std::int64_t format_event(const tg_event &event, std::uint32_t format, char *buffer, std::uint64_t capacity);

/// Returns a line of the log of a plugin or the library as one JSON object.
std::string log_json(std::uint32_t severity, std::string_view source, std::string_view text, std::int64_t unix_ns);

/// "2026-11-23T03:46:54.123Z"
std::string utc(std::int64_t unix_ns);

}  // namespace tidegate::sdk
