// Writes and syncs that the disk refuses.

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../child_process.hpp"
#include "journal_changes.hpp"
#include "refusing_disk.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

TEST(Journal, FullDisk_IsForgottenNoChangeOfAnyService) {
  const Scratch scratch;
  EXPECT_TRUE(in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    Journal journal(scratch.state());
    must(journal.sync(journal.append(change("A", 1))) && journal.sync(journal.append(change("B", 1))));
    const std::string before = contents(scratch.file());
    const rlim_t full = before.size() + 20;
    const rlimit limit{full, RLIM_INFINITY};
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const auto a = journal.append(change("A", 2, 3));
    must(journal.broken() && contents(scratch.file()) == before);
    must(!journal.sync(a) && journal.broken());
    const auto b = journal.append(change("B", 2, 2));
    must(!journal.sync(b) && contents(scratch.file()) == before);
    must(journal.sync(a - 1));
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    must(setrlimit(RLIMIT_FSIZE, &none) == 0);
    const auto c = journal.append(change("C", 1));
    must(!journal.broken());
    const std::string want = before + record(change("A", 2, 3)) + record(change("B", 2, 2)) + record(change("C", 1));
    must(contents(scratch.file()) == want);
    must(journal.sync(a) && journal.sync(c));
  }));
  const Changes all{change("A", 2, 3), change("B", 2, 2), change("C", 1)};
  EXPECT_EQ(reopened(scratch.state()), state_after(all, all.size()));
}

TEST(Journal, FullDisk_WithRoomForANewFile_LosesNothing) {
  const Scratch scratch;
  EXPECT_TRUE(in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    Journal journal(scratch.state());
    for (const Kept &kept : changes(30)) journal.append(kept);
    const rlimit limit{contents(scratch.file()).size(), RLIM_INFINITY};
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const auto last = journal.append(change("LAST", 1));
    must(journal.broken());
    must(journal.sync(last) && !journal.broken());
  }));
  Changes all = changes(30);
  all.push_back(change("LAST", 1));
  EXPECT_EQ(reopened(scratch.state()), state_after(all, all.size()));
}

TEST(Journal, WriteThatCannotBeTakenBack_IsNotWrittenOver) {
  const Scratch scratch;
  EXPECT_TRUE(in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    Journal journal(scratch.state());
    const rlimit limit{20, RLIM_INFINITY};
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    refused_calls = kCuts;
    journal.append(change("A", 1));
    must(setrlimit(RLIMIT_FSIZE, &none) == 0);
    const auto second = journal.append(change("B", 1));
    must(journal.broken() && contents(scratch.file()) == record(change("A", 1)).substr(0, 20));
    refused_calls = kNothing;
    must(journal.append(change("B", 2)) == second + 1 && !journal.broken());
    must(contents(scratch.file()) == file_of({change("A", 1), change("B", 2)}));
  }));
}

TEST(Journal, SyncThatFails_IsMadeGoodByANewFile) {
  const Scratch scratch;
  Journal journal(scratch.state());
  refused_calls = kData | kFiles;
  const auto first = journal.append(change("A", 1));
  EXPECT_FALSE(journal.sync(first));
  EXPECT_TRUE(journal.broken());
  refused_calls = kNothing;
  const int before = syncs_of_data;
  struct stat old {
  }, now{};
  stat(scratch.file().c_str(), &old);
  EXPECT_TRUE(journal.sync(first)) << "the system says once only that it could not write";
  EXPECT_EQ(syncs_of_data, before) << "so another fdatasync() of that file proves nothing";
  stat(scratch.file().c_str(), &now);
  EXPECT_NE(now.st_ino, old.st_ino);
  EXPECT_FALSE(journal.broken());
  EXPECT_EQ(contents(scratch.file()), record(change("A", 1)));
}

TEST(Journal, NewFileWhoseNameIsNotDurable_IsNotTrusted) {
  const Scratch scratch;
  Journal journal(scratch.state(), 1);
  refused_calls = kDirectories;
  const auto first = journal.append(change("A", 1));
  EXPECT_FALSE(journal.sync(first));
  EXPECT_TRUE(journal.broken());
  EXPECT_FALSE(journal.sync(first)) << "the file is there, but its name may not be after a power cut";
  refused_calls = kNothing;
  EXPECT_TRUE(journal.sync(first));
  EXPECT_FALSE(journal.broken());
}

}  // namespace
}  // namespace tidegate::sdk
