// P10: a schema is checked before it is used, checking a configuration ends whatever both are, and no value of a configuration is told.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "config/config_schema.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

std::string refused(tg_result code, std::string_view schema, std::string_view config) {
  try {
    check_config("org.example.p", schema, config);
  } catch (const Fault &fault) {
    EXPECT_EQ(fault.code(), code) << fault.what();
    return fault.what();
  }
  ADD_FAILURE() << "not refused: " << schema.substr(0, 100);
  return {};
}

TEST(ConfigBoundsTest, KeywordThatIsNotWhatTheDraftSays_IsThePluginsFault) {
  for (const char *bad :
       {R"("multipleOf": 0)", R"("multipleOf": 0.0)", R"("multipleOf": -1)", R"("multipleOf": "2")", R"("multipleOf": 18446744073709551615)",
        R"("maxLength": -1)", R"("minItems": 1.5)", R"("maxProperties": "9")", R"("minimum": true)", R"("exclusiveMaximum": true)",
        R"("uniqueItems": "yes")", R"("required": [1])", R"("required": "a")", R"("enum": [])", R"("type": [])", R"("type": ["text"])",
        R"("type": 5)", R"("properties": [])", R"("dependencies": {"a": [1]})", R"("anyOf": [])", R"("pattern": 5)", R"("title": [])"})
    for (const std::string &schema : {"{" + std::string(bad) + "}", R"({"properties": {"n": {)" + std::string(bad) + "}}}",
                                      R"({"properties": {"n": {"not": {"items": [{)" + std::string(bad) + "}]}}}}"}) {
      const std::string said = refused(TG_E_PLUGIN, schema, R"({"n": 3})");
      EXPECT_NE(said.find("its schema is broken: at #"), std::string::npos) << said;
    }
  check_config("p", R"({"properties": {"n": {"multipleOf": 0.5, "maxLength": 0, "type": ["integer", "null"]}}})", R"({"n": 3})");
}

TEST(ConfigBoundsTest, PatternThatBacktracksElsewhere_EndsAtOnce) {
  const auto before = std::chrono::steady_clock::now();
  const std::string text(1000, 'a');
  const std::string said =
      refused(TG_E_INVALID, R"({"properties": {"n": {"pattern": "^(a+)+$"}}})", "{\"n\": \"" + text + "!\"}");
  EXPECT_NE(said.find("/n: must match the pattern"), std::string::npos) << said;
  check_config("p", R"({"patternProperties": {"^(a|a)*$": {"type": "string"}}})", "{\"" + text + "!\": 1}");
  refused(TG_E_INVALID, R"({"patternProperties": {"^(a|a)*$": {"type": "string"}}})", "{\"" + text + "\": 1}");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST(ConfigBoundsTest, PatternsWithoutABound_AreThePluginsFault) {
  for (const char *pattern : {"(a)\\\\1", "a(?=b)", "a{1001}", "((a{100}){100}){100}"})
    refused(TG_E_PLUGIN, R"({"properties": {"n": {"pattern": ")" + std::string(pattern) + "\"}}}", "{}");
}

TEST(ConfigBoundsTest, ManyTextsForLargePatterns_AreRefused) {
  std::string config = "{\"n\": [\"x\"";
  for (int i = 0; i < 900; ++i) config += ",\"" + std::string(1000, 'x') + "\"";
  EXPECT_NE(refused(TG_E_INVALID, R"({"properties": {"n": {"items": {"pattern": "^(x{0,1000})(x{0,600})$"}}}})", config + "]}")
                .find("too many texts for the patterns"),
            std::string::npos);
}

/// 2^n looks at one value, by n schemas that name the next one twice.
TEST(ConfigBoundsTest, SchemasThatNameEachOtherTwice_AreThePluginsFault) {
  std::string all;
  for (int i = 0; i < 40; ++i) {
    const std::string next = R"({"$ref": "#/definitions/d)" + std::to_string(i + 1) + "\"}";
    all += "\"d" + std::to_string(i) + R"(": {"allOf": [)" + next + ", " + next + "]},";
  }
  const std::string schema = R"({"$ref": "#/definitions/d0", "definitions": {)" + all + R"("d40": {}}})";
  EXPECT_NE(refused(TG_E_PLUGIN, schema, "{}").find("looked at more than a million times"), std::string::npos);
}

/// The same by the depth of the configuration.
TEST(ConfigBoundsTest, SchemaThatLooksTwiceAtEachLevel_EndsAtOnce) {
  std::string config = "{}";
  for (int i = 0; i < 50; ++i) config = "{\"a\": " + config + "}";
  refused(TG_E_PLUGIN, R"({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}})", config);
  check_config("p", R"({"properties": {"a": {"$ref": "#"}}})", config);
}

/// C22: the validator goes through each list of a schema for every value of the configuration.
TEST(ConfigBoundsTest, LongListsForManyValues_AreRefusedAtOnce) {
  const auto repeated = [](int times, const auto &one) {
    std::string out;
    for (int i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + one(i);
    return out;
  };
  const auto number = [](int i) { return std::to_string(i); };
  const auto in_list = [](int i) { return "[" + std::to_string(i) + "]"; };
  const auto name = [](int i) { return "\"x" + std::to_string(i) + "\""; };
  const std::string long_text = "\"" + std::string(200'000, 'x') + "\"";
  const std::string objects = "{\"list\": [" + repeated(1000, [](int) { return std::string("{}"); }) + "]}";
  const std::string values = "{\"list\": [" + repeated(1000, in_list) + "]}";
  const auto inside = [](const std::string &schema) { return R"({"properties": {"list": {"items": {)" + schema + "}}}}"; };
  for (const auto &[schema, config] : std::initializer_list<std::pair<std::string, std::string>>{
           {inside("\"enum\": [" + repeated(20'000, number) + "]"), values},
           {inside("\"enum\": [" + repeated(20'000, in_list) + "]"), values},
           {inside("\"enum\": [" + repeated(500, [&](int) { return "[" + repeated(40, number) + "]"; }) + "]"), values},
           {inside("\"enum\": [" + repeated(400, name) + "]"), "{\"list\": [" + long_text + "]}"},
           {inside("\"const\": [" + repeated(20'000, number) + "]"), values},
           {inside("\"required\": [" + repeated(20'000, name) + "]"), objects},
           {inside("\"properties\": {" + repeated(20'000, [&](int i) { return name(i) + ": {}"; }) + "}"), objects},
           {inside("\"dependencies\": {\"a\": [" + repeated(20'000, name) + "]}"), objects},
           {inside("\"allOf\": [" + repeated(20'000, [](int) { return std::string("true"); }) + "]"), values},
           {R"({"propertyNames": {"enum": [)" + repeated(20'000, name) + "]}}",
            "{" + repeated(1000, [&](int i) { return name(i) + ": 1"; }) + "}"}}) {
    EXPECT_NE(refused(TG_E_PLUGIN, schema, config).find("looked at more than a million times"), std::string::npos) << schema.substr(0, 60);
  }
  check_config("p", inside("\"enum\": [" + repeated(20'000, in_list) + "]"), R"({"list": [[1], [2], [19999]]})");
}

TEST(ConfigBoundsTest, DeepSchemas_AreThePluginsFault) {
  std::string chain;
  for (int i = 0; i < 20'000; ++i)
    chain += "\"d" + std::to_string(i) + R"(": {"$ref": "#/definitions/d)" + std::to_string(i + 1) + "\"},";
  EXPECT_NE(refused(TG_E_PLUGIN, R"({"$ref": "#/definitions/d0", "definitions": {)" + chain + R"("d20000": {}}})", "{}").find("200"),
            std::string::npos);
  std::string nested = "{}";
  for (int i = 0; i < 100; ++i) nested = R"({"not": )" + nested + "}";
  refused(TG_E_PLUGIN, nested, "{}");
}

TEST(ConfigBoundsTest, NoValueOfTheConfiguration_IsTold) {
  constexpr const char *kSchema = R"({"additionalProperties": false, "required": ["user"], "properties": {
      "pin": {"type": "string", "maxLength": 2, "pattern": "^x$"}, "code": {"type": "integer", "maximum": 10, "multipleOf": 7},
      "key": {"enum": ["a", "b"]}, "word": {"const": "w"}, "list": {"uniqueItems": true, "items": {"type": "boolean"}},
      "ratio": {"type": "integer"}, "user": {"not": {}}}})";
  for (const char *config :
       {R"({"user": 1, "pin": 4711})", R"({"user": 1, "pin": "4711"})", R"({"user": 1, "code": 4711})", R"({"user": 1, "code": "4711"})",
        R"({"user": 1, "key": "4711"})", R"({"user": 1, "word": 4711})", R"({"user": 1, "list": ["4711", "4711", 4711]})",
        R"({"user": 1, "ratio": 4711.5})", R"({"user": "4711"})", R"({"user": 4711, "code": 99999999999999994711})", R"({"pin": "4711)",
        R"({"pin": "4711", "pin": "4711"})", R"({"pin": 47114711471147114711})", R"(["4711"])", R"("4711")"}) {
    const std::string said = refused(TG_E_INVALID, kSchema, config);
    EXPECT_EQ(said.find("4711"), std::string::npos) << said;
  }
}

/// C23: no sentence is empty, or the validator's own.
TEST(ConfigBoundsTest, KeyThatTheSchemaDoesNotAllow_IsSaid) {
  for (const auto &[names, said] : std::initializer_list<std::pair<const char *, const char *>>{
           {R"({"pattern": "^x"})", "each key must match the pattern \"^x\""}, {R"({"enum": ["x", "y"]})", "each key must be one of \"x\", \"y\""},
           {R"({"maxLength": 0})", "at most 0 characters"}, {R"({"minLength": 9})", "at least 9 characters"}, {R"({"const": "x"})", "the only key is"},
           {R"({"not": {}})", "has a key that its schema does not allow"}, {"false", "has a key that its schema does not allow"}}) {
    const std::string root = R"({"propertyNames": )" + std::string(names) + "}";
    for (const auto &[schema, config] : std::initializer_list<std::pair<std::string, std::string>>{
             {root, R"({"a": 1})"}, {R"({"properties": {"in": )" + root + "}}", R"({"in": {"a": 1}})"}}) {
      const std::string sentence = refused(TG_E_INVALID, schema, config);
      EXPECT_NE(sentence.find(said), std::string::npos) << sentence;
    }
  }
}

TEST(ConfigBoundsTest, ReferenceThatTheValidatorReadsInAnotherWay_IsThePluginsFault) {
  for (const char *reference : {"#/definitions/%zz", "#/definitions/%", "#/definitions/a%62", "#%2fdefinitions", "#/", "#/definitions/"}) {
    const std::string said =
        refused(TG_E_PLUGIN, R"({"$ref": ")" + std::string(reference) + R"(", "": {}, "definitions": {"": {}, "a%62": {}, "ab": {}, "%zz": {}}})", "{}");
    for (const char *own : {"Failed to", "token", "expected two", "iterator"}) EXPECT_EQ(said.find(own), std::string::npos) << said;
  }
}

/// P2: names of a schema and of a configuration are in sentences; found by plugin_schema_fuzz.
TEST(ConfigBoundsTest, NamesThatWouldForgeALine_AreCleaned) {
  for (const char *schema : {R"({"properties": {"\n25004\u001b[2J": {"multipleOf": 0}}})", R"({"required": ["\n25004"]})",
                             R"({"additionalProperties": false, "properties": {"\n25004": {}}})", R"({"$ref": "#/\n25004"})"}) {
    try {
      check_config("p", schema, R"({"a\nb": 1})");
      ADD_FAILURE() << "not refused: " << schema;
    } catch (const Fault &fault) {
      EXPECT_EQ(std::string_view(fault.what()).find_first_of("\r\n\x1b"), std::string_view::npos) << fault.what();
    }
  }
}

}  // namespace
}  // namespace tidegate::sdk
