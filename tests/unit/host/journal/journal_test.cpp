// What a journal promises on a disk that does what it is asked.

#include "journal/journal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "journal_changes.hpp"
#include "refusing_disk.hpp"
#include "os/fault.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

TEST(Journal, New_MakesItsDirectoryForThisUserAlone) {
  const Scratch scratch;
  synced_directories.clear();
  Journal journal(scratch.state());
  EXPECT_TRUE(journal.recovered().empty());
  EXPECT_EQ(journal.cut(), 0u);
  EXPECT_FALSE(journal.broken());
  EXPECT_TRUE(journal.sync(0));
  for (const char *name : {"", "journal", "lock"}) {
    struct stat info {};
    ASSERT_EQ(stat(scratch.file(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, *name ? 0600u : 0700u);
  }
  for (const std::string &path : {scratch.state(), scratch.path()}) {
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(std::count(synced_directories.begin(), synced_directories.end(), info.st_ino), 1) << path;
  }
  EXPECT_FALSE(fs::exists(scratch.file("journal.damaged")));
  EXPECT_FALSE(fs::exists(scratch.file("journal.new")));
}

TEST(Journal, Reopened_HasTheLastOfEachService) {
  const Scratch scratch;
  const Changes all = changes(20);
  {
    Journal journal(scratch.state());
    Journal::Position last = 0;
    for (const Kept &kept : all) EXPECT_EQ(journal.append(kept), ++last);
    EXPECT_TRUE(journal.sync(last));
    EXPECT_EQ(contents(scratch.file()), file_of(all));
  }
  Journal journal(scratch.state());
  EXPECT_EQ(recovered(journal), state_after(all, all.size()));
  EXPECT_EQ(journal.cut(), 0u);
  EXPECT_EQ(contents(scratch.file()).size(), file_of({all.end() - 3, all.end()}).size()) << "one for each service";
}

TEST(Journal, Reopened_ForgetsWhatIsAsIfNeverHeardOf) {
  const Scratch scratch;
  write(scratch.file(), file_of({change("A", 0, 2), change("B", 7), change("A", 0)}));
  EXPECT_EQ(reopened(scratch.state()).size(), 2u);
  EXPECT_EQ(contents(scratch.file()), record(change("B", 7)));
}

TEST(Journal, FileLongerThanOneRead_IsReadWhole) {
  const Scratch scratch;
  const Changes all = changes(5000);
  write(scratch.file(), file_of(all) + "TGJ1");
  Journal journal(scratch.state());
  EXPECT_EQ(recovered(journal), state_after(all, all.size()));
  EXPECT_EQ(journal.cut(), 4u);
}

TEST(Journal, Sync_CoversAllBeforeIt) {
  const Scratch scratch;
  Journal journal(scratch.state());
  const auto first = journal.append(change("A", 1));
  const auto second = journal.append(change("B", 1));
  const int before = syncs_of_data;
  EXPECT_TRUE(journal.sync(second));
  EXPECT_TRUE(journal.sync(first));
  EXPECT_TRUE(journal.sync(second));
  EXPECT_EQ(syncs_of_data, before + 1);
  const auto third = journal.append(change("A", 2));
  before_sync = [&] { journal.append(change("A", 3)); };
  EXPECT_TRUE(journal.sync(third));
  EXPECT_EQ(syncs_of_data, before + 2);
  EXPECT_TRUE(journal.sync(third + 1));
  EXPECT_EQ(syncs_of_data, before + 3) << "it came while the disk was busy already";
  EXPECT_FALSE(journal.sync(Journal::kLost));
}

TEST(Journal, SyncedUnderConcurrency_IsInTheFile) {
  const Scratch scratch;
  constexpr std::uint64_t kRounds = 400;
  {
    Journal journal(scratch.state(), 2048);
    std::mutex control;
    std::vector<std::thread> threads;
    for (const char *name : {"A", "B", "C", "D"})
      threads.emplace_back([&, name] {
        for (std::uint64_t round = 1; round <= kRounds; ++round) {
          std::unique_lock lock(control);
          const auto position = journal.append(change(name, round, round % 3));
          lock.unlock();
          ASSERT_TRUE(journal.sync(position));
          ASSERT_FALSE(journal.broken());
          if (round % 20 != 0) continue;
          ASSERT_NE(contents(scratch.file()).find(record(change(name, round, round % 3))), std::string::npos);
        }
      });
    for (std::thread &thread : threads) thread.join();
  }
  State want;
  for (const char *name : {"A", "B", "C", "D"}) want[name] = record(change(name, kRounds, kRounds % 3));
  EXPECT_EQ(reopened(scratch.state()), want);
}

TEST(Journal, L10_DirectoryThatWasEmptied_IsMadeAgain_WithItsLock) {
  const Scratch scratch;
  Journal journal(scratch.state());
  ASSERT_TRUE(journal.sync(journal.append(change("A", 1, 1))));
  for (const bool whole : {false, true}) {
    if (whole)
      fs::remove_all(scratch.state());
    else
      for (const auto &entry : fs::directory_iterator(scratch.state())) fs::remove(entry);
    ASSERT_TRUE(journal.sync(journal.append(change("B", whole ? 2 : 1, 1))));
    EXPECT_TRUE(fs::exists(scratch.file("journal")));
    EXPECT_THROW(Journal{scratch.state()}, Fault) << "the lock is there again";
  }
  fs::remove(scratch.file("lock"));
  EXPECT_TRUE(journal.keep_place());
  EXPECT_TRUE(fs::exists(scratch.file("lock")));
}

}  // namespace
}  // namespace tidegate::sdk
