#include "refusing_disk.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tidegate::sdk {

std::atomic<unsigned> refused_calls{kNothing};
std::atomic<int> syncs_of_data{0};
std::atomic<int> syncs_of_files{0};
std::vector<ino_t> synced_directories;
std::atomic<int> renames{0};
std::atomic<int> renames_too_early{0};
std::function<void()> before_sync;
std::atomic<bool> disk_hangs{false};

namespace {

std::atomic<ino_t> last_synced_file{0};

int refuse() {
  errno = EIO;
  return -1;
}

void call_before_sync() {
  disk_hangs.wait(true);
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

}  // namespace tidegate::sdk
