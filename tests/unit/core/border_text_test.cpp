#include "core/border_text.hpp"

#include <gtest/gtest.h>

#include <string>

// P2, C8: one function decides what a text from outside may contain.
namespace tidegate::sdk {
namespace {

const std::string kReplaced = "\xef\xbf\xbd";

TEST(BorderTextTest, PlainText_OfAnyScript_IsTakenAsItIs) {
  for (const char *text : {"", "op1", "Grüße, Ελλάδα, 日本, العربية, 👩‍💻", "a/b \"c\" <d>"}) {
    EXPECT_EQ(check_text(text, 255), TextFault::none) << text;
    EXPECT_EQ(clean_text(text), text);
  }
}

TEST(BorderTextTest, ControlCharacters_C0DelAndC1_AreRefusedAndCleaned) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string text = std::string("a") + static_cast<char>(c) + "b";
    EXPECT_EQ(check_text(text, 255), TextFault::not_plain) << c;
    EXPECT_EQ(clean_text(text), c == '\t' || c == '\n' || c == '\r' ? "a b" : "a" + kReplaced + "b") << c;
  }
  EXPECT_EQ(check_text("\x7f", 255), TextFault::not_plain);
  for (int c = 0x80; c < 0xa0; ++c) {
    const std::string text = std::string("\xc2") + static_cast<char>(c);
    EXPECT_EQ(check_text(text, 255), TextFault::not_plain) << c;
    EXPECT_EQ(clean_text(text), kReplaced);
  }
}

TEST(BorderTextTest, MarksOfDirectionAndInvisibleCharacters_AreRefusedAndCleaned) {
  for (const char *mark : {"\u061c", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d",
                           "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff", "\ufffa", "\U000e0041"}) {
    EXPECT_EQ(check_text(std::string("op1") + mark, 255), TextFault::not_plain);
    EXPECT_EQ(clean_text(std::string("op1") + mark), "op1" + kReplaced);
  }
}

TEST(BorderTextTest, BytesThatAreNotUtf8_AreRefusedAndCleaned_ByteByByte) {
  // A lone continuation, a lead cut short, an overlong slash, a surrogate, beyond U+10FFFF, bytes that never occur.
  for (const std::string bad : {"\x80", "\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xfe"}) {
    EXPECT_EQ(check_text(bad, 255), TextFault::not_utf8);
    const std::string cleaned = clean_text("a" + bad + "b");
    EXPECT_EQ(cleaned.front(), 'a');
    EXPECT_EQ(cleaned.back(), 'b');
    EXPECT_EQ(check_text(cleaned, 255), TextFault::none);
  }
}

TEST(BorderTextTest, TextThatIsTooLong_IsRefusedForAnIdentity_AndCutBetweenCharactersForProse) {
  EXPECT_EQ(check_text(std::string(63, 'x'), 63), TextFault::none);
  EXPECT_EQ(check_text(std::string(64, 'x'), 63), TextFault::too_long);
  EXPECT_EQ(clean_text("aé", 2), "a");
  FixedText<4> four;
  clean_into(four, "ab\x1b[31m");
  EXPECT_EQ(four.view(), "ab");
}

TEST(BorderTextTest, WhatIsCleaned_IsPlain_WhateverTheBytes) {
  std::uint32_t state = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (int i = 0; i < 24; ++i) {
      state = state * 1664525u + 1013904223u;
      bytes += static_cast<char>(state >> 24);
    }
    const std::string cleaned = clean_text(bytes, 40);
    ASSERT_EQ(check_text(cleaned, 40), TextFault::none);
    ASSERT_EQ(clean_text(cleaned), cleaned);
  }
}

TEST(BorderTextTest, Redirect_IsAUriOrRefused) {
  for (const char *uri : {"sip:b@[2001:db8::1]:5060;transport=tcp", "https://b.example/x?y=1#z", "10.0.0.2:80", "sip:%41@b"})
    EXPECT_TRUE(is_redirect(uri, kRedirectBytes)) << uri;
  for (const char *bad : {"", "sip:b\r\nX-Evil: 1", "a b", "<sip:b>", "\"b\"", "sip:\xc3\xa9", "a\\b", "a\x7f", "{b}"})
    EXPECT_FALSE(is_redirect(bad, kRedirectBytes)) << bad;
  EXPECT_FALSE(is_redirect(std::string(256, 'a'), kRedirectBytes));
}

}  // namespace
}  // namespace tidegate::sdk
