#include "table.hpp"

namespace {

TEST(Table, Columns_AreAsWideAsTheirWidestCell) {
  Table table({"A", "LONG HEAD"});
  table.add({"wider", "x"});
  table.add({"é", "y"});
  EXPECT_EQ(table.text(), "A      LONG HEAD\nwider  x\né      y\n");
}

TEST(Table, Printable_KeepsATerminalSafe) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
  EXPECT_EQ(printable("\xc2\x9b" "31m"), "\\x9b31m");
  EXPECT_EQ(printable("é\xc2\xa0ü…"), "é\xc2\xa0ü…");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

}  // namespace
