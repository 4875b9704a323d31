#include "table.hpp"

namespace {

TEST(Table, Columns_AreAsWideAsTheirWidestCell) {
  Table table({"A", "LONG HEAD"});
  table.add({"wider", "x"});
  table.add({"é", "y"});
  EXPECT_EQ(table.text(), "A      LONG HEAD\nwider  x\né      y\n");
}

TEST(Table, C4_CutToWidth_TakesWhatFits) {
  EXPECT_EQ(cut_to_width("abc", 3), "abc");
  EXPECT_EQ(cut_to_width("abcd", 3), "ab…");
  EXPECT_EQ(cut_to_width("abcd", 1), "…");
  EXPECT_EQ(cut_to_width("abcd", 0), "");
  EXPECT_EQ(cut_to_width("电话电话", 5), "电话…");
  EXPECT_EQ(cut_to_width("电话电话", 4), "电…");
  EXPECT_EQ(cut_to_width("e\xcc\x81"
                         "e\xcc\x81"
                         "e",
                         2),
            "e\xcc\x81…");
  EXPECT_EQ(cut_to_width("\xff\xff\xff", 2), "\xff…");
  EXPECT_EQ(width_of("\xe7"), 1u);
}

TEST(Table, D28_ListedPlaces_AreNoMoreThanEight) {
  std::vector<std::string> parts(8, "x");
  EXPECT_EQ(listed(parts), "x, x, x, x, x, x, x, x");
  parts.insert(parts.end(), 300, "y");
  EXPECT_EQ(listed(parts), "x, x, x, x, x, x, x, x and 300 more");
  EXPECT_EQ(listed({}), "");
}

}  // namespace
