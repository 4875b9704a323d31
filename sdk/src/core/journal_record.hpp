#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/event.hpp"
#include "core/fixed_text.hpp"
#include "core/holds.hpp"

namespace tidegate::sdk {

/// The state of one service that survives a crash: a snapshot, so that the last one alone is enough.
struct Kept {
  FixedText<kNameBytes> service;
  std::uint64_t epoch = 0;
  std::uint32_t status = 0;
  std::uint32_t phase = 0;
  Holds holds;

  /// Returns: false when the snapshot equals that of a new service.
  bool worth_keeping() const { return epoch != 0 || !holds.empty(); }
};

/*
 * The record of a Kept; all numbers are little-endian:
 *   head  magic "TGJ1"; u32 length of what follows the head; u32 CRC-32C of that length and of what follows the head
 *   then  u8 version, 1; and the body: service; u64 epoch; u32 status; u32 phase; u8 holds, and each of them:
 *         u32 lasts; i64 since, Unix ns; i64 expires, Unix ns; actor; reason
 * A text is u8 length and its bytes. A record has no times of the monotonic clock, which mean nothing to the next process.
 * A later version adds fields at the end of the body, which an older version ignores; any other change needs another magic.
 */

inline constexpr std::size_t kRecordHead = 4 + 4 + 4;
/// The longest record that encode() makes.
inline constexpr std::size_t kRecordBytes =
    kRecordHead + 1 + (1 + kNameBytes) + 8 + 4 + 4 + 1 + Holds::kMax * (4 + 8 + 8 + (1 + kNameBytes) + (1 + kReasonBytes));
/// The longest record of any version: a length beyond it is damage, not a reason to wait for the rest.
inline constexpr std::size_t kLongestRecord = std::size_t{64} * 1024;

using RecordBuffer = std::array<unsigned char, kRecordBytes>;

/// Writes the record. decode() reads back any `kept`: a byte that is not UTF-8 becomes '?', and an item with TG_HOLD_NONE is left out.
/// Returns: the length.
std::size_t encode(const Kept &kept, RecordBuffer &out);

struct Decoded {
  enum class What {
    whole,
    cut_short,  ///< the bytes are the beginning of a record
    damaged,
  };
  What what = What::damaged;
  std::size_t length = 0;  ///< of the record, when it is whole
  Kept kept;               ///< when it is whole; `expires` of its holds is kNever, as only the wall-clock time is stored
};

/// Reads the record that `bytes` begin with. Safe for any bytes.
Decoded decode(std::span<const unsigned char> bytes);

}  // namespace tidegate::sdk
