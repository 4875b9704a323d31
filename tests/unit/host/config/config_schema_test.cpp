// What a plugin's configuration may be: JSON that is one thing to every reader, and as the plugin's schema says.
#include "config/config_schema.hpp"

#include <gtest/gtest.h>

#include <string>

#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr const char *kLimits = R"({
  "type": "object", "additionalProperties": false, "required": ["max_per_peer"],
  "properties": {
    "max_per_peer": {"type": "integer", "minimum": 1, "maximum": 1000000},
    "mode": {"enum": ["strict", "loose", 3]},
    "peers": {"type": "array", "items": {"type": "string"}},
    "within": {"type": ["number", "null"]},
    "night": {"$ref": "#/definitions/span"}
  },
  "definitions": {"span": {"type": "object", "properties": {"from": {"type": "integer"}, "a/b": {"type": "null"}}}}
})";

std::string sentence(tg_result code, std::string_view schema, std::string_view config) {
  try {
    check_config("org.example.p", schema, config);
  } catch (const Fault &fault) {
    EXPECT_EQ(fault.code(), code) << fault.what();
    return fault.what();
  }
  ADD_FAILURE() << "not refused: " << config.substr(0, 100);
  return {};
}

void expect_said(const std::string &said, std::string_view config, std::string_view schema = kLimits) {
  EXPECT_EQ(sentence(TG_E_INVALID, schema, config),
            "plugin org.example.p: its configuration is not as its schema says: " + said);
}
void expect_not_json(const std::string &said, std::string_view config) {
  for (const char *schema : {kLimits, ""}) {
    const std::string all = sentence(TG_E_INVALID, schema, config);
    EXPECT_EQ(all.find("plugin org.example.p: its configuration is not a JSON object: "), 0u) << all;
    EXPECT_NE(all.find(said), std::string::npos) << all;
  }
}
void expect_broken(const std::string &said, std::string_view schema) {
  const std::string all = sentence(TG_E_PLUGIN, schema, "{}");
  EXPECT_EQ(all.find("plugin org.example.p: its schema is broken: " + said), 0u) << all;
}

TEST(ConfigSchemaTest, AsTheSchemaSays_IsTaken) {
  check_config("p", kLimits,
               R"({"max_per_peer": 4, "mode": "loose", "peers": ["a"], "within": 1.5, "night": {"from": 22}})");
  check_config("p", kLimits, R"({"max_per_peer": 1000000, "within": null})");
  check_config("p", "{}", R"({"anything": [1, {"a": null}]})");
}

TEST(ConfigSchemaTest, NoSchema_AllowsAnyObject) {
  check_config("p", "", "");
  check_config("p", "", R"({"a": 1})");
}

TEST(ConfigSchemaTest, NothingGiven_IsTheEmptyObject) {
  check_config("p", R"({"type": "object"})", "");
  expect_said("'max_per_peer' is missing", "");
}

// ---- what is wrong, and where ----

TEST(ConfigSchemaTest, WrongType_IsSaidWithBoth) {
  expect_said("/max_per_peer: must be of type integer, and is string", R"({"max_per_peer": "1"})");
  expect_said("/max_per_peer: must be of type integer, and is number with a fraction", R"({"max_per_peer": 1.5})");
  expect_said("/peers/1: must be of type string, and is integer", R"({"max_per_peer": 1, "peers": ["a", 5]})");
  expect_said("/within: must be of type number or null, and is boolean", R"({"max_per_peer": 1, "within": true})");
}

TEST(ConfigSchemaTest, InsideAReference_ThePlaceIsSaid) {
  expect_said("/night/from: must be of type integer, and is array", R"({"max_per_peer": 1, "night": {"from": []}})");
  expect_said("/night/a~1b: must be of type null, and is integer", R"({"max_per_peer": 1, "night": {"a/b": 2}})");
}

TEST(ConfigSchemaTest, OutOfRange_IsSaidWithTheLimit) {
  expect_said("/max_per_peer: expected number greater than or equal to 1", R"({"max_per_peer": 0})");
  expect_said("/max_per_peer: expected number less than or equal to 1000000",
              R"({"max_per_peer": 9223372036854775807})");
  EXPECT_NE(sentence(TG_E_INVALID, kLimits, R"({"max_per_peer": 9223372036854775808})")
                .find("has a number that is too large; 9"),
            std::string::npos);
}

TEST(ConfigSchemaTest, NoneOfTheAlternatives_NamesThem) {
  expect_said("/mode: must be one of \"strict\", \"loose\", 3", R"({"max_per_peer": 1, "mode": "lax"})");
  expect_said("/a: must be 5", R"({"a": 6})", R"({"properties": {"a": {"const": 5}}})");
  expect_said("/a: must match the pattern \"^x\"", R"({"a": "y"})", R"({"properties": {"a": {"pattern": "^x"}}})");
}

TEST(ConfigSchemaTest, UnknownKeys_AreNamed_WithThoseThatAreKnown) {
  const std::string known = " (known: max_per_peer, mode, night, peers, within)";
  expect_said("unknown key \"max\"" + known, R"({"max_per_peer": 1, "max": 1})");
  expect_said("unknown keys \"a\", \"b\\u0000c\"" + known, R"({"max_per_peer": 1, "a": 1, "b\u0000c": 2})");
  expect_said("/in: unknown key \"y\"", R"({"in": {"x1": 1, "y": 1}})",
              R"({"properties": {"in": {"patternProperties": {"^x": {}}, "additionalProperties": false}}})");
  expect_said("/a: its schema allows nothing like that here", R"({"a": 1})", R"({"properties": {"a": false}})");
}

TEST(ConfigSchemaTest, SeveralErrors_AreAllSaid_FiveAtMost) {
  expect_said("/max_per_peer: must be of type integer, and is null; /mode: must be one of \"strict\", \"loose\", 3",
              R"({"max_per_peer": null, "mode": 4})");
  const std::string said = sentence(TG_E_INVALID, kLimits, R"({"max_per_peer": 1, "peers": [0, 1, 2, 3, 4, 5, 6, 7]})");
  EXPECT_NE(said.find("/peers/4: must be of type string, and is integer; and 3 more"), std::string::npos) << said;
}

TEST(ConfigSchemaTest, Format_IsNotChecked) {
  constexpr const char *kDate =
      R"({"properties": {"a": {"format": "date"}, "format": {"type": "string"}, "id": {"const": 1}}})";
  for (const char *config : {R"({"a": 5})", R"({"a": "soon", "format": "x", "id": 1})"}) check_config("p", kDate, config);
  expect_said("/format: must be of type string, and is integer", R"({"format": 1})", kDate);
}

TEST(ConfigSchemaTest, RecursiveSchema_IsUsed) {
  constexpr const char *kTree =
      R"({"properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}, "additionalProperties": false})";
  check_config("p", kTree, R"({"n": 1, "child": {"child": {"n": 2}}})");
  expect_said("/child/child/n: must be of type integer, and is object", R"({"child": {"child": {"n": {}}}})", kTree);
}

// ---- what is no JSON object ----

TEST(ConfigSchemaTest, NotAnObject_IsSaid) {
  expect_not_json("it is of type array", "[]");
  expect_not_json("it is of type number", "1");
  expect_not_json("at line 2, column 3", "{\n nonsense}");
  expect_not_json("parse error", "{} {}");
  expect_not_json("it has a zero byte", std::string_view("{}\0more", 7));
  expect_not_json("parse error", "{");
  expect_not_json("unexpected end of input", " ");
}

TEST(ConfigSchemaTest, NoSuchNumbers) {
  for (const char *number : {"NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1e999", "-1e999"})
    expect_not_json("", std::string("{\"a\": ") + number + "}");
}

TEST(ConfigSchemaTest, KeyTwice_IsRefused_AtAnyDepth) {
  expect_not_json("it has the key \"a\" twice in one object", R"({"a": 1, "a": 1})");
  expect_not_json("it has the key \"a\" twice", R"({"b": [{"a": 1, "c": {"a": 2}, "\u0061": 1}]})");
  check_config("p", "", R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})");
}

TEST(ConfigSchemaTest, InvalidUtf8_IsRefused) {
  for (const char *bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    expect_not_json("UTF-8", std::string("{\"a\": \"") + bytes + "\"}");
    expect_not_json("UTF-8", std::string("{\"") + bytes + "\": 1}");
  }
}

TEST(ConfigSchemaTest, DeepNesting_IsRefusedBeforeItHurts) {
  const auto deep = [](std::size_t levels) {
    return "{\"a\": " + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  check_config("p", "", deep(63));
  check_config("p", "", R"({"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})");
  expect_not_json("more than 64 levels deep", deep(64));
  expect_not_json("more than 64 levels deep", deep(500'000));
  expect_not_json("more than 64 levels deep", std::string(1'000'000, '['));
}

TEST(ConfigSchemaTest, WhatIsSaidOfIt_IsShort_AndSaysNoneOfIt) {
  const std::string megabyte(1u << 20, 'x');
  const auto brief = [](const std::string &said) {
    EXPECT_LT(said.size(), 700u) << said.substr(0, 1000);
    EXPECT_EQ(said.find_first_of("\n\r\x1b"), std::string::npos);
  };
  brief(sentence(TG_E_INVALID, kLimits, "{\"max_per_peer\": \"" + megabyte + "\"}"));
  brief(sentence(TG_E_INVALID, kLimits, "{\"" + megabyte + "\": 1}"));
  brief(sentence(TG_E_INVALID, kLimits, "{\"max_per_peer\": 1, \"\\u001b[31m\\n\": 1}"));
  brief(sentence(TG_E_INVALID, kLimits, "{\"" + megabyte));
  brief(sentence(TG_E_INVALID, kLimits, "{\"" + megabyte + "\": 1, \"" + megabyte + "\": 2}"));
  brief(sentence(TG_E_INVALID, kLimits, "{\"a\": 1" + std::string(1u << 20, '0') + "}"));
  const std::string secret = sentence(TG_E_INVALID, "", "{\"password\": \"hunter2\" x}");
  EXPECT_EQ(secret.find("hunter2"), std::string::npos) << secret;
}

TEST(ConfigSchemaTest, MegabyteOfText_IsTaken_UnlessPatternsWouldRecurse) {
  const std::string config = "{\"a\": \"" + std::string((1u << 20) - 16, 'x') + "\"}";
  check_config("p", R"({"properties": {"a": {"type": "string", "maxLength": 2000000}}})", config);
  for (const char *schema :
       {R"({"properties": {"a": {"pattern": "^(x|y)*$"}}})", R"({"patternProperties": {"^(x|y)*$": {}}})"})
    EXPECT_NE(sentence(TG_E_INVALID, schema, config).find("a text of 1048560 bytes; as its schema has patterns, 1,024"),
              std::string::npos);
  check_config("p", R"({"properties": {"a": {"pattern": "^((x|y)*)*$"}}})", "{\"a\": \"" + std::string(1024, 'x') + "\"}");
}

TEST(ConfigSchemaTest, ManyValues_AreRefused) {
  std::string list = "{\"a\": [0";
  for (int i = 0; i < 200'000; ++i) list += ",0";
  expect_not_json("it has more than 100,000 values", list + "]}");
  std::string unique = "{\"a\": [0";
  for (int i = 1; i <= 5'000; ++i) unique.append(",").append(std::to_string(i));
  EXPECT_NE(
      sentence(TG_E_INVALID, R"({"properties": {"a": {"uniqueItems": true}}})", unique + "]}").find("a list of 5001 items"),
      std::string::npos);
  expect_said("/a: elements at indexes #0 and #2 violate uniqueness constraint", R"({"a": [1, 2, 1]})",
              R"({"properties": {"a": {"uniqueItems": true}}})");
}

// ---- the plugin's own fault ----

TEST(ConfigSchemaTest, SchemaThatIsNone_IsThePluginsFault) {
  expect_broken("parse error", "{");
  expect_broken("it is no object", "[]");
  expect_broken("it is no object", "true");
  expect_broken("it has the key \"a\" twice", R"({"a": 1, "a": 2})");
  expect_broken("it is more than 64 levels deep", std::string(100'000, '['));
  expect_broken("at #/properties/a there is no schema", R"({"properties": {"a": 5}})");
  expect_broken("at #/properties/a/pattern there is no regular expression", R"({"properties": {"a": {"pattern": "("}}})");
  expect_broken("", R"({"properties": 5})");
  expect_broken("", R"({"minimum": "x"})");
  expect_broken("", R"({"required": 1})");
  expect_broken("", R"({"type": "whatever"})");
  expect_broken("", R"({"enum": 5})");
  expect_broken("at #/allOf there must be a list", R"({"allOf": {}})");
}

TEST(ConfigSchemaTest, ReferencesThatLeadNowhere_AreThePluginsFault) {
  expect_broken("it refers to \"#/definitions/none\", which is not in it",
                R"({"properties": {"a": {"$ref": "#/definitions/none"}}})");
  expect_broken("it refers to \"#anchor\", which is not in it", R"({"properties": {"a": {"$ref": "#anchor"}}})");
  expect_broken("at #/properties/a there is a $ref that is no text", R"({"properties": {"a": {"$ref": 5}}})");
  expect_broken("at #/title there is no schema", R"({"title": "x", "properties": {"a": {"$ref": "#/title"}}})");
}

TEST(ConfigSchemaTest, ReferencesToElsewhere_AreNotFetched) {
  for (const char *url : {"http://127.0.0.1:9/s.json", "file:///etc/passwd", "other.json#/a", "urn:x:y"})
    expect_broken("it refers to \"" + std::string(url) + "\", which is elsewhere and is not fetched",
                  R"({"properties": {"a": {"$ref": ")" + std::string(url) + "\"}}}");
}

TEST(ConfigSchemaTest, ReferencesInACircle_AreThePluginsFault) {
  for (
      const char *schema :
      {R"({"$ref": "#"})", R"({"allOf": [{"$ref": "#"}]})", R"({"not": {"$ref": "#"}})",
       R"({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"anyOf": [{"$ref": "#/definitions/a"}]}}})",
       R"({"dependencies": {"a": {"$ref": "#"}}})", R"({"if": {}, "then": {"$ref": "#"}})"})
    expect_broken("it has a $ref that leads back to itself", schema);
}

}  // namespace
}  // namespace tidegate::sdk
