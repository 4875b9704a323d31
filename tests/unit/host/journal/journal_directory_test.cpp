// The directory and the files that a journal finds: which it refuses, which it puts aside.

#include <sys/stat.h>

#include <optional>

#include "../child_process.hpp"
#include "journal_changes.hpp"
#include "os/fault.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

std::optional<Fault> fault_of(const std::string &directory) {
  try {
    Journal journal(directory);
  } catch (const Fault &fault) {
    return fault;
  }
  return std::nullopt;
}

testing::AssertionResult refused(const std::string &directory, tg_result code, const std::string &part) {
  const std::optional<Fault> fault = fault_of(directory);
  if (!fault) return testing::AssertionFailure() << directory << " was taken";
  if (fault->code() != code || std::string(fault->what()).find(part) == std::string::npos)
    return testing::AssertionFailure() << fault->code() << " " << fault->what();
  return testing::AssertionSuccess();
}

/// Root may do what others may not.
constexpr uid_t kNobody = 65534;
void must_become_nobody() { must(geteuid() != 0 || setuid(kNobody) == 0); }
void give_to_nobody(const std::string &path) { EXPECT_TRUE(geteuid() != 0 || chown(path.c_str(), kNobody, kNobody) == 0); }

TEST(Journal, Directory_ThatCannotBeTrusted_IsRefused) {
  const Scratch scratch;
  const auto plain = [&](const char *name) { return scratch.path() + "/" + name; };
  EXPECT_TRUE(refused("state", TG_E_INVALID, "absolute"));
  EXPECT_TRUE(refused("", TG_E_INVALID, "absolute"));
  EXPECT_TRUE(refused(scratch.path() + std::string("/a\0b", 4), TG_E_INVALID, "zero byte"));
  EXPECT_TRUE(refused(plain("missing/state"), TG_E_SYSTEM, "parent must exist"));
  write(plain("file"), "x");
  EXPECT_TRUE(refused(plain("file"), TG_E_SYSTEM, "give a directory"));
  fs::create_directory(plain("other"));
  fs::create_directory_symlink(plain("other"), plain("link"));
  EXPECT_TRUE(refused(plain("link"), TG_E_SYSTEM, "not a link"));
  EXPECT_TRUE(refused(plain("link/"), TG_E_SYSTEM, "not a link"));
  EXPECT_TRUE(fs::is_empty(plain("other")));
  for (const mode_t mode : {0702u, 0777u}) {
    ASSERT_EQ(chmod(plain("other").c_str(), mode), 0);
    EXPECT_TRUE(refused(plain("other"), TG_E_SYSTEM, "chmod go-w"));
  }
  ASSERT_EQ(chmod(plain("other").c_str(), 0755), 0);
  EXPECT_FALSE(fault_of(plain("other//")));
  const std::string foreign = geteuid() == 0 ? plain("other") : "/usr";
  if (geteuid() == 0) give_to_nobody(foreign);
  EXPECT_TRUE(refused(foreign, TG_E_SYSTEM, "belongs to user"));
}

TEST(Journal, Directory_OfAnotherHost_IsRefusedUntilThatHasGone) {
  const Scratch scratch;
  {
    const Journal journal(scratch.state());
    EXPECT_TRUE(refused(scratch.state(), TG_E_EXISTS, "another host"));
  }
  EXPECT_FALSE(fault_of(scratch.state()));
}

TEST(Journal, File_ThatIsNone_IsRefused) {
  const Scratch scratch;
  write(scratch.path() + "/target", file_of(changes(3)));
  fs::create_directory(scratch.state());
  fs::create_symlink(scratch.path() + "/target", scratch.file());
  EXPECT_TRUE(refused(scratch.state(), TG_E_SYSTEM, "not a regular file"));
  EXPECT_EQ(contents(scratch.path() + "/target"), file_of(changes(3)));
  fs::remove(scratch.file());
  fs::create_directory(scratch.file());
  EXPECT_TRUE(refused(scratch.state(), TG_E_SYSTEM, "not a regular file"));
  fs::remove(scratch.file());
  ASSERT_EQ(mkfifo(scratch.file().c_str(), 0600), 0);
  EXPECT_TRUE(refused(scratch.state(), TG_E_SYSTEM, "not a regular file"));
}

TEST(Journal, File_ThatMayNotBeRead_IsPutAside) {
  const Scratch scratch;
  write(scratch.file(), file_of(changes(3)));
  ASSERT_EQ(chmod(scratch.file().c_str(), 0), 0);
  for (const std::string &path : {scratch.path(), scratch.state(), scratch.file()}) give_to_nobody(path);
  EXPECT_TRUE(in_child([&] {
    must_become_nobody();
    Journal journal(scratch.state());
    must(journal.recovered().empty() && journal.cut() == file_of(changes(3)).size());
    must(!journal.broken() && journal.sync(journal.append(change("S", 1))));
  }));
  ASSERT_EQ(chmod(scratch.file("journal.damaged").c_str(), 0600), 0);
  EXPECT_EQ(contents(scratch.file("journal.damaged")), file_of(changes(3)));
  EXPECT_EQ(contents(scratch.file()), record(change("S", 1)));
}

TEST(Journal, File_ThatCannotBeMade_IsBrokenUntilItCan) {
  const Scratch scratch;
  write(scratch.file("lock"), "");
  for (const std::string &path : {scratch.path(), scratch.state(), scratch.file("lock")}) give_to_nobody(path);
  ASSERT_EQ(chmod(scratch.state().c_str(), 0500), 0);
  EXPECT_TRUE(in_child([&] {
    must_become_nobody();
    Journal journal(scratch.state());
    must(journal.broken() && journal.cut() == 0);
    const auto lost = journal.append(change("A", 1));
    must(!journal.sync(lost) && journal.broken());
    chmod(scratch.state().c_str(), 0700);
    must(journal.sync(journal.append(change("B", 1))) && !journal.broken());
  }));
  EXPECT_EQ(contents(scratch.file()), record(change("A", 1)) + record(change("B", 1)));
}

}  // namespace
}  // namespace tidegate::sdk
