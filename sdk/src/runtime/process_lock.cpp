#include "runtime/process_lock.hpp"

#include <sys/stat.h>

#include <mutex>
#include <set>
#include <tuple>

#include "runtime/fault.hpp"

namespace tidegate::sdk {
namespace {

/// What this process has locked: a lock of fcntl(2) does not keep out its own process. A child begins with none.
struct Held {
  std::mutex mu;
  std::set<std::tuple<pid_t, unsigned long, unsigned long>> files;  // guarded by mu
};

Held &held() {
  static auto *const all = new Held;  // never destroyed: a host may outlive main()
  return *all;
}

}  // namespace

ProcessLock::ProcessLock(Descriptor file, const std::string &path, const std::string &taken) : file_(std::move(file)) {
  struct stat info {};
  if (fstat(file_.fd(), &info) != 0) throw system_fault("cannot look at " + path, errno);
  const std::lock_guard lock(held().mu);
  const auto key = std::make_tuple(getpid(), static_cast<unsigned long>(info.st_dev), static_cast<unsigned long>(info.st_ino));
  if (held().files.contains(key)) throw Fault(TG_E_EXISTS, taken);
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  if (fcntl(file_.fd(), F_SETLK, &wanted) != 0) {
    if (errno == EACCES || errno == EAGAIN) throw Fault(TG_E_EXISTS, taken);
    throw system_fault("cannot lock " + path, errno);
  }
  held().files.insert(key);
  device_ = std::get<1>(key);
  inode_ = std::get<2>(key);
}

ProcessLock::~ProcessLock() {
  const std::lock_guard lock(held().mu);
  held().files.erase({getpid(), device_, inode_});
  file_ = Descriptor();  // under the lock: another holder of this process would else lose its own with the close
}

}  // namespace tidegate::sdk
