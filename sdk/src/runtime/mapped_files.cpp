#include "runtime/mapped_files.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <mutex>
#include <vector>

#include "runtime/fault.hpp"

namespace tidegate::sdk {
namespace {

std::mutex mu;

// Never destroyed: a host may outlive main().
std::list<MappedFile> &files() {
  static auto *const list = new std::list<MappedFile>;
  return *list;
}

MappedFile looked_at(int fd, const std::string &path) {
  struct stat it {};
  if (fstat(fd, &it) != 0) throw system_fault("plugin " + path + " cannot be looked at", errno);
  return {it.st_dev, it.st_ino, it.st_mtim.tv_sec, it.st_mtim.tv_nsec, it.st_size, fd, 0};
}

bool is_mapped(const MappedFile &file) {
  void *const handle = dlopen(file.name().c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return false;
  dlclose(handle);
  return true;
}

bool same_file(const MappedFile &a, const MappedFile &b) { return a.device == b.device && a.inode == b.inode; }

/// Unless somebody has closed it and the number is another file's now.
void close_ours(const MappedFile &file) {
  struct stat it {};
  if (fstat(file.fd, &it) == 0 && it.st_dev == file.device && it.st_ino == file.inode) close(file.fd);
}

/// A descriptor of a number by which the loader knows no library: one may have been loaded by it and closed since.
int unknown_to_the_loader(MappedFile file, const std::string &path) {
  std::vector<int> known;
  while (file.fd >= 0 && is_mapped(file)) {
    known.push_back(file.fd);
    file.fd = fcntl(file.fd, F_DUPFD_CLOEXEC, 0);
  }
  const int error = errno;
  for (const int fd : known) close(fd);
  if (file.fd < 0) throw system_fault("plugin " + path + " cannot be opened", error);
  return file.fd;
}

/// Closes what nobody uses and the loader has let go of, now or since. What never leaves the process stays open.
void forget_unmapped() {
  std::vector<MappedFile> unused;
  {
    const std::lock_guard lock(mu);
    for (const MappedFile &file : files())
      if (file.users == 0) unused.push_back(file);
  }
  for (const MappedFile &file : unused) {
    if (is_mapped(file)) continue;
    const std::lock_guard lock(mu);
    files().remove_if([&](const MappedFile &one) {
      if (one.users != 0 || one.fd != file.fd || !same_file(one, file)) return false;
      close_ours(one);
      return true;
    });
  }
}

}  // namespace

MappedFile &MappedFiles::enter(int fd, const std::string &path) {
  MappedFile now;
  try {
    forget_unmapped();
    now = looked_at(fd, path);
  } catch (...) {
    close(fd);
    throw;
  }
  {
    const std::lock_guard lock(mu);
    for (MappedFile &file : files()) {
      if (!same_file(file, now)) continue;
      close(fd);
      if (file.written_s != now.written_s || file.written_ns != now.written_ns || file.size != now.size)
        throw Fault(TG_E_TRUST, "plugin " + path + " was changed in place while it is loaded; install the new one under another "
                                    "name and rename it over the old one");
      ++file.users;
      return file;
    }
  }
  now.fd = unknown_to_the_loader(now, path);
  now.users = 1;
  std::list<MappedFile> one;
  try {
    one.push_back(now);
  } catch (...) {
    close(now.fd);
    throw;
  }
  const std::lock_guard lock(mu);
  files().splice(files().end(), one);
  return files().back();
}

bool MappedFiles::leave(MappedFile &file) {
  const MappedFile was = file;
  {
    const std::lock_guard lock(mu);
    if (--file.users != 0) return true;
  }
  forget_unmapped();
  const std::lock_guard lock(mu);
  return std::ranges::none_of(files(), [&](const MappedFile &one) { return one.fd == was.fd && same_file(one, was); });
}

std::size_t MappedFiles::count() {
  const std::lock_guard lock(mu);
  return files().size();
}

}  // namespace tidegate::sdk
