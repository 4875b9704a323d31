// A file that ends or changes anywhere costs nothing of what comes before.

#include <random>

#include "journal_changes.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

TEST(Journal, EveryPrefix_IsCutAfterItsLastWholeRecord) {
  const Changes all = changes(9);
  const std::string bytes = file_of(all);
  const Kept more = change("MORE", 1, 1);
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    SCOPED_TRACE(length);
    const Scratch scratch;
    write(scratch.file(), bytes.substr(0, length));
    const auto [count, end] = whole(all, length);
    State want = state_after(all, count);
    {
      Journal journal(scratch.state());
      ASSERT_EQ(recovered(journal), want);
      ASSERT_EQ(journal.cut(), length - end);
      ASSERT_EQ(fs::exists(scratch.file("journal.damaged")), length != end);
      ASSERT_EQ(contents(scratch.file("journal.damaged")), length != end ? bytes.substr(0, length) : "");
      ASSERT_TRUE(journal.sync(journal.append(more)));
    }
    want["MORE"] = record(more);
    Journal journal(scratch.state());
    ASSERT_EQ(recovered(journal), want);
    ASSERT_EQ(journal.cut(), 0u);
  }
}

TEST(Journal, EveryFlippedByte_CostsNothingBeforeIt) {
  const Changes all = changes(5);
  const std::string bytes = file_of(all);
  const Scratch scratch;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ flip);
      write(scratch.file(), flipped);
      const auto [count, end] = whole(all, at);
      const Journal journal(scratch.state());
      ASSERT_EQ(recovered(journal), state_after(all, count)) << at;
      ASSERT_EQ(journal.cut(), bytes.size() - end) << at;
      ASSERT_EQ(contents(scratch.file("journal.damaged")), flipped);
    }
  }
}

TEST(Journal, AnyBytes_AreNoReasonNotToStart) {
  std::mt19937 random(7);
  const Changes all = changes(12);
  const std::string good = file_of(all);
  const Scratch scratch;
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes(random() % 3000, '\0');
    for (char &byte : bytes) byte = static_cast<char>(random());
    std::size_t sound = 0;
    if (round % 2 == 0) {  // sound at first, then noise over it, in it or after it
      sound = random() % good.size();
      bytes = good.substr(0, sound) + bytes + good.substr(random() % 2 == 0 ? sound : random() % good.size());
    }
    write(scratch.file(), bytes);
    Journal journal(scratch.state());
    ASSERT_LE(journal.cut(), bytes.size() - whole(all, sound).second);
    ASSERT_TRUE(round % 2 == 0 || journal.cut() == bytes.size());
    ASSERT_TRUE(journal.sync(journal.append(change("S", 1))));
  }
}

TEST(Journal, NewFileThatCannotBeWritten_LeavesTheOldOneWithoutItsDamage) {
  const Scratch scratch;
  const Changes all = changes(6);
  write(scratch.file(), file_of(all) + "half a record");
  fs::create_directories(scratch.file("journal.new/in the way"));
  {
    Journal journal(scratch.state());
    EXPECT_EQ(journal.cut(), 13u);
    EXPECT_FALSE(journal.broken());
    EXPECT_EQ(contents(scratch.file()), file_of(all));
    EXPECT_FALSE(fs::exists(scratch.file("journal.damaged"))) << "it would be the same file";
    EXPECT_TRUE(journal.sync(journal.append(change("MORE", 1))));
  }
  State want = state_after(all, all.size());
  want["MORE"] = record(change("MORE", 1));
  EXPECT_EQ(reopened(scratch.state()), want);
}

}  // namespace
}  // namespace tidegate::sdk
