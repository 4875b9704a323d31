#include "table.hpp"

namespace {

TEST(Table, Columns_AreAsWideAsTheirWidestCell) {
  Table table({"A", "LONG HEAD"});
  table.add({"wider", "x"});
  table.add({"é", "y"});
  EXPECT_EQ(table.text(), "A      LONG HEAD\nwider  x\né      y\n");
}

TEST(Table, Printable_KeepsATerminalSafe) { EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?"); }

}  // namespace
