#include "core/journal_record.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <random>
#include <string>
#include <vector>

namespace tidegate::sdk {
namespace {

using What = Decoded::What;
using Bytes = std::vector<unsigned char>;

constexpr std::size_t kBodyAt = kRecordHead + 1;

Bytes encoded(const Kept &kept) {
  RecordBuffer buffer;
  const std::size_t length = encode(kept, buffer);
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length)};
}

/// Makes the head fit again what follows it, so that only the body is wrong.
Bytes sealed(Bytes record) {
  const std::size_t length = record.size() - kRecordHead;
  for (std::size_t i = 0; i < 4; ++i) record[4 + i] = static_cast<unsigned char>(length >> (8 * i));
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(record.data() + 4, 4);
  crc.process_bytes(record.data() + kRecordHead, length);
  for (std::size_t i = 0; i < 4; ++i) record[8 + i] = static_cast<unsigned char>(crc.checksum() >> (8 * i));
  return record;
}

Hold hold(std::string_view actor, std::string_view reason, std::uint32_t lasts = TG_HOLD_UNTIL_RESUME) {
  Hold out;
  out.action.actor.assign(actor);
  out.action.reason.assign(reason);
  out.lasts = lasts;
  out.expires = 12345;
  out.since_unix = -1;
  out.expires_unix = INT64_MIN + 7;
  return out;
}

Kept example() {
  Kept kept;
  kept.service.assign("RTCMEDSRV");
  kept.epoch = 0x0123456789abcdef;
  kept.status = 5;
  kept.phase = 2;
  kept.holds.place(hold("ops/jürgen", "patch 4.2 \xe2\x82\xac \xf0\x9f\x98\x80"));
  kept.holds.place(hold("", "", TG_HOLD_UNTIL_TIME));
  kept.holds.place(hold("deploy", "x", TG_HOLD_UNTIL_RESTART));
  return kept;
}

Kept fullest() {
  Kept kept;
  kept.service.assign(std::string(kNameBytes, 'S'));
  for (std::size_t i = 0; i < Holds::kMax; ++i) {
    std::string actor(kNameBytes, 'a');
    actor[0] = static_cast<char>('0' + i);
    kept.holds.place(hold(actor, std::string(kReasonBytes, 'r')));
  }
  return kept;
}

/// A record of one hold whose `lasts`, actor and reason begin at known places.
struct Layout {
  Bytes bytes;
  std::size_t service = kBodyAt;  // its length
  std::size_t count = kBodyAt + 2 + 8 + 4 + 4;
  std::size_t lasts = count + 1;
  std::size_t actor = lasts + 4 + 8 + 8;  // its length
  std::size_t reason = actor + 3;         // its length
};

Layout layout() {
  Kept kept;
  kept.service.assign("S");
  kept.holds.place(hold("me", "why"));
  return {encoded(kept)};
}

TEST(JournalRecord, Encoded_ComesBackButForMomentsOfTheMonotonicClock) {
  const Kept kept = example();
  const Bytes bytes = encoded(kept);
  const Decoded back = decode(bytes);
  ASSERT_EQ(back.what, What::whole);
  EXPECT_EQ(back.length, bytes.size());
  EXPECT_EQ(back.kept.service.view(), "RTCMEDSRV");
  EXPECT_EQ(back.kept.epoch, 0x0123456789abcdefu);
  EXPECT_EQ(back.kept.status, 5u);
  EXPECT_EQ(back.kept.phase, 2u);
  ASSERT_EQ(back.kept.holds.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Hold &was = kept.holds.begin()[i];
    const Hold &is = back.kept.holds.begin()[i];
    EXPECT_EQ(is.action.actor.view(), was.action.actor.view());
    EXPECT_EQ(is.action.reason.view(), was.action.reason.view());
    EXPECT_EQ(is.lasts, was.lasts);
    EXPECT_EQ(is.since_unix, was.since_unix);
    EXPECT_EQ(is.expires_unix, was.expires_unix);
    EXPECT_EQ(is.expires, kNever);
  }
}

TEST(JournalRecord, Bytes_AreThoseOfTheFormat) {
  Kept kept;
  kept.service.assign("S");
  kept.epoch = 0x0807060504030201;
  kept.status = 3;
  const Bytes want{'T', 'G', 'J', '1', 20, 0, 0, 0, 0x91, 0x8e, 0x48, 0xfc, 1, 1, 'S', 1,
                   2,   3,   4,   5,   6,  7, 8, 3, 0,    0,    0,    0,    0, 0, 0,   0};
  EXPECT_EQ(encoded(kept), want) << "files of this version would not be read any more";
}

TEST(JournalRecord, Longest_FillsTheBufferExactly) {
  const Bytes bytes = encoded(fullest());
  EXPECT_EQ(bytes.size(), kRecordBytes);
  const Decoded back = decode(bytes);
  ASSERT_EQ(back.what, What::whole);
  EXPECT_EQ(encoded(back.kept), bytes);
}

TEST(JournalRecord, EveryPrefix_IsCutShort) {
  for (const Kept &kept : {example(), fullest(), Kept{}}) {
    const Bytes bytes = encoded(kept);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const Bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_EQ(decode(prefix).what, What::cut_short) << length;
    }
  }
}

TEST(JournalRecord, EveryFlippedBit_IsNoticed) {
  const Bytes bytes = encoded(example());
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes flipped = bytes;
    flipped[i / 8] ^= static_cast<unsigned char>(1u << (i % 8));
    ASSERT_NE(decode(flipped).what, What::whole) << "bit " << i;
  }
}

TEST(JournalRecord, WhatFollows_IsNotLookedAt) {
  const Bytes one = encoded(example());
  Bytes two = one;
  two.insert(two.end(), 40, 0xff);
  const Decoded back = decode(two);
  EXPECT_EQ(back.what, What::whole);
  EXPECT_EQ(back.length, one.size());
}

TEST(JournalRecord, LongerBodyOfALaterVersion_IsReadAsFarAsItIsKnown) {
  Bytes bytes = encoded(example());
  bytes[kRecordHead] = 2;
  bytes.insert(bytes.end(), kLongestRecord - bytes.size(), 0xee);
  const Decoded back = decode(sealed(bytes));
  ASSERT_EQ(back.what, What::whole);
  EXPECT_EQ(back.length, kLongestRecord);
  EXPECT_EQ(encoded(back.kept), encoded(example()));
  bytes.push_back(0xee);
  EXPECT_EQ(decode(sealed(bytes)).what, What::damaged) << "longer than any record is";
}

TEST(JournalRecord, LengthThatCannotBe_IsDamagedAtOnce) {
  const Bytes huge{'T', 'G', 'J', '1', 0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(decode(huge).what, What::damaged) << "waiting for 4 GiB would take all that follows for a part of it";
  Bytes empty = encoded(example());
  empty.resize(kRecordHead);
  EXPECT_EQ(decode(sealed(empty)).what, What::damaged);
}

TEST(JournalRecord, BodyThatIsWrong_IsDamagedThoughItsChecksumFits) {
  const Layout good = layout();
  ASSERT_EQ(decode(sealed(good.bytes)).what, What::whole);
  const auto with = [&](std::size_t at, std::initializer_list<int> values) {
    Bytes bytes = good.bytes;
    for (const int value : values) bytes[at++] = static_cast<unsigned char>(value);
    return decode(sealed(bytes)).what;
  };
  EXPECT_EQ(with(kRecordHead, {0}), What::damaged) << "no such version";
  EXPECT_EQ(with(good.service, {kNameBytes + 1}), What::damaged);
  EXPECT_EQ(with(good.service, {255}), What::damaged);
  EXPECT_EQ(with(good.service + 1, {0xff}), What::damaged);
  EXPECT_EQ(with(good.count, {2}), What::damaged) << "one is missing";
  EXPECT_EQ(with(good.count, {0}), What::whole) << "a later version may have more behind";
  EXPECT_EQ(with(good.lasts, {TG_HOLD_UNTIL_TIME}), What::whole);
  EXPECT_EQ(with(good.lasts, {TG_HOLD_NONE}), What::damaged);
  EXPECT_EQ(with(good.lasts, {0, 0, 0, 1}), What::damaged);
  EXPECT_EQ(with(good.actor, {255}), What::damaged);
  EXPECT_EQ(with(good.actor + 1, {0xc3, 0xa9}), What::whole);
  EXPECT_EQ(with(good.actor + 1, {'a', 0xc3}), What::damaged) << "a character that ends with its text";
  EXPECT_EQ(with(good.reason, {4}), What::damaged);
  EXPECT_EQ(with(good.reason + 1, {0xed, 0xa0, 0x80}), What::damaged) << "a surrogate";
}

TEST(JournalRecord, TooManyHolds_AreDamaged) {
  Bytes bytes = encoded(fullest());
  const Bytes eighth(bytes.end() - 212, bytes.end());
  bytes.insert(bytes.end(), eighth.begin(), eighth.end());
  bytes[kBodyAt + 1 + kNameBytes + 16] = Holds::kMax + 1;
  EXPECT_EQ(decode(sealed(bytes)).what, What::damaged);
}

TEST(JournalRecord, TextThatDoesNotFit_IsDamagedThoughItsBytesAreThere) {
  Kept kept;
  kept.service.assign("S");
  Bytes bytes = encoded(kept);
  bytes[kBodyAt] = kNameBytes + 1;
  bytes.insert(bytes.begin() + kBodyAt + 1, kNameBytes, 'x');
  EXPECT_EQ(decode(sealed(bytes)).what, What::damaged);
}

TEST(JournalRecord, TextThatIsNotUtf8_IsWrittenSoThatItCanBeRead) {
  for (const char *text : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xc3", "\x80", "\xe2\x82", "ok \xc3(\xc3\xa9"}) {
    Kept kept;
    kept.service.assign(text);
    kept.holds.place(hold(text, text));
    const Decoded back = decode(encoded(kept));
    ASSERT_EQ(back.what, What::whole) << testing::PrintToString(std::string(text));
    EXPECT_EQ(back.kept.service.view().size(), std::string_view(text).size());
    EXPECT_NE(back.kept.service.view().find('?'), std::string_view::npos);
  }
  Kept kept;
  kept.service.assign("ok \xc3(\xc3\xa9");
  EXPECT_EQ(decode(encoded(kept)).kept.service.view(), "ok ?(\xc3\xa9");
}

TEST(JournalRecord, HoldThatIsNone_IsLeftOut) {
  Kept kept = example();
  kept.holds.place(hold("nobody", "", TG_HOLD_NONE));
  EXPECT_EQ(encoded(kept), encoded(example()));
}

TEST(JournalRecord, WorthKeeping_IsWhatANewServiceHasNot) {
  Kept kept;
  kept.service.assign("S");
  kept.status = 3;
  EXPECT_FALSE(kept.worth_keeping());
  kept.epoch = 1;
  EXPECT_TRUE(kept.worth_keeping());
  kept.epoch = 0;
  kept.holds.place(hold("me", ""));
  EXPECT_TRUE(kept.worth_keeping());
}

TEST(JournalRecord, AnyBytes_AreDecodedWithoutHarm) {
  std::mt19937 random(1);
  const Bytes good = encoded(fullest());
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes = good;
    bytes.resize(kBodyAt + random() % (good.size() - kBodyAt));
    for (int i = 0; i < 4; ++i)
      bytes[kBodyAt - 1 + random() % (bytes.size() - kBodyAt + 1)] = static_cast<unsigned char>(random());
    const Decoded back = decode(sealed(bytes));
    ASSERT_NE(back.what, What::cut_short);
    if (back.what == What::whole) {
      ASSERT_EQ(decode(encoded(back.kept)).what, What::whole);
    }
  }
}

}  // namespace
}  // namespace tidegate::sdk
