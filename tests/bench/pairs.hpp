#pragma once

#include <cstdint>

#include "calls.hpp"
#include "measure.hpp"

namespace tidegate::bench {

// The loops, one for all that are compared: enter and leave, admit and release.
void entry_loop(const EntryCalls &calls, std::uint64_t pairs);
void refusal_loop(const EntryCalls &calls, std::uint64_t calls_made);
void session_loop(const SessionCalls &calls, std::uint64_t pairs);

/// A request as a server makes one.
tg_request request_of(std::uint64_t tag);

/// How long a side is measured for in each round.
inline constexpr double kSlice = 8e6;

// The same as sides of a row, in processor time.
Side entry_side(const EntryCalls &calls, unsigned threads);
/// The same by the loops of a program that has linked the library. `calls`: of library().
Side direct_entry_side(const EntryCalls &calls, unsigned threads);
Side direct_session_side(const SessionCalls &calls, unsigned threads);
Side refusal_side(const EntryCalls &calls, unsigned threads);
Side session_side(const SessionCalls &calls, unsigned threads);
/// Refused admissions of sessions.
Side session_refusal_side(const SessionCalls &calls, unsigned threads);
/// So many are admitted, then all are released.
Side held_side(const SessionCalls &calls, unsigned threads, unsigned held);

}  // namespace tidegate::bench
