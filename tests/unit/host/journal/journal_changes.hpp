#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/journal.hpp"

namespace tidegate::sdk {

using Changes = std::vector<Kept>;
using State = std::map<std::string, std::string>;  // name of the service → its record

inline std::string record(const Kept &kept) {
  RecordBuffer buffer;
  const std::size_t length = encode(kept, buffer);
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length)};
}

inline Kept change(std::string_view service, std::uint64_t epoch, std::size_t holds = 0) {
  Kept kept;
  kept.service.assign(service);
  kept.epoch = epoch;
  kept.status = 5;
  for (std::size_t i = 0; i < holds; ++i) {
    Hold hold;
    hold.action.actor.assign("actor " + std::to_string(i));
    hold.action.reason.assign(std::string(epoch % 90, 'r'));
    hold.since_unix = static_cast<std::int64_t>(epoch);
    kept.holds.place(hold);
  }
  return kept;
}

/// Changes of three services, holds coming and going.
inline Changes changes(std::size_t count) {
  Changes out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(change("SERVICE" + std::to_string(i % 3), i + 1, i * 7 % 4));
  return out;
}

inline State state_after(const Changes &all, std::size_t count) {
  State state;
  for (std::size_t i = 0; i < count; ++i) state[std::string(all[i].service.view())] = record(all[i]);
  return state;
}

inline State recovered(const Journal &journal) {
  State state;
  for (const Kept &kept : journal.recovered()) state[std::string(kept.service.view())] = record(kept);
  return state;
}

inline State reopened(const std::string &state) { return recovered(Journal(state)); }

/// How many of the records, which are one after another, end in the first `length` bytes; and where the last of them does.
inline std::pair<std::size_t, std::size_t> whole(const Changes &all, std::size_t length) {
  std::size_t count = 0, end = 0;
  while (count < all.size() && end + record(all[count]).size() <= length) end += record(all[count++]).size();
  return {count, end};
}

inline std::string file_of(const Changes &all) {
  std::string bytes;
  for (const Kept &kept : all) bytes += record(kept);
  return bytes;
}

}  // namespace tidegate::sdk
