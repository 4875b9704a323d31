// A file that has grown is written anew.

#include <algorithm>

#include "journal_changes.hpp"
#include "refusing_disk.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

TEST(Journal, Grown_IsWrittenAnew) {
  const Scratch scratch;
  const Changes all = changes(60'000);
  std::uintmax_t largest = 0;
  const int before = renames;
  {
    Journal journal(scratch.state());
    for (const Kept &kept : all) {
      const auto last = journal.append(kept);
      if (last % 100 != 0) continue;
      ASSERT_TRUE(journal.sync(last));
      largest = std::max(largest, fs::file_size(scratch.file()));
    }
    EXPECT_FALSE(journal.broken());
  }
  EXPECT_GT(file_of(all).size(), 4 * Journal::kSmall);
  EXPECT_GT(largest, Journal::kSmall / 2) << "not at every turn";
  EXPECT_LT(largest, Journal::kSmall);
  EXPECT_GT(renames - before, 4);
  EXPECT_EQ(renames_too_early, 0) << "a power cut would leave the name and not what it names";
  EXPECT_EQ(reopened(scratch.state()), state_after(all, all.size()));
}

TEST(Journal, AppendedWhileItIsWrittenAnew_IsInTheNewFile) {
  const Scratch scratch;
  {
    Journal journal(scratch.state(), 1);
    const auto first = journal.append(change("A", 1));
    journal.append(change("B", 1));
    Journal::Position late = 0;
    before_sync = [&] { late = journal.append(change("B", 0)); };
    EXPECT_TRUE(journal.sync(first));
    EXPECT_EQ(late, 3u);
    EXPECT_EQ(contents(scratch.file()), file_of({change("A", 1), change("B", 1), change("B", 0)}));
    const int before = syncs_of_data;
    EXPECT_TRUE(journal.sync(late));
    EXPECT_EQ(syncs_of_data, before + 1) << "it was not on the disk yet";
  }
  EXPECT_EQ(reopened(scratch.state()), (State{{"A", record(change("A", 1))}, {"B", record(change("B", 0))}}));
}

TEST(Journal, NewFileThatIsRefused_IsNotTriedAtEverySync) {
  const Scratch scratch;
  Journal journal(scratch.state(), 1);
  refused_calls = kFiles;
  const int before = syncs_of_files;
  const Changes all = changes(100);
  for (const Kept &kept : all) ASSERT_TRUE(journal.sync(journal.append(kept)));
  refused_calls = kNothing;
  EXPECT_LT(syncs_of_files - before, 20);
  EXPECT_EQ(contents(scratch.file()), file_of(all));
  EXPECT_FALSE(journal.broken());
}

}  // namespace
}  // namespace tidegate::sdk
