#include "border/plain_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

// P2, C8: one function decides what a text from outside may contain.
namespace tidegate::sdk {
namespace {

const std::string kReplaced = "\xef\xbf\xbd";

TEST(PlainTextTest, PlainText_OfAnyScript_IsTakenAsItIs) {
  for (const char *text : {"", "op1", "Grüße, Ελλάδα, 日本, العربية, 👩💻", "a/b \"c\" <d>"}) {
    EXPECT_EQ(check_text(text, 255), TextFault::none) << text;
    EXPECT_EQ(clean_text(text), text);
  }
}

TEST(PlainTextTest, ControlCharacters_C0DelAndC1_AreRefusedAndCleaned) {
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

TEST(PlainTextTest, MarksOfDirectionAndInvisibleCharacters_AreRefusedAndCleaned) {
  for (const char *mark : {"\u061c", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d",
                           "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff", "\ufffa", "\U000e0041"}) {
    EXPECT_EQ(check_text(std::string("op1") + mark, 255), TextFault::not_plain);
    EXPECT_EQ(clean_text(std::string("op1") + mark), "op1" + kReplaced);
  }
}

std::string utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
  if (code < 0x10000) return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
  return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

/// C19, L7: the whole of Default_Ignorable_Code_Point (DerivedCoreProperties.txt), and the blank symbols.
TEST(PlainTextTest, InvisibleCharacter_IsRefusedInAnIdentity_Whichever) {
  constexpr std::uint32_t kRanges[][2] = {
      {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},
      {0x202a, 0x202e}, {0x2060, 0x206f}, {0x2800, 0x2800}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
      {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d159, 0x1d159}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
  for (const auto &[first, last] : kRanges)
    for (std::uint32_t code = first; code <= last; ++code) {
      const std::string mark = utf8(code);
      const std::string identity = std::string("op1").append(mark), prose = std::string("a").append(mark).append("b");
      EXPECT_EQ(check_text(identity, 255), TextFault::not_plain) << code;
      EXPECT_NE(show_name(identity).find('\\'), std::string::npos) << code;
      const bool of_prose = (code >= 0x180b && code <= 0x180d) || code == 0x180f || code == 0x200c || code == 0x200d ||
                            (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
      EXPECT_EQ(clean_text(prose), of_prose ? prose : "a" + kReplaced + "b") << code;
    }
}

/// C19: two identities that differ only in blanks look equal.
TEST(PlainTextTest, BlanksAtTheEndsAndBlanksOtherThanTheSpace_AreRefusedInAnIdentity) {
  for (const std::uint32_t code : {0xa0u, 0x1680u, 0x2000u, 0x2007u, 0x200au, 0x202fu, 0x205fu, 0x3000u})
    for (const std::string &text : {utf8(code), "op1" + utf8(code), utf8(code) + "op1", "op" + utf8(code) + "1"})
      EXPECT_EQ(check_text(text, 255), TextFault::blank) << code;
  for (const char *text : {" ", "   ", " op1", "op1 "}) EXPECT_EQ(check_text(text, 255), TextFault::blank) << text;
  EXPECT_EQ(check_text("op 1 (night shift)", 255), TextFault::none);
  EXPECT_NE(std::string(why(TextFault::blank)).find("remove"), std::string::npos);
}

/// C20, P2: a name that another user has planted must not steer a terminal, and two of them look different.
TEST(PlainTextTest, Shown_KeepsATerminalSafe_AndNamesApart) {
  EXPECT_EQ(show_text("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
  EXPECT_EQ(show_text("\xc2\x9b" "31m"), "\\x9b31m");
  EXPECT_EQ(show_text("a\u202e" "b\U000e0041"), "a\\u202eb\\U000e0041");
  EXPECT_EQ(show_text("\xc2"), "\\xc2");
  EXPECT_EQ(show_text("é\xc2\xa0ü… 👩‍💻 ❤️ "), "é\xc2\xa0ü… 👩‍💻 ❤️ ");
  EXPECT_EQ(show_name("a\u200d"), "a\\u200d");
  EXPECT_EQ(show_name("  a b "), "\\x20\\x20a b\\x20");
  EXPECT_EQ(show_name(" "), "\\x20");
  EXPECT_EQ(show_name("a\u00a0" "b\u3000"), "a\\xa0b\\u3000");
}

TEST(PlainTextTest, JsonThatIsShown_MeansTheSame) {
  const nlohmann::json json{{"name", "a\u202e" "b\u009b" "31m\x1b\x7f\U000e0041é👩‍💻"}};
  const std::string shown = show_json(json.dump());
  EXPECT_EQ(nlohmann::json::parse(shown), json);
  EXPECT_EQ(shown, R"({"name":"a\u202eb\u009b31m\u001b\u007f\udb40\udc41é👩‍💻"})");
}

TEST(PlainTextTest, BytesThatAreNotUtf8_AreRefusedAndCleaned_ByteByByte) {
  // A lone continuation, a lead cut short, an overlong slash, a surrogate, beyond U+10FFFF, bytes that never occur.
  for (const std::string bad : {"\x80", "\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xfe"}) {
    EXPECT_EQ(check_text(bad, 255), TextFault::not_utf8);
    const std::string cleaned = clean_text("a" + bad + "b");
    EXPECT_EQ(cleaned.front(), 'a');
    EXPECT_EQ(cleaned.back(), 'b');
    EXPECT_EQ(check_text(cleaned, 255), TextFault::none);
    EXPECT_EQ(show_text("a" + bad + "b").substr(0, 3), "a\\x");
  }
}

TEST(PlainTextTest, TextThatIsTooLong_IsRefusedForAnIdentity_AndCutBetweenCharactersForProse) {
  EXPECT_EQ(check_text(std::string(63, 'x'), 63), TextFault::none);
  EXPECT_EQ(check_text(std::string(64, 'x'), 63), TextFault::too_long);
  EXPECT_EQ(clean_text("aé", 2), "a");
}

TEST(PlainTextTest, WhatIsCleaned_IsPlain_WhateverTheBytes) {
  std::uint32_t state = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (int i = 0; i < 24; ++i) {
      state = state * 1664525u + 1013904223u;
      bytes += static_cast<char>(state >> 24);
    }
    const std::string cleaned = clean_text(bytes, 40);
    ASSERT_EQ(clean_text(cleaned), cleaned);
    ASSERT_EQ(show_text(cleaned), cleaned);
  }
}

TEST(PlainTextTest, Redirect_IsAUriOrRefused) {
  for (const char *uri : {"sip:b@[2001:db8::1]:5060;transport=tcp", "https://b.example/x?y=1#z", "10.0.0.2:80", "sip:%41@b"})
    EXPECT_TRUE(is_redirect(uri, kRedirectBytes)) << uri;
  for (const char *bad : {"", "sip:b\r\nX-Evil: 1", "a b", "<sip:b>", "\"b\"", "sip:\xc3\xa9", "a\\b", "a\x7f", "{b}"})
    EXPECT_FALSE(is_redirect(bad, kRedirectBytes)) << bad;
  EXPECT_FALSE(is_redirect(std::string(256, 'a'), kRedirectBytes));
}

}  // namespace
}  // namespace tidegate::sdk
