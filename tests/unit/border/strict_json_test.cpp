#include "border/strict_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tidegate::sdk {
namespace {

/// D26: nothing of a text is passed over in silence, or cut.
TEST(StrictJson, TextOfWhichAPartWouldBePassedOver_IsRefused) {
  using namespace std::string_view_literals;
  for (const std::string_view bad : {"{\"a\":1}\0{\"a\":2}"sv, R"({"a":1,"a":2})"sv, R"([{"b":{"a":1,"a":1}}])"sv, R"({"a\u0000":1})"sv,
                                     R"({"a":"\u0000"})"sv, R"({"a":["x\u0000y"]})"sv})
    EXPECT_THROW(check_whole(bad), NotJson) << bad;
  for (const std::string_view other : {R"({"a":{"a":"a"},"b":[{"a":1},{"a":2}]})"sv, "not JSON"sv, "{\"a\":"sv, ""sv, "[1e999]"sv})
    EXPECT_NO_THROW(check_whole(other)) << other;
}

}  // namespace
}  // namespace tidegate::sdk
