// A6: without memory a line of the log is lost and counted, and the process goes on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>

#include "events/event_text.hpp"
#include "events/log.hpp"
#include "tidegate/vocabulary/severity.h"

namespace {

thread_local int left = -1;  // allocations until there is no memory; negative: no limit

}  // namespace

// Not inlined, so that the compiler does not see malloc() and free() across the pair.
[[gnu::noinline]] void *operator new(std::size_t size) {
  if (left == 0) throw std::bad_alloc();
  if (left > 0) --left;
  if (void *const memory = std::malloc(size != 0 ? size : 1); memory != nullptr) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void *memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

namespace tidegate::sdk {
namespace {

class LogMemoryTest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(LogMemoryTest, LineWithoutMemory_IsLostAndCounted_AndTheProcessGoesOn) {
  constexpr int kLines = 16;
  const std::string path = testing::TempDir() + "log_memory_test_" + std::to_string(getpid());
  std::filesystem::remove(path);
  std::uint64_t lost = 0;
  {
    Log log(GetParam(), path);
    Event event;
    event.number = TG_EVENT_DRAINED;
    event.service.assign(std::string(63, 'S'));
    event.action.actor.assign(std::string(63, 'A'));
    event.action.reason.assign(std::string(127, 'R'));
    describe(event);
    log.write(event);  // what is made once is there from now on
    for (int allowed = 0; allowed < kLines; ++allowed) {
      left = allowed;
      log.write(event);
      left = -1;
    }
    log.on_lost([&](std::uint64_t lines) { lost += lines; });
    log.flush();
  }
  EXPECT_GE(lost, 2u);
  std::ifstream file(path);
  std::uint64_t written = 0;
  for (std::string line; std::getline(file, line);) ++written;
  EXPECT_EQ(written + lost, static_cast<std::uint64_t>(kLines + 1)) << "every line is written or counted";
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(Formats, LogMemoryTest, testing::Values(TG_FORMAT_TEXT, TG_FORMAT_JSON));

}  // namespace
}  // namespace tidegate::sdk
