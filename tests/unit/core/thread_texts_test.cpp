#include "core/thread_texts.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <new>
#include <thread>

namespace {

thread_local bool no_memory = false;

}  // namespace

/// The one that ThreadTexts uses, so that a test can refuse it.
void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
  if (no_memory) return nullptr;
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

namespace tidegate::sdk {
namespace {

TEST(ThreadTextsTest, L11_EachThreadHasItsOwn_FromItsFirstUse) {
  ThreadTexts *const here = ThreadTexts::get();
  ASSERT_NE(here, nullptr);
  here->last_error.assign("here");
  std::thread([&] {
    EXPECT_EQ(ThreadTexts::find(), nullptr) << "it has used none";
    ThreadTexts *const there = ThreadTexts::get();
    EXPECT_NE(there, here);
    EXPECT_TRUE(there->last_error.empty());
    EXPECT_EQ(ThreadTexts::get(), there);
    EXPECT_EQ(ThreadTexts::find(), there);
  }).join();
  EXPECT_EQ(ThreadTexts::find()->last_error.view(), "here");
}

TEST(ThreadTextsTest, L11_ThreadsThatEnd_GiveTheirMemoryBack) {
  const auto round = [] {
    for (int i = 0; i < 500; ++i) std::thread([] { ThreadTexts::get()->redirect.assign("sip:spare@example.org"); }).join();
  };
  round();
  const std::size_t before = mallinfo2().uordblks;
  round();
  EXPECT_LT(mallinfo2().uordblks, before + 100 * sizeof(ThreadTexts));
}

TEST(ThreadTextsTest, L11_WithoutMemory_ThereAreNone_AndLaterThereAre) {
  std::thread([] {
    no_memory = true;
    EXPECT_EQ(ThreadTexts::get(), nullptr);
    EXPECT_EQ(ThreadTexts::find(), nullptr);
    no_memory = false;
    EXPECT_NE(ThreadTexts::get(), nullptr);
  }).join();
}

}  // namespace
}  // namespace tidegate::sdk
