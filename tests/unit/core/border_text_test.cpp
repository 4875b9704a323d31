#include "core/border_text.hpp"

#include <gtest/gtest.h>

namespace tidegate::sdk {
namespace {

TEST(BorderTextTest, ProseThatIsTooLong_IsCutBetweenCharacters) {
  FixedText<4> four;
  clean_into(four, "ab\x1b[31m");
  EXPECT_EQ(four.view(), "ab");
}

}  // namespace
}  // namespace tidegate::sdk
