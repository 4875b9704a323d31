#include "core/fixed_text.hpp"

namespace tidegate::sdk {
namespace {

TEST(FixedText, Long_IsCutBetweenCharacters) {
  EXPECT_EQ(FixedText<5>("hello world").view(), "hello");
  EXPECT_EQ(FixedText<5>("four\xc3\xa9").view(), "four") << "é does not fit, so none of it is kept";
  EXPECT_EQ(FixedText<6>("four\xc3\xa9").view(), "four\xc3\xa9");
  EXPECT_EQ(FixedText<3>("\xf0\x9f\x98\x80").view(), "");
  EXPECT_EQ(FixedText<4>("").view(), "");
}

}  // namespace
}  // namespace tidegate::sdk
