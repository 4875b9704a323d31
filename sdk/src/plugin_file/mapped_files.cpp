#include "plugin_file/mapped_files.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <vector>

#include "os/fault.hpp"

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
  MappedFile file;
  file.device = it.st_dev;
  file.inode = it.st_ino;
  file.size = it.st_size;
  file.fd = fd;
  file.path = path;
  return file;
}

/// Returns: whether two files have the same content. Both are sealed, so they do not change meanwhile.
bool same_content(const MappedFile &a, const MappedFile &b) {
  if (a.size != b.size) return false;
  const auto size = static_cast<std::size_t>(a.size);
  void *const x = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, a.fd, 0);
  void *const y = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, b.fd, 0);
  const bool same = x != MAP_FAILED && y != MAP_FAILED && std::memcmp(x, y, size) == 0;
  if (x != MAP_FAILED) munmap(x, size);
  if (y != MAP_FAILED) munmap(y, size);
  return same;
}

bool is_mapped(const MappedFile &file) {
  void *const handle = dlopen(file.name().c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return false;
  dlclose(handle);
  return true;
}

bool same_file(const MappedFile &a, const MappedFile &b) { return a.device == b.device && a.inode == b.inode; }

/// Closes the descriptor, unless other code has closed it and the number belongs to another file now.
void close_ours(const MappedFile &file) {
  struct stat it {};
  if (fstat(file.fd, &it) == 0 && it.st_dev == file.device && it.st_ino == file.inode) close(file.fd);
}

/// Returns: whether the loader has a library of that name. Plugins do not count, as show_name() has replaced their names. Cheaper than
/// dlopen(), which opens the file.
bool is_known(const std::string &name) {
  const auto same = [](dl_phdr_info *info, std::size_t, void *its) {
    return info->dlpi_name != nullptr && *static_cast<const std::string *>(its) == info->dlpi_name ? 1 : 0;
  };
  return dl_iterate_phdr(same, const_cast<std::string *>(&name)) != 0;
}

/// Returns a descriptor whose path is not the name of a loaded library: other code may have loaded a library by such a path and closed the
/// descriptor since. Takes over `file.fd`.
int unknown_to_the_loader(MappedFile file, const std::string &path) {
  std::vector<int> known;
  while (file.fd >= 0 && is_known(file.name())) {
    known.push_back(file.fd);
    file.fd = fcntl(file.fd, F_DUPFD_CLOEXEC, 3);
  }
  const int error = errno;
  for (const int fd : known) close(fd);
  if (file.fd < 0) throw system_fault("plugin " + path + " cannot be opened", error);
  return file.fd;
}

/// Closes the descriptors of unused files that the loader has unmapped. The descriptor of a file that stays mapped stays open.
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
      if (file.path != path || !same_content(file, now)) continue;
      close(fd);
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

namespace {

link_map *record_of(void *handle) {
  link_map *record = nullptr;
  return dlinfo(handle, RTLD_DI_LINKMAP, &record) == 0 ? record : nullptr;
}

/// Puts the path of the original into the loader's record; under mu.
void put_name(MappedFile &file, void *handle) {
  link_map *const record = record_of(handle);
  if (record == nullptr) return;
  file.loaders_name = record->l_name;
  file.handle = handle;
  record->l_name = file.path.data();  // an element of a list, which stays where it is
}

}  // namespace

void MappedFiles::show_name(MappedFile &file, void *handle) {
  const std::lock_guard lock(mu);
  if (file.handle == nullptr) put_name(file, handle);
}

/// Hides the name from the loader, which frees only memory of its own.
void MappedFiles::hide_name(MappedFile &file) {
  const std::lock_guard lock(mu);
  if (file.users > 1 || file.handle == nullptr) return;
  if (link_map *const record = record_of(file.handle); record != nullptr) record->l_name = file.loaders_name;
  file.handle = nullptr;
}

bool MappedFiles::leave(MappedFile &file) {
  const MappedFile was = file;
  {
    const std::lock_guard lock(mu);
    if (--file.users != 0) return true;
  }
  forget_unmapped();
  void *const handle = dlopen(was.name().c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle != nullptr) dlclose(handle);
  const std::lock_guard lock(mu);
  const auto left = std::ranges::find_if(files(), [&](const MappedFile &one) { return one.fd == was.fd && same_file(one, was); });
  if (left == files().end()) return true;
  if (handle != nullptr && left->handle == nullptr) put_name(*left, handle);
  return false;
}

bool MappedFiles::stay(MappedFile &file) {
  const std::lock_guard lock(mu);
  return --file.users != 0;
}

std::size_t MappedFiles::count() {
  const std::lock_guard lock(mu);
  return files().size();
}

}  // namespace tidegate::sdk
