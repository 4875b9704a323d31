#include "journal/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr const char *kFile = "journal";
constexpr const char *kNew = "journal.new";
constexpr const char *kDamaged = "journal.damaged";
constexpr const char *kLock = "lock";

/// Checks the path and removes slashes at its end: with O_NOFOLLOW open("x/") would still follow a link x.
std::string checked_path(std::string path) {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
    throw Fault(TG_E_INVALID,
                "state directory \"" + std::string(path.c_str()) + "\": give its absolute path, without a zero byte");
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Descriptor open_directory(const std::string &path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw system_fault("cannot make the state directory " + path + ", whose parent must exist", errno);
  Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open())
    throw system_fault("cannot use " + path + " as the state directory; give a directory, not a link to one", errno);
  struct stat info {};
  if (fstat(directory.fd(), &info) != 0) throw system_fault("cannot look at the state directory " + path, errno);
  if (info.st_uid != geteuid())
    throw Fault(TG_E_SYSTEM, "the state directory " + path + " belongs to user " + std::to_string(info.st_uid) +
                                 ", not to this process; chown it or give another");
  if ((info.st_mode & 02) != 0)
    throw Fault(TG_E_SYSTEM, "the state directory " + path + " can be written by everybody; chmod go-w it or give another");
  // The group's right to write is removed: some systems grant it at each mount, as Kubernetes' fsGroup does.
  if ((info.st_mode & 020) != 0 && fchmod(directory.fd(), info.st_mode & 07755) != 0)
    throw system_fault("the state directory " + path + " can be written by its group, and its mode cannot be changed; chmod g-w it or "
                       "give another", errno);
  // Synced files are lost if their directory itself is not on the disk. A parent directory that this process cannot open belongs to
  // others, who sync it.
  const Descriptor parent(openat(directory.fd(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.is_open()) fsync(parent.fd());
  return directory;
}

/// Takes the lock of the directory, which ends with this process and not with its children.
os::ProcessLock lock_directory(const std::string &path) {
  os::ProcessLock lock;
  if (lock.take(path + "/" + kLock)) return lock;
  if (errno != EWOULDBLOCK) throw system_fault("cannot lock " + path + "/" + kLock, errno);
  throw Fault(TG_E_EXISTS, "another host uses the state directory " + path +
                               (lock.holder() != 0 ? ", that of process " + std::to_string(lock.holder()) : "") +
                               "; stop it, or give this one a directory of its own");
}

/// Writes the record at `end`, and moves `end` behind the record. Returns: false when the record was not written as a whole.
bool write_record(int fd, const Kept &kept, std::uint64_t &end) {
  RecordBuffer record;
  const std::size_t length = encode(kept, record);
  ssize_t written = -1;
  do written = pwrite(fd, record.data(), length, static_cast<off_t>(end));
  while (written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(length)) return false;
  end += length;
  return true;
}

}  // namespace

Journal::Journal(std::string directory, std::uint64_t small)
    : small_(small), path_(checked_path(std::move(directory))), rewrite_at_(small) {
  directory_ = open_directory(path_);
  lock_ = lock_directory(path_);
  load(path_ + "/" + kFile);
  for (const auto &[name, slot] : slots_) recovered_.push_back(slot.kept);
  if (cut_ > 0) keep_damaged();
  if (rewrite()) return;
  // The old file goes on without its torn end; journal.damaged is a name of the same file, and would lose that end too.
  if (torn_ && file_.is_open()) unlinkat(directory_.fd(), kDamaged, 0);
  mend();
  suspect_ = suspect_ || fsync(directory_.fd()) != 0;  // load() may have made it
}

/// Reads the records of the file. Afterwards file_ is open if the file can be written.
void Journal::load(const std::string &path) {
  struct stat info {};
  if (fstatat(directory_.fd(), kFile, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(info.st_mode))
    throw Fault(TG_E_SYSTEM, path + " is not a regular file; move it away");
  if (info.st_ino != 0 && info.st_uid != geteuid() && info.st_uid != 0)
    throw Fault(TG_E_SYSTEM, path + " belongs to user " + std::to_string(info.st_uid) + ", not to this process; move it away");
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = Descriptor(openat(directory_.fd(), kFile, O_RDWR | O_CREAT | kFlags, 0600));
  Descriptor read_only;
  if (!file_.is_open()) {
    read_only = Descriptor(openat(directory_.fd(), kFile, O_RDONLY | kFlags));
    // A file that this process may not open, or cannot make, does not keep the host from starting. A lack of memory or descriptors does:
    // the file would count as empty, and a service that an operator has paused would open.
    const int error = read_only.is_open() ? 0 : errno;
    const bool go_on = error == 0 || error == ENOENT || error == EACCES || error == EPERM || error == EIO;
    if (!go_on) throw system_fault("cannot open " + path, error);
  }
  end_ = read_whole(file_.is_open() ? file_.fd() : read_only.fd());
  const auto size = static_cast<std::uint64_t>(info.st_size);
  cut_ = size - std::min(size, end_);
  torn_ = cut_ > 0;
}

/// Reads the records into slots_, up to the first that is not whole. Returns: the place of that one.
std::uint64_t Journal::read_whole(int fd) {
  std::vector<unsigned char> bytes;
  std::uint64_t end = 0;
  for (;;) {
    const std::size_t had = bytes.size();
    bytes.resize(had + kLongestRecord);
    ssize_t got = -1;
    do got = read(fd, bytes.data() + had, kLongestRecord);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return end;
    bytes.resize(had + static_cast<std::size_t>(got));

    std::span<const unsigned char> left(bytes);
    Decoded record;
    while ((record = decode(left)).what == Decoded::What::whole) {
      slots_[std::string(record.kept.service.view())].kept = record.kept;
      left = left.subspan(record.length);
      end += record.length;
    }
    if (record.what == Decoded::What::damaged) return end;
    bytes.erase(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(left.size()));
  }
}

/// Keeps the damaged file under a second name, which needs no space on a full disk; the file itself is about to be replaced.
void Journal::keep_damaged() const {
  unlinkat(directory_.fd(), kDamaged, 0);
  // When the link fails, only the evidence is lost.
  [[maybe_unused]] const int kept = linkat(directory_.fd(), kFile, directory_.fd(), kDamaged, 0);
}

void Journal::expect(std::string_view service) {
  const std::lock_guard lock(mu_);
  slots_.try_emplace(std::string(service));
}

/// Returns the slot of a service; null without memory for a new slot.
Journal::Slot *Journal::slot_of(std::string_view service) noexcept {
  if (const auto found = slots_.find(service); found != slots_.end()) return &found->second;
  try {
    return &slots_.try_emplace(std::string(service)).first->second;
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

Journal::Position Journal::append(const Kept &kept) noexcept {
  const std::lock_guard lock(mu_);
  Slot *const slot = slot_of(kept.service.view());
  if (slot == nullptr) return kLost;
  slot->kept = kept;
  slot->number = ++appended_;

  mend();
  bool ok = file_.is_open() && !torn_;
  if (written_ + 1 == appended_)
    ok = ok && write_record(file_.fd(), kept, end_);
  else
    ok = ok && write_newer(file_.fd(), written_, end_);
  if (ok) {
    written_ = appended_;
  } else {
    torn_ = true;
    mend();
  }
  return appended_;
}

bool Journal::keep_place() noexcept {
  const std::lock_guard syncing(syncing_);
  return is_in_place() || (take_place() && rewrite());
}

/// Returns: whether the lock and the file are still in the directory; under syncing_.
bool Journal::is_in_place() const {
  struct stat open {}, named {};
  if (!lock_.is_in_place()) return false;
  const std::lock_guard lock(mu_);
  // Without an open file there is nothing to lose: the file could not be made yet.
  if (!file_.is_open()) return true;
  return fstat(file_.fd(), &open) == 0 && fstatat(directory_.fd(), kFile, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/// Opens the directory and takes its lock again; under syncing_. Returns: false when another host has the directory by now, or the system
/// refuses.
bool Journal::take_place() noexcept {
  try {
    Descriptor directory = open_directory(path_);
    if (!lock_.is_in_place()) lock_ = lock_directory(path_);
    directory_ = std::move(directory);
  } catch (const std::exception &) {
    return false;
  }
  const std::lock_guard lock(mu_);
  suspect_ = true;  // the open file is not the one in the directory
  return true;
}

bool Journal::sync(Position position) noexcept {
  const std::lock_guard syncing(syncing_);
  if (!is_in_place() && !take_place()) return false;
  if (durable_ >= position && !wants_rewrite()) return true;
  if (wants_rewrite() && rewrite()) return durable_ >= position;

  std::unique_lock lock(mu_);
  const Position upto = written_;
  const int fd = file_.fd();
  if (!file_.is_open() || suspect_ || upto < position) return false;
  lock.unlock();
  if (fdatasync(fd) == 0) {
    durable_ = upto;
    return true;
  }
  // The system drops data that it could not write and reports that only once: this file cannot be trusted any more.
  lock.lock();
  suspect_ = true;
  lock.unlock();
  return rewrite() && durable_ >= position;
}

bool Journal::wants_rewrite() const {
  const std::lock_guard lock(mu_);
  return !file_.is_open() || suspect_ || written_ < appended_ || end_ >= rewrite_at_;
}

bool Journal::broken() const {
  const std::lock_guard lock(mu_);
  return !file_.is_open() || written_ < appended_ || torn_ || suspect_;
}

/// Replaces the file by a new one with the last record of each service, and syncs it to the disk.
/// Threads: the thread that holds syncing_, or the constructor. Returns: false when the old file still counts, or when it is uncertain
/// which of the two files a power cut would leave.
bool Journal::rewrite() noexcept {
  const int directory = directory_.fd();
  unlinkat(directory, kNew, 0);  // left by a process that was killed
  Descriptor next(openat(directory, kNew, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  std::uint64_t end = 0;
  bool ok = next.is_open();
  std::unique_lock lock(mu_);
  const Position upto = appended_;
  for (const auto &[name, slot] : slots_)
    if (slot.kept.worth_keeping()) ok = ok && write_record(next.fd(), slot.kept, end);
  lock.unlock();
  ok = ok && fsync(next.fd()) == 0;

  // Records appended meanwhile are in the old file only. They need not be on the disk yet: no request was answered for them.
  lock.lock();
  ok = ok && write_newer(next.fd(), upto, end) && renameat(directory, kNew, directory, kFile) == 0;
  if (!ok) {
    rewrite_at_ = std::max(rewrite_at_, 2 * end_);
    lock.unlock();
    unlinkat(directory, kNew, 0);
    return false;
  }
  std::swap(file_, next);
  end_ = end;
  rewrite_at_ = std::max(small_, 2 * end);
  written_ = appended_;
  torn_ = false;
  lock.unlock();

  const bool certain = fsync(directory) == 0;
  if (certain) durable_ = upto;
  lock.lock();
  suspect_ = !certain;
  return certain;
}

/// Writes the records that were appended after `than` at `end`, and moves `end` behind them. Returns: false when a write fails.
bool Journal::write_newer(int fd, Position than, std::uint64_t &end) const {
  for (const auto &[name, slot] : slots_)
    if (slot.number > than && !write_record(fd, slot.kept, end)) return false;
  return true;
}

/// Cuts off the bytes that a failed write has left.
void Journal::mend() {
  if (torn_) torn_ = ftruncate(file_.fd(), static_cast<off_t>(end_)) != 0;
}

}  // namespace tidegate::sdk
