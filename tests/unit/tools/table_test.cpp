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

TEST(Table, Printable_KeepsATerminalSafe) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("é\xc2\xa0ü…"), "é\xc2\xa0ü…");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

}  // namespace
