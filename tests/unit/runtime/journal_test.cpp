#include "runtime/journal.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <thread>

#include "runtime/fault.hpp"

namespace {

/// The disk as the tests want it: the journal calls these in the place of those of the C library.
enum Refused : unsigned { kNothing = 0, kData = 1, kFiles = 2, kDirectories = 4, kCuts = 8 };
std::atomic<unsigned> refused_calls{kNothing};
std::atomic<int> syncs_of_data{0};
std::atomic<int> syncs_of_files{0};
std::vector<ino_t> synced_directories;
std::atomic<ino_t> last_synced_file{0};
std::atomic<int> renames{0};
std::atomic<int> renames_too_early{0};  // of what was not on the disk yet
std::function<void()> before_sync;

int refuse() {
  errno = EIO;
  return -1;
}

void call_before_sync() {
  if (before_sync) std::exchange(before_sync, nullptr)();
}

}  // namespace

extern "C" int fsync(int fd) {
  struct stat info {};
  fstat(fd, &info);
  if (S_ISDIR(info.st_mode)) {
    synced_directories.push_back(info.st_ino);
    return refused_calls & kDirectories ? refuse() : static_cast<int>(syscall(SYS_fsync, fd));
  }
  ++syncs_of_files;
  call_before_sync();
  last_synced_file = info.st_ino;
  return refused_calls & kFiles ? refuse() : static_cast<int>(syscall(SYS_fsync, fd));
}

extern "C" int fdatasync(int fd) {
  ++syncs_of_data;
  call_before_sync();
  return refused_calls & kData ? refuse() : static_cast<int>(syscall(SYS_fdatasync, fd));
}

extern "C" int ftruncate(int fd, off_t length) noexcept {
  return refused_calls & kCuts ? refuse() : static_cast<int>(syscall(SYS_ftruncate, fd, length));
}

extern "C" int renameat(int from_directory, const char *from, int to_directory, const char *to) noexcept {
  struct stat info {};
  fstatat(from_directory, from, &info, AT_SYMLINK_NOFOLLOW);
  ++renames;
  if (info.st_ino != last_synced_file) ++renames_too_early;
  return static_cast<int>(syscall(SYS_renameat, from_directory, from, to_directory, to));
}

namespace tidegate::sdk {
namespace {

namespace fs = std::filesystem;
using Changes = std::vector<Kept>;
using State = std::map<std::string, std::string>;  // name of the service → its record

/// A directory that goes with the test; in memory where that can be had, as thousands of journals are opened.
class Scratch {
 public:
  Scratch() {
    path_ = (access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : testing::TempDir()) + "journal_test_XXXXXX";
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~Scratch() { fs::remove_all(path_); }
  std::string path() const { return path_; }
  std::string state() const { return path_ + "/state"; }
  std::string file(const char *name = "journal") const { return state() + "/" + name; }

 private:
  std::string path_;
};

std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string &path, const std::string &bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string record(const Kept &kept) {
  RecordBuffer buffer;
  const std::size_t length = encode(kept, buffer);
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length)};
}

Kept change(std::string_view service, std::uint64_t epoch, std::size_t holds = 0) {
  Kept kept;
  kept.service.assign(service);
  kept.epoch = epoch;
  kept.status = 5;
  for (std::size_t i = 0; i < holds; ++i) {
    Hold hold;
    hold.action.actor.assign("actor " + std::to_string(i));
    hold.action.reason.assign(std::string(epoch % 90, 'r'));
    hold.since_unix = static_cast<std::int64_t>(epoch);
    kept.holds.place(hold);
  }
  return kept;
}

/// Changes of three services, holds coming and going.
Changes changes(std::size_t count) {
  Changes out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(change("SERVICE" + std::to_string(i % 3), i + 1, i * 7 % 4));
  return out;
}

State state_after(const Changes &all, std::size_t count) {
  State state;
  for (std::size_t i = 0; i < count; ++i) state[std::string(all[i].service.view())] = record(all[i]);
  return state;
}

State recovered(const Journal &journal) {
  State state;
  for (const Kept &kept : journal.recovered()) state[std::string(kept.service.view())] = record(kept);
  return state;
}

State reopened(const std::string &state) { return recovered(Journal(state)); }

/// How many of the records, which are one after another, end in the first `length` bytes; and where the last of them does.
std::pair<std::size_t, std::size_t> whole(const Changes &all, std::size_t length) {
  std::size_t count = 0, end = 0;
  while (count < all.size() && end + record(all[count]).size() <= length) end += record(all[count++]).size();
  return {count, end};
}

std::string file_of(const Changes &all) {
  std::string bytes;
  for (const Kept &kept : all) bytes += record(kept);
  return bytes;
}

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

/// In a process of its own, for what it does to itself; there must() takes the place of the macros.
template <class F>
testing::AssertionResult in_child(F &&body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? testing::AssertionSuccess() : testing::AssertionFailure() << "it ended with " << status;
}

void must(bool fact, int line = __builtin_LINE()) {
  if (fact) return;
  dprintf(STDERR_FILENO, "%s:%d: not so\n", __FILE__, line);
  _exit(1);
}

/// Root may do what others may not.
constexpr uid_t kNobody = 65534;
void must_become_nobody() { must(geteuid() != 0 || setuid(kNobody) == 0); }
void give_to_nobody(const std::string &path) { EXPECT_TRUE(geteuid() != 0 || chown(path.c_str(), kNobody, kNobody) == 0); }

// ---- opening ----

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
  for (const mode_t mode : {0720u, 0702u, 0777u}) {
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

// ---- recovering ----

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

TEST(Journal, FileLongerThanOneRead_IsReadWhole) {
  const Scratch scratch;
  const Changes all = changes(5000);
  write(scratch.file(), file_of(all) + "TGJ1");
  Journal journal(scratch.state());
  EXPECT_EQ(recovered(journal), state_after(all, all.size()));
  EXPECT_EQ(journal.cut(), 4u);
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

// ---- writes and syncs that fail ----

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

// ---- growth ----

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

// ---- killed ----

/// What a process that is about to be killed has got done, in memory that outlives it.
struct Progress {
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> synced{0};
};

class SharedProgress {
 public:
  SharedProgress() : at_(mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    new (at_) Progress;
  }
  ~SharedProgress() { munmap(at_, sizeof(Progress)); }
  Progress *operator->() const { return static_cast<Progress *>(at_); }

 private:
  void *at_;
};

/// Each change appended and synced, with a file that is soon too large. `begun` and `synced` count those that were there
/// before.
void make(const std::string &state, const Changes &all, std::size_t from, const SharedProgress &progress, int said = -1) {
  Journal journal(state, 700);
  for (std::size_t i = from; i < all.size(); ++i) {
    progress->begun = i + 1;
    if (!journal.sync(journal.append(all[i]))) _exit(1);
    progress->synced = i + 1;
    if (said >= 0 && ::write(said, "", 1) != 1) _exit(2);
  }
}

/// Opens what is left, which must be a state that the process had, and not one before the last that it has synced.
testing::AssertionResult left_whole(const std::string &state, const Changes &all, const SharedProgress &progress) {
  const State left = reopened(state);
  for (std::size_t count = progress->synced; count <= progress->begun; ++count)
    if (left == state_after(all, count)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "not a state after " << progress->synced << " to " << progress->begun << " changes";
}

TEST(Journal, KilledAfterEachSync_KeepsWhatWasSynced) {
  const Changes all = changes(25);
  for (std::size_t count = 0; count <= all.size(); ++count) {
    const Scratch scratch;
    const SharedProgress progress;
    int said[2];
    ASSERT_EQ(pipe(said), 0);
    const pid_t child = fork();
    if (child == 0) {
      make(scratch.state(), all, 0, progress, said[1]);
      for (;;) pause();
    }
    close(said[1]);
    char byte;
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(read(said[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(said[0]);
    EXPECT_GE(progress->synced, count);
    EXPECT_TRUE(left_whole(scratch.state(), all, progress)) << count;
  }
}

/// Kills it before its first system call, after that, before its second...: only they change what is in the directory. It
/// opens a file with damage, and writes it anew three times.
TEST(Journal, KilledAtEverySystemCall_KeepsWhatWasSynced) {
  const Changes all = changes(20);
  const std::size_t from = 4;
  bool ended = false;
  std::size_t calls = 0;
  for (; !ended; ++calls) {
    const Scratch scratch;
    write(scratch.file(), file_of({all.begin(), all.begin() + from}) + record(all[from]).substr(0, 30));
    const SharedProgress progress;
    progress->begun = progress->synced = from;
    const pid_t child = fork();
    if (child == 0) {
      if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(3);
      raise(SIGSTOP);
      make(scratch.state(), all, from, progress);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSTOPPED(status)) << "a process that is traced is needed here: " << status;
    for (std::size_t i = 0; i <= calls && !ended; ++i) {
      ASSERT_EQ(ptrace(PTRACE_SYSCALL, child, nullptr, nullptr), 0);
      waitpid(child, &status, 0);
      ended = WIFEXITED(status);
    }
    if (ended) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      EXPECT_EQ(progress->synced, all.size());
    } else {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    ASSERT_TRUE(left_whole(scratch.state(), all, progress)) << calls;
  }
  RecordProperty("stops", static_cast<int>(calls));
  EXPECT_GT(calls, 100u);
}

}  // namespace
}  // namespace tidegate::sdk
