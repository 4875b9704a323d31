#pragma once

#include <cstddef>

#include "core/journal_record.hpp"
#include "world.hpp"

namespace tidegate::model {

/// How much of a record that was being written has reached the file.
inline constexpr unsigned kTornParts = 4;

/// What the next process reads in a file that has `whole`, and after it the part `part` of `torn` (nullptr: nothing), by
/// the real encode() and decode() and the rules of sdk/src/journal/journal.cpp: the last whole record counts.
const sdk::Kept &read_back(const Record &whole, const Record *torn, unsigned part);

}  // namespace tidegate::model
