#include "runtime/plugin_file.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>

#include "core/event.hpp"
#include "runtime/elf_note.hpp"
#include "runtime/fault.hpp"
#include "runtime/mapped_files.hpp"
#include "runtime/sha256.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::size_t kMostRoles = 1024;  // bytes

std::string abi_name(std::uint32_t abi) {
  return std::to_string(TG_ABI_MAJOR(abi)) + "." + std::to_string(TG_ABI_MINOR(abi));
}

std::string octal(mode_t mode) {
  char out[8];
  std::snprintf(out, sizeof out, "%04o", static_cast<unsigned>(mode & 07777));
  return out;
}

bool is_ours(uid_t owner) { return owner == 0 || owner == geteuid(); }

// ---- who could have written it ----

/// A folder in which others may make files but not touch those of others, such as /tmp, is no danger to a file in it.
void check_folder(const std::string &plugin, const std::string &folder) {
  struct stat it {};
  if (lstat(folder.c_str(), &it) != 0) throw system_fault("plugin " + plugin + ": its folder " + folder + " cannot be looked at", errno);
  if (!is_ours(it.st_uid))
    throw Fault(TG_E_TRUST, "plugin " + plugin + ": its folder " + folder + " belongs to user " + std::to_string(it.st_uid) +
                                ", who could replace it; let root own it, or the user of this process (" +
                                std::to_string(geteuid()) + ")");
  if ((it.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (it.st_mode & S_ISVTX) == 0)
    throw Fault(TG_E_TRUST, "plugin " + plugin + ": others can write its folder " + folder + " (mode " + octal(it.st_mode) +
                                ") and replace it; chmod go-w " + folder);
}

void check_folders(const std::string &path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    check_folder(path, path.substr(0, end));
  check_folder(path, "/");
}

void check_owner(const std::string &path, const struct stat &file) {
  if (!is_ours(file.st_uid))
    throw Fault(TG_E_TRUST, "plugin " + path + " belongs to user " + std::to_string(file.st_uid) +
                                "; let root own it, or the user of this process (" + std::to_string(geteuid()) + ")");
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Fault(TG_E_TRUST, "plugin " + path + " can be written by others (mode " + octal(file.st_mode) + "); chmod go-w " + path);
}

void check_path(const std::string &path) {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
    throw Fault(TG_E_INVALID, "plugin \"" + path.substr(0, path.find('\0')) + "\": give its absolute path");
  const std::unique_ptr<char, void (*)(void *)> real(realpath(path.c_str(), nullptr), std::free);
  if (real == nullptr) throw system_fault("plugin " + path + " cannot be opened", errno);
  if (path != real.get())
    throw Fault(TG_E_TRUST, "plugin " + path + " is reached by a link or in a roundabout way; give the file itself: " + real.get());
}

/// By size and time of the last write, which a change in place moves.
bool is_as_it_was(int fd, const struct stat &then) {
  struct stat now {};
  return fstat(fd, &now) == 0 && now.st_size == then.st_size && now.st_mtim.tv_sec == then.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == then.st_mtim.tv_nsec;
}

[[noreturn]] void changed_since(const std::string &path) {
  throw Fault(TG_E_TRUST, "plugin " + path + " was written to while its SHA-256 was looked at, or since; install the new one "
                                             "under another name and rename it over the old one");
}

int open_regular(const std::string &path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) throw system_fault("plugin " + path + " cannot be opened", errno);
  return fd;
}

// ---- what it says of itself ----

/// Takes the text up to the next zero off what is left.
std::string take_text(std::string_view &left, const std::string &path, const char *what) {
  const std::size_t end = left.find('\0');
  if (end == std::string_view::npos)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " has a note of Tidegate's without " + what + "; declare it with TG_PLUGIN");
  std::string text(left.substr(0, end));
  left.remove_prefix(end + 1);
  return text;
}

bool usable(std::string_view name, std::string_view letters) {
  return !name.empty() && name.size() <= kNameBytes && name.find_first_not_of(letters) == std::string_view::npos;
}

std::vector<std::string> split_roles(const std::string &roles) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < roles.size();) {
    const std::size_t end = std::min(roles.find(' ', at), roles.size());
    if (end != at) out.push_back(roles.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

PluginFile::PluginFile(const std::string &path, const PluginRules &rules) : path_(path) {
  check_rules(rules);
  check_path(path);
  check_folders(path);
  fd_ = open_regular(path);
  try {
    struct stat file {};
    if (fstat(fd_, &file) != 0) throw system_fault("plugin " + path + " cannot be looked at", errno);
    if (!S_ISREG(file.st_mode)) throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " is not a regular file");
    check_owner(path, file);
    // First: of a file that is not the one that was pinned nothing else is of interest.
    if (needs_sha256(rules)) {
      check_sha256(rules, sha256_of(fd_, path), path);
      if (!is_as_it_was(fd_, file)) changed_since(path);
      hashed_ = file;
    }
    read_identity();
    check_id(rules, id_, path);
  } catch (...) {
    close(fd_);
    throw;
  }
}

PluginFile::~PluginFile() { unload(); }

bool PluginFile::unload() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  if (mapped_ == nullptr) return true;
  if (handle_ != nullptr) dlclose(handle_);
  handle_ = nullptr;
  return MappedFiles::leave(*std::exchange(mapped_, nullptr));
}

void PluginFile::read_identity() {
  const ElfNote note = read_elf_note(fd_, path_);
  abi_ = note.head.abi;
  min_host_abi_ = note.head.min_host_abi;
  check_versions();  // first: what follows may be another thing in another version
  std::string_view left = note.texts;
  id_ = take_text(left, path_, "an id");
  version_ = take_text(left, path_, "a version");
  const std::string roles = take_text(left, path_, "roles");
  if (!is_plugin_id(id_))
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path_ + " has an id that is none; give 1 to 63 of A-Z a-z 0-9 . _ -, such as com.example.night");
  if (!usable(version_, std::string(kOfNames) + "+~:"))
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path_ + " has a version that is none; give 1 to 63 of A-Z a-z 0-9 . _ - + ~ :");
  if (roles.size() > kMostRoles || roles.find_first_not_of(std::string(kOfNames) + "/ ") != std::string::npos)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path_ + " has roles that are none; name those of tidegate/ext, with a space between two");
  roles_ = split_roles(roles);
}

void PluginFile::check_versions() const {
  constexpr std::uint32_t kHost = TG_PLUGIN_ABI;
  if (TG_ABI_MAJOR(abi_) != TG_ABI_MAJOR(kHost))
    throw Fault(TG_E_ABI, "plugin " + path_ + " was built for plugin ABI " + abi_name(abi_) + ", this host speaks " +
                              abi_name(kHost) + ": the first number must be the same; use a build for major version " +
                              std::to_string(TG_ABI_MAJOR(kHost)));
  if (min_host_abi_ > kHost)
    throw Fault(TG_E_ABI, "plugin " + path_ + " needs a host with plugin ABI " + abi_name(min_host_abi_) +
                              ", this one speaks " + abi_name(kHost) + "; update the host's libtidegate");
  if (min_host_abi_ > abi_)
    throw Fault(TG_E_ABI, "plugin " + path_ + " was built for plugin ABI " + abi_name(abi_) + " and says that it needs " +
                              abi_name(min_host_abi_) + "; build it with the headers that it needs");
}

/// By what was checked, not by its path: that may name another file by now.
void *PluginFile::load() {
  if (hashed_ && !is_as_it_was(fd_, *hashed_)) changed_since(path_);
  mapped_ = &MappedFiles::enter(std::exchange(fd_, -1), path_);
  handle_ = dlopen(mapped_->name().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ != nullptr) return handle_;
  const char *said = dlerror();
  throw Fault(TG_E_NOT_PLUGIN, "plugin " + path_ + " cannot be loaded: " + (said != nullptr ? said : "no reason was given"));
}

}  // namespace tidegate::sdk
