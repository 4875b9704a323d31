#include "runtime/dependencies.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "runtime/elf_dynamic.hpp"
#include "runtime/elf_file.hpp"
#include "runtime/fault.hpp"
#include "runtime/trust.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::size_t kMostLibraries = 256;

/// Folders that belong to root and that the whole system uses.
constexpr std::array<std::string_view, 5> kSystem{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"};

bool is_system(std::string_view path) {
  return std::ranges::any_of(kSystem, [&](std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
  });
}

std::string real_path(const std::string &path) {
  const std::unique_ptr<char, void (*)(void *)> real(realpath(path.c_str(), nullptr), std::free);
  return real == nullptr ? std::string() : std::string(real.get());
}

bool is_loaded(const std::string &name) {
  void *const handle = dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle != nullptr) dlclose(handle);
  return handle != nullptr;
}

/// One plugin's, from its own needs down.
class Check {
 public:
  explicit Check(const std::string &what) : what_(what) {}

  /// `origin`: the value of $ORIGIN for the loader; `inherited`: the search paths of the files that need this one.
  void needs(const ElfDynamic &its, const std::string &origin, std::vector<std::string> inherited) {
    // As ld.so(8): an RPATH counts unless there is a RUNPATH, and for all below; a RUNPATH for this one alone.
    if (its.runpath.empty()) inherited.insert(inherited.begin(), its.rpath.begin(), its.rpath.end());
    std::vector<std::string> folders = its.runpath.empty() ? inherited : std::vector<std::string>();
    if (const char *given = std::getenv("LD_LIBRARY_PATH"); given != nullptr) add_each(given, folders);
    folders.insert(folders.end(), its.runpath.begin(), its.runpath.end());
    for (const std::string &name : its.needed) one(name, folders, origin, inherited);
  }

 private:
  static void add_each(const std::string &given, std::vector<std::string> &folders) {
    for (std::size_t at = 0; at <= given.size();) {
      const std::size_t end = std::min(given.find_first_of(":;", at), given.size());
      if (end != at) folders.push_back(given.substr(at, end - at));
      at = end + 1;
    }
  }

  void one(const std::string &name, const std::vector<std::string> &folders, const std::string &origin,
           const std::vector<std::string> &inherited) {
    if (is_loaded(name)) return;
    if (name.find('/') != std::string::npos) return file(name, expanded(name, name, origin), inherited);
    for (const std::string &given : folders) {
      const std::string folder = expanded(name, given, origin);
      const std::string real = real_path(folder);
      if (!is_system(real.empty() ? folder : real)) check_search_folder(what_ + " looks for " + name, folder);
      struct stat it {};
      if (stat((folder + "/" + name).c_str(), &it) == 0) return file(name, folder + "/" + name, inherited);
    }
  }

  void file(const std::string &name, const std::string &path, const std::vector<std::string> &inherited) {
    const std::string real = real_path(path);
    if (real.empty() || is_system(real) || !seen_.insert(real).second) return;  // the loader says that it is not there
    if (seen_.size() > kMostLibraries) throw Fault(TG_E_TRUST, what_ + " brings along more than 256 libraries");
    const std::string what = what_ + " needs " + name + ", and " + real;
    check_folders(what, path);
    check_folders(what, real);
    const int fd = open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0) throw system_fault(what + " cannot be opened", errno);
    const std::unique_ptr<const int, void (*)(const int *)> closed(&fd, [](const int *its) { close(*its); });
    struct stat it {};
    if (fstat(fd, &it) != 0) throw system_fault(what + " cannot be looked at", errno);
    check_owner(what, real, it);
    const ElfDynamic its = read_elf_dynamic(ElfFile(fd, what));
    check_protection(what, its);
    needs(its, real.substr(0, real.rfind('/')), inherited);
  }

  /// A folder that depends on where the server was started, or on what this library does not know, is no place for code.
  std::string expanded(const std::string &name, const std::string &given, const std::string &origin) const {
    std::string out = given;
    for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"})
      for (std::size_t at; (at = out.find(token)) != std::string::npos;) out.replace(at, token.size(), origin);
    if (!out.starts_with('/') || out.find('$') != std::string::npos)
      throw Fault(TG_E_TRUST, what_ + " looks for " + name + " in \"" + given + "\", which is no absolute path; give an absolute one "
                                      "in its RUNPATH, or link the library into it");
    return out;
  }

  const std::string what_;
  std::set<std::string> seen_;
};

}  // namespace

void check_protection(const std::string &what, const ElfDynamic &its) {
  if (its.executable_stack)
    throw Fault(TG_E_TRUST, what + " asks for an executable stack, which all threads of the process would get; link it with "
                                   "-z noexecstack");
  if (its.text_relocations)
    throw Fault(TG_E_TRUST, what + " has text relocations: its code would be written to while it is loaded; build it with -fPIC");
}

void check_dependencies(const std::string &what, const ElfDynamic &its) {
  Check(what).needs(its, "/proc/self/fd", {});  // it is loaded by the descriptor of a copy
}

}  // namespace tidegate::sdk
