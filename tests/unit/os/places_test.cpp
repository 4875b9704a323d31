#include "os/places.hpp"

#include <gtest/gtest.h>

namespace tidegate::os {
namespace {

/// D27: an abstract socket is no host that has died.
TEST(BoundPath, OnlyAPathInTheFileSystem_Counts) {
  const std::string head = "0000000000000000: 00000002 00000000 00010000 0001 01 ";
  EXPECT_EQ(bound_path(head + "123456 /run/tidegate/x/control.sock"), "/run/tidegate/x/control.sock");
  EXPECT_EQ(bound_path(head + "    12 /run/tidegate/a b/control.sock"), "/run/tidegate/a b/control.sock");
  for (const char *name : {"123456 @/run/tidegate/x/control.sock", "123456 @a /run/tidegate/x/control.sock", "123456", "123456 ", "123456 x/y"})
    EXPECT_EQ(bound_path(head + name), "") << name;
  EXPECT_EQ(bound_path("Num       RefCount Protocol Flags    Type St Inode Path"), "");
  EXPECT_EQ(bound_path(""), "");
}

}  // namespace
}  // namespace tidegate::os
