#include "journal.hpp"

#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace tidegate::model {
namespace {

sdk::Kept kept_of(const Record &record) {
  sdk::Kept kept;
  kept.service.assign("A");
  kept.epoch = record.epoch;
  for (std::uint8_t actor = 0; actor < kHolders; ++actor)
    if (record.holds[actor].is_there()) kept.holds.place(hold_of(actor, record.holds[actor]));
  return kept;
}

sdk::Kept read_file(const Record &whole, const Record *torn, unsigned part) {
  sdk::RecordBuffer buffer;
  std::vector<unsigned char> file;
  const auto write = [&](std::size_t length) { file.insert(file.end(), buffer.data(), buffer.data() + length); };
  write(sdk::encode(kept_of(whole), buffer));
  if (torn != nullptr) {
    const std::size_t length = sdk::encode(kept_of(*torn), buffer);
    const std::size_t parts[kTornParts] = {0, sdk::kRecordHead, length / 2, length - 1};
    write(parts[part]);
  }
  sdk::Kept last;
  std::span<const unsigned char> left(file);
  while (!left.empty()) {
    const sdk::Decoded next = sdk::decode(left);
    if (next.what != sdk::Decoded::What::whole) break;
    last = next.kept;
    left = left.subspan(next.length);
  }
  return last;
}

}  // namespace

/// The same few files come again and again, and their checksums would be what the time is spent on.
const sdk::Kept &read_back(const Record &whole, const Record *torn, unsigned part) {
  static std::map<std::tuple<Record, Record, unsigned>, sdk::Kept> known;
  const auto [at, is_new] =
      known.try_emplace({whole, torn == nullptr ? whole : *torn, torn == nullptr ? kTornParts : part});
  if (is_new) at->second = read_file(whole, torn, part);
  return at->second;
}

}  // namespace tidegate::model
