#include "core/handed_over.hpp"

#include <gtest/gtest.h>

#include "tidegate/ext/event_sink.h"

namespace tidegate::sdk {
namespace {

TEST(HandedOverTest, L13_TableOfAnotherMajor_IsRefused) {
  tg_event_sink table{sizeof(tg_event_sink), TG_PLUGIN_ABI, nullptr}, out{};
  const auto read = [&] { return read_handed_over(&table, sizeof(tg_event_sink), out); };
  EXPECT_EQ(read(), Handed::whole);
  table.abi = TG_PLUGIN_ABI + 1;
  EXPECT_EQ(read(), Handed::whole) << "a later minor version";
  table.abi = 0;
  EXPECT_EQ(read(), Handed::whole) << "it says none";
  table.abi = TG_ABI(TG_ABI_MAJOR(TG_PLUGIN_ABI) + 1, 0);
  out = {};
  EXPECT_EQ(read(), Handed::other_major);
  EXPECT_EQ(out.struct_size, 0u) << "it is as it was";
}

}  // namespace
}  // namespace tidegate::sdk
