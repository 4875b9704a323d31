#include "core/journal_record.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <string_view>

namespace tidegate::sdk {
namespace {

using Bytes = std::span<const unsigned char>;
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

constexpr std::array<unsigned char, 4> kMagic{'T', 'G', 'J', '1'};
constexpr std::size_t kLengthAt = 4;
constexpr std::size_t kCrcAt = 8;
constexpr std::uint8_t kVersion = 1;

/// Returns the checksum of a whole record, which begins with the magic.
std::uint32_t checksum(Bytes record) {
  Crc32c crc;
  crc.process_bytes(record.data() + kLengthAt, kCrcAt - kLengthAt);
  crc.process_bytes(record.data() + kRecordHead, record.size() - kRecordHead);
  return crc.checksum();
}

/// Returns the number of bytes of the first character of `text`; 0: the text does not begin with UTF-8.
std::size_t character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0u) != 0x80u) return 0;
  const unsigned second = byte(1);
  const bool too_long = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool none = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);  // surrogates; beyond the last
  return too_long || none ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_hold(std::uint32_t lasts) {
  return lasts == TG_HOLD_UNTIL_RESUME || lasts == TG_HOLD_UNTIL_RESTART || lasts == TG_HOLD_UNTIL_TIME;
}

class Writer {
 public:
  explicit Writer(RecordBuffer &out) : out_(out) {}

  std::size_t at() const { return at_; }
  void go_to(std::size_t at) { at_ = at; }

  template <class T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
      out_[at_++] = static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }

  void text(std::string_view text) {
    number(static_cast<std::uint8_t>(text.size()));
    while (!text.empty()) {
      const std::size_t length = character(text);
      if (length == 0) out_[at_++] = '?';
      for (std::size_t i = 0; i < length; ++i) out_[at_++] = static_cast<unsigned char>(text[i]);
      text.remove_prefix(std::max<std::size_t>(length, 1));
    }
  }

 private:
  RecordBuffer &out_;
  std::size_t at_ = 0;
};

/// Reads fields one after another. After a missing or wrong field ok() stays false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  void require(bool fact) { ok_ = ok_ && fact; }

  template <class T>
  T number() {
    std::uint64_t value = 0;
    const Bytes bytes = take(sizeof(T));
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return static_cast<T>(value);
  }

  template <std::size_t N>
  void text(FixedText<N> &out) {
    static_assert(N <= UINT8_MAX);
    const std::size_t length = number<std::uint8_t>();
    require(length <= N);
    const Bytes bytes = take(length);
    const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    require(is_utf8(text));
    out.assign(text);
  }

 private:
  /// Takes the next `count` bytes; none when there are too few, or ok() is false.
  Bytes take(std::size_t count) {
    require(count <= left_.size());
    if (!ok_) return {};
    const Bytes taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }

  Bytes left_;
  bool ok_ = true;
};

Kept read_body(Reader &in) {
  Kept kept;
  in.text(kept.service);
  kept.epoch = in.number<std::uint64_t>();
  kept.status = in.number<std::uint32_t>();
  kept.phase = in.number<std::uint32_t>();
  const std::size_t holds = in.number<std::uint8_t>();
  in.require(holds <= Holds::kMax);
  for (std::size_t i = 0; i < holds && in.ok(); ++i) {
    Hold hold;
    hold.lasts = in.number<std::uint32_t>();
    in.require(is_hold(hold.lasts));
    hold.since_unix = in.number<std::int64_t>();
    hold.expires_unix = in.number<std::int64_t>();
    in.text(hold.action.actor);
    in.text(hold.action.reason);
    if (in.ok()) kept.holds.place(hold);
  }
  return kept;
}

}  // namespace

std::size_t encode(const Kept &kept, RecordBuffer &out) {
  const auto is_kept = [](const Hold &hold) { return is_hold(hold.lasts); };
  Writer body(out);
  body.go_to(kRecordHead);
  body.number(kVersion);
  body.text(kept.service.view());
  body.number(kept.epoch);
  body.number(kept.status);
  body.number(kept.phase);
  body.number(static_cast<std::uint8_t>(std::count_if(kept.holds.begin(), kept.holds.end(), is_kept)));
  for (const Hold &hold : kept.holds) {
    if (!is_kept(hold)) continue;
    body.number(hold.lasts);
    body.number(hold.since_unix);
    body.number(hold.expires_unix);
    body.text(hold.action.actor.view());
    body.text(hold.action.reason.view());
  }
  const std::size_t length = body.at();

  Writer head(out);
  for (const unsigned char byte : kMagic) head.number(byte);
  head.number(static_cast<std::uint32_t>(length - kRecordHead));
  head.number(checksum(Bytes(out).first(length)));
  return length;
}

Decoded decode(Bytes bytes) {
  Decoded out;
  const std::size_t magic = std::min(bytes.size(), kMagic.size());
  if (!std::equal(kMagic.begin(), kMagic.begin() + magic, bytes.begin())) return out;
  out.what = Decoded::What::cut_short;
  if (bytes.size() < kCrcAt) return out;
  const std::size_t length = kRecordHead + Reader(bytes.subspan(kLengthAt)).number<std::uint32_t>();
  if (length <= kLongestRecord && bytes.size() < length) return out;

  out.what = Decoded::What::damaged;
  if (length > kLongestRecord || length == kRecordHead) return out;
  const Bytes record = bytes.first(length);
  if (Reader(record.subspan(kCrcAt)).number<std::uint32_t>() != checksum(record)) return out;
  Reader in(record.subspan(kRecordHead));
  in.require(in.number<std::uint8_t>() >= kVersion);
  const Kept kept = read_body(in);
  if (!in.ok()) return out;
  return {Decoded::What::whole, length, kept};
}

}  // namespace tidegate::sdk
