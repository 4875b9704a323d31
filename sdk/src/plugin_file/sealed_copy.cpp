#include "plugin_file/sealed_copy.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "os/fault.hpp"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace tidegate::sdk {
namespace {

constexpr off_t kLargest = off_t{512} << 20;
constexpr std::size_t kLongestName = 200;  // of a memfd: 249 bytes

struct stat looked_at(int fd, const std::string &path) {
  struct stat it {};
  if (fstat(fd, &it) != 0) throw system_fault("plugin " + path + " cannot be looked at", errno);
  return it;
}

/// Refuses a file on a file system that is mounted noexec, as the copy in memory would bypass that.
void check_mount(int fd, const std::string &path) {
  struct statvfs mount {};
  if (fstatvfs(fd, &mount) != 0) throw system_fault("plugin " + path + " cannot be looked at", errno);
  if ((mount.f_flag & ST_NOEXEC) != 0)
    throw Fault(TG_E_TRUST, "plugin " + path + " lies on a file system that is mounted noexec; install it elsewhere");
}

int make(const std::string &path) {
  const std::string name = path.substr(path.rfind('/') + 1).substr(0, kLongestName);
  int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);  // Linux before 6.3
  if (fd < 0)
    throw system_fault("plugin " + path + " cannot be copied into memory that may be run (memfd_create; see vm.memfd_noexec)", errno);
  return fd;
}

/// Seals the copy. The kernel can return EBUSY while it holds a page for a moment, for instance to move it; then the call is repeated.
bool seal(int fd) {
  constexpr int kTries = 10;
  for (int tries = 0; tries < kTries; ++tries) {
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0) return true;
    if (errno != EBUSY) break;
    sched_yield();
    errno = EBUSY;
  }
  return false;
}

void copy(int from, int to, off_t bytes, const std::string &path) {
  off_t at = 0;
  while (at < bytes) {
    const ssize_t got = sendfile(to, from, &at, static_cast<std::size_t>(bytes - at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_fault("plugin " + path + " cannot be copied", errno);
    if (got == 0) break;  // the file was cut meanwhile; the second looked_at() detects it
  }
}

bool same(const struct stat &a, const struct stat &b) {
  const auto equal = [](const timespec &x, const timespec &y) { return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec; };
  return a.st_size == b.st_size && equal(a.st_mtim, b.st_mtim) && equal(a.st_ctim, b.st_ctim);
}

}  // namespace

int sealed_copy(int original, const std::string &path) {
  check_mount(original, path);
  const struct stat before = looked_at(original, path);
  if (before.st_size > kLargest) throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " is larger than 512 MiB");
  const int fd = make(path);
  try {
    copy(original, fd, before.st_size, path);
    if (!same(before, looked_at(original, path)))
      throw Fault(TG_E_TRUST, "plugin " + path + " was written to while it was read; install the new one under another name and "
                                                 "rename it over the old one, then load it again");
    if (!seal(fd))
      throw system_fault("the copy of plugin " + path + " cannot be sealed", errno);
  } catch (...) {
    close(fd);
    throw;
  }
  return fd;
}

}  // namespace tidegate::sdk
