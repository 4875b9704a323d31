// Patterns of schemas: they match as ECMAScript's do, and no pattern and no text makes a match that does not end (P10).
#include "config/bounded_regex.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <random>
#include <regex>
#include <string>

namespace tidegate::sdk {
namespace {

bool matches(std::string_view pattern, std::string_view text) { return BoundedRegex(pattern).matches(text); }

std::string why_not(std::string_view pattern) {
  try {
    const BoundedRegex regex(pattern);
  } catch (const NotAPattern &error) {
    return error.what();
  }
  ADD_FAILURE() << pattern << " is a pattern";
  return {};
}

TEST(BoundedRegexTest, WhatSchemasSay_IsMatched) {
  EXPECT_TRUE(matches("^[a-z0-9._-]+@[a-z]+\\.(org|com)$", "night.shift@example.org"));
  EXPECT_FALSE(matches("^[a-z0-9._-]+@[a-z]+\\.(org|com)$", "night.shift@example.net"));
  EXPECT_TRUE(matches("^([0-9]{1,3}\\.){3}[0-9]{1,3}$", "192.0.2.1"));
  EXPECT_FALSE(matches("^([0-9]{1,3}\\.){3}[0-9]{1,3}$", "192.0.2.1000"));
  EXPECT_TRUE(matches("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}$", "00c0ffee-BEEF"));
  EXPECT_TRUE(matches("b", "abc")) << "anywhere";
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("^$", ""));
  EXPECT_FALSE(matches("^$", "a"));
  EXPECT_TRUE(matches("\\bred\\b", "a red door"));
  EXPECT_FALSE(matches("\\bred\\b", "bored"));
  EXPECT_TRUE(matches("^(?!admin$)(?=.*[0-9]).{4,}$", "adm1n"));
  EXPECT_FALSE(matches("^(?!admin$).+$", "admin"));
  EXPECT_TRUE(matches("^.{3}$", "äö€")) << "characters, not bytes";
  EXPECT_TRUE(matches("^[\\u00e4-\\u00f6]+$", "äö"));
  EXPECT_TRUE(matches("^\\uD83D\\uDE00$", "\U0001f600")) << "two escapes of one character";
  EXPECT_TRUE(matches("^[\\uD83D\\uDE00-\\uD83D\\uDE4F]{2}$", "\U0001f600\U0001f64f"));
  EXPECT_TRUE(matches("^[^\\s\\d]+$", "ab"));
  EXPECT_FALSE(matches("^[^\\s\\d]+$", "a b"));
  EXPECT_TRUE(matches("^[\\W]$", "-"));
  EXPECT_TRUE(matches("^a{2,}?b*?$", "aaa"));
}

TEST(BoundedRegexTest, PatternThatIsNone_IsSaid) {
  EXPECT_NE(why_not("(").find("( without a )"), std::string::npos);
  EXPECT_NE(why_not(")").find(") without a ("), std::string::npos);
  EXPECT_NE(why_not("[a").find("[ without a ]"), std::string::npos);
  EXPECT_NE(why_not("[b-a]").find("end comes before its start"), std::string::npos);
  EXPECT_NE(why_not("*").find("nothing before it"), std::string::npos);
  EXPECT_NE(why_not("a**").find("behind a quantifier"), std::string::npos);
  EXPECT_NE(why_not("a{2,1}").find("less than its least"), std::string::npos);
  EXPECT_NE(why_not("(a)\\1").find("backreference"), std::string::npos);
  EXPECT_NE(why_not("a(?=b)").find("lookahead"), std::string::npos);
  EXPECT_NE(why_not("(?<=a)b").find("lookbehind"), std::string::npos);
  EXPECT_NE(why_not("\\").find("ends with"), std::string::npos);
  EXPECT_NE(why_not("\\u12").find("hexadecimal"), std::string::npos);
  EXPECT_NE(why_not("\\q").find("does not know"), std::string::npos);
  EXPECT_NE(why_not(std::string(5000, 'a')).find("longer than 4,096"), std::string::npos);
  EXPECT_NE(why_not("a{1001}").find("1,000 times"), std::string::npos);
  EXPECT_NE(why_not("((a{100}){100}){100}").find("4,096 steps"), std::string::npos);
  EXPECT_NE(why_not(std::string(100, '(') + std::string(100, ')')).find("64 levels"), std::string::npos);
}

TEST(BoundedRegexTest, CatastropheOfOthers_EndsAtOnce) {
  const std::string text = std::string(1024, 'a') + "!";
  const auto before = std::chrono::steady_clock::now();
  for (const char *pattern : {"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*(a*)*(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)(.*)(.*)(.*)x$",
                              "^(a?){30}a{30}$", "((((((((((a*)*)*)*)*)*)*)*)*)*)b", "^(?!(a+)+$)b"})
    EXPECT_FALSE(matches(pattern, text)) << pattern;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

/// What the C++ library finds in short texts is what is found here.
TEST(BoundedRegexTest, RandomPatterns_MatchAsTheCppLibraryHasThem) {
  std::minstd_rand random(7);
  const auto one_of = [&](std::initializer_list<const char *> all) { return std::string(all.begin()[random() % all.size()]); };
  const std::function<std::string(int)> pattern = [&](int depth) -> std::string {
    std::string out;
    for (unsigned i = 0; i < 1 + random() % 3; ++i) {
      std::string atom = depth > 2 || random() % 3 != 0 ? one_of({"a", "b", "c", ".", "[ab]", "[^a]", "\\w", "\\d"})
                                                        : one_of({"(", "(?:"}) + pattern(depth + 1) + ")";
      out += atom + one_of({"", "", "*", "+", "?", "{2}", "{1,2}", "{0,}"});
    }
    return random() % 4 == 0 && depth < 3 ? out + "|" + pattern(depth + 1) : out;
  };
  int agreed = 0, found = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text_of = (random() % 3 == 0 ? "^" : "") + pattern(0) + (random() % 3 == 0 ? "$" : "");
    const std::regex theirs(text_of);
    const BoundedRegex ours(text_of);
    for (int i = 0; i < 5; ++i) {
      std::string text;
      for (unsigned n = random() % 6; n > 0; --n) text += "abc1 "[random() % 5];
      const bool expected = std::regex_search(text, theirs);
      ASSERT_EQ(ours.matches(text), expected) << text_of << " in \"" << text << "\"";
      ++agreed;
      found += expected ? 1 : 0;
    }
  }
  EXPECT_GT(found, 1000);
  EXPECT_GT(agreed - found, 1000);
}

}  // namespace
}  // namespace tidegate::sdk
