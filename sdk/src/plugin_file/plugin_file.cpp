#include "plugin_file/plugin_file.hpp"

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

#include "core/border_text.hpp"
#include "core/event.hpp"
#include "core/vendor_call.hpp"
#include "loop/call_mark.hpp"
#include "plugin_file/dependencies.hpp"
#include "plugin_file/elf_dynamic.hpp"
#include "plugin_file/elf_file.hpp"
#include "plugin_file/elf_note.hpp"
#include "os/fault.hpp"
#include "plugin_file/last_words.hpp"
#include "plugin_file/mapped_files.hpp"
#include "plugin_file/sealed_copy.hpp"
#include "plugin_file/sha256.hpp"
#include "plugin_file/trust.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::size_t kMostRoles = 1024;  // bytes

std::string abi_name(std::uint32_t abi) {
  return std::to_string(TG_ABI_MAJOR(abi)) + "." + std::to_string(TG_ABI_MINOR(abi));
}

void check_path(const std::string &path) {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
    throw Fault(TG_E_INVALID, "plugin \"" + path.substr(0, path.find('\0')) + "\": give its absolute path");
  const std::unique_ptr<char, void (*)(void *)> real(realpath(path.c_str(), nullptr), std::free);
  if (real == nullptr) throw system_fault("plugin " + path + " cannot be opened", errno);
  if (path != real.get())
    throw Fault(TG_E_TRUST, "plugin " + path + " is reached by a link or in a roundabout way; give the file itself: " + real.get());
}

int open_regular(const std::string &path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) throw system_fault("plugin " + path + " cannot be opened", errno);
  return fd;
}

// ---- the note ----

/// Takes the text up to the next zero from `left`.
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

PluginFile::PluginFile(const std::string &path, const PluginRules &rules) : path_(path), what_("plugin " + path) {
  check_rules(rules);
  check_path(path);
  check_folders(what_, path);
  const int original = open_regular(path);
  try {
    struct stat file {};
    if (fstat(original, &file) != 0) throw system_fault(what_ + " cannot be looked at", errno);
    if (!S_ISREG(file.st_mode)) throw Fault(TG_E_NOT_PLUGIN, what_ + " is not a regular file");
    check_owner(what_, path, file);
    fd_ = sealed_copy(original, path);
  } catch (...) {
    close(original);
    throw;
  }
  close(original);
  try {
    look(rules);
  } catch (...) {
    close(fd_);
    throw;
  }
}

void PluginFile::look(const PluginRules &rules) {
  // First, as no other property matters for a file with another hash than the pinned one.
  if (needs_sha256(rules)) check_sha256(rules, sha256_of(fd_, path_), path_);
  const ElfFile file(fd_, what_);
  read_identity(file);
  check_id(rules, id_, path_);
  read_needs(file);
}

PluginFile::~PluginFile() { unload(); }

bool PluginFile::unload(const std::function<void(const std::string &)> &last_words) {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  if (mapped_ == nullptr) return true;
  void *const handle = std::exchange(handle_, nullptr);
  MappedFile &mapped = *std::exchange(mapped_, nullptr);
  if (handle == nullptr) return MappedFiles::leave(mapped);
  if (!why_it_stays_.empty()) return MappedFiles::stay(mapped);
  MappedFiles::hide_name(mapped);
  {
    const std::string sentence = "plugin " + id_ + " (" + path_ + ") threw an exception while it was unmapped";
    const LastWords words(sentence, last_words);
    const VendorScope scope("dlclose");  // which calls its destructors
    vendor_call([&] { dlclose(handle); }, [&](const char *what) { words.say(what); });
  }
  const bool gone = MappedFiles::leave(mapped);
  if (!gone) why_it_stays_ = "it has threads or a unique symbol of C++, or says so itself";
  return gone;
}

void PluginFile::read_identity(const ElfFile &file) {
  const ElfNote note = read_elf_note(file);
  abi_ = note.head.abi;
  min_host_abi_ = note.head.min_host_abi;
  flags_ = note.head.flags;
  check_versions();  // first, as another version may have other contents behind the head
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

/// Reads the file's demands on the loader, and whether it may be unmapped: the note must declare it, and no imported function may
/// contradict it.
void PluginFile::read_needs(const ElfFile &file) {
  const ElfDynamic its = read_elf_dynamic(file);
  check_protection(what_, its);
  check_dependencies(what_, its);
  if ((flags_ & TG_NOTE_MAY_UNMAP) == 0)
    why_it_stays_ = "its note does not declare that it may be unmapped (TG_NOTE_MAY_UNMAP)";
  else if (!its.leaves_behind.empty())
    why_it_stays_ = "it uses " + its.leaves_behind.front() + ", which leaves an address of it behind";
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

void *PluginFile::load(const std::function<void(const std::string &)> &last_words) {
  mapped_ = &MappedFiles::enter(std::exchange(fd_, -1), path_);
  const std::string name = mapped_->name();
  {
    const std::string sentence = "plugin " + id_ + " (" + path_ + ") threw an exception while it was mapped";
    const LastWords words(sentence, last_words);
    const VendorScope scope("dlopen");  // which calls its constructors
    vendor_call([&] { handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL); }, [&](const char *what) { words.say(what); });
  }
  if (handle_ != nullptr) {
    MappedFiles::show_name(*mapped_, handle_);
    return handle_;
  }
  const char *said = dlerror();
  std::string reason = clean_text(said != nullptr ? said : "no reason was given");
  for (std::size_t at; (at = reason.find(name)) != std::string::npos;) reason.replace(at, name.size(), path_);
  throw Fault(TG_E_NOT_PLUGIN, "plugin " + path_ + " cannot be loaded: " + reason);
}

}  // namespace tidegate::sdk
