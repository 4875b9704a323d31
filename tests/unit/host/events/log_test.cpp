#include "events/log.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "tidegate/vocabulary/severity.h"

namespace tidegate::sdk {
namespace {

std::string written(std::uint32_t format) {
  const std::string path = testing::TempDir() + "log_test_" + std::to_string(getpid());
  std::filesystem::remove(path);
  {
    Log log(format, path);
    Event event;
    event.number = TG_EVENT_DRAINED;
    event.service.assign("S");
    describe(event);
    log.write(event);
    log.write(TG_SEVERITY_WARNING, "org.example", "a line {} with braces");
    log.flush();
  }
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  std::filesystem::remove(path);
  return all.str();
}

TEST(Log, Text_IsOneLineForEachEvent) {
  const std::string text = written(TG_FORMAT_TEXT);
  EXPECT_NE(text.find(" info    25050 S draining complete"), std::string::npos) << text;
  EXPECT_NE(text.find("warning org.example: a line {} with braces\n"), std::string::npos) << text;
}

TEST(Log, Json_IsOneObjectALine) {
  const std::string text = written(TG_FORMAT_JSON);
  EXPECT_EQ(text.front(), '{');
  EXPECT_NE(text.find("}\n{"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("source":"org.example","text":"a line {} with braces"})"), std::string::npos) << text;
}

TEST(Log, File_ThatCannotBeOpened_IsSaid) {
  try {
    Log log(TG_FORMAT_TEXT, "/dev/null/log");
    FAIL();
  } catch (const Fault &fault) {
    EXPECT_EQ(fault.code(), TG_E_SYSTEM);
    EXPECT_NE(std::string(fault.what()).find("/dev/null/log"), std::string::npos);
  }
}

}  // namespace
}  // namespace tidegate::sdk
