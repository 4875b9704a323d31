#include "plugin_file/dependencies.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "plugin_file/elf_dynamic.hpp"
#include "plugin_file/elf_file.hpp"
#include "os/fault.hpp"
#include "plugin_file/trust.hpp"

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

/// A folder in which the loader looks for a library, as the file or the environment gives it.
struct Place {
  std::string given;
  std::string origin;  ///< the value of $ORIGIN in it
  bool from_environment = false;
};

std::vector<Place> places_of(const std::vector<std::string> &given, const std::string &origin) {
  std::vector<Place> out;
  out.reserve(given.size());
  for (const std::string &each : given) out.push_back({each, origin});
  return out;
}

/// Adds the elements of LD_LIBRARY_PATH. The loader reads an empty element as the current folder, and a text without any character as
/// no element at all.
void add_each(const std::string &given, std::vector<Place> &places) {
  if (given.empty()) return;
  const std::string program = real_path("/proc/self/exe");
  for (std::size_t at = 0; at <= given.size();) {
    const std::size_t end = std::min(given.find_first_of(":;", at), given.size());
    places.push_back({given.substr(at, end - at), program.substr(0, program.rfind('/')), true});
    at = end + 1;
  }
}

/// Adds the folders that the loader itself names for a library without folders of its own: the DT_RPATH of the program, and
/// LD_LIBRARY_PATH as it was when the process began. A later setenv(3) or unsetenv(3) does not change the loader's list.
void add_the_loaders(std::vector<Place> &places) {
#ifdef __GLIBC__
  void *const library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return;
  const std::unique_ptr<void, void (*)(void *)> closed(library, [](void *its) { dlclose(its); });
  Dl_serinfo size{};
  if (dlinfo(library, RTLD_DI_SERINFOSIZE, &size) != 0) return;
  std::vector<std::max_align_t> room(size.dls_size / sizeof(std::max_align_t) + 1);
  auto *const info = reinterpret_cast<Dl_serinfo *>(room.data());
  info->dls_size = size.dls_size;
  info->dls_cnt = size.dls_cnt;
  if (dlinfo(library, RTLD_DI_SERINFO, info) != 0) return;
  for (unsigned i = 0; i < info->dls_cnt; ++i)
    if (const std::string folder = info->dls_serpath[i].dls_name; !is_system(folder)) places.push_back({folder, {}, true});
#else
  static_cast<void>(places);
#endif
}

/// Returns: whether the loader also looks in subfolders of that name, up to glibc 2.36: the name of a hardware capability (ld.so(8)). The
/// names are those of x86 and the platform names that the kernel gives for this machine.
bool is_legacy_subfolder(const std::string &name) {
  constexpr std::array<std::string_view, 9> kNames{"tls",  "x86_64", "haswell", "xeon_phi", "avx512_1",
                                                   "sse2", "i586",   "i686",    "atomics"};
  if (std::ranges::find(kNames, name) != kNames.end()) return true;
  return std::ranges::any_of(std::array{AT_PLATFORM, AT_BASE_PLATFORM}, [&](unsigned long which) {
    const auto *its = reinterpret_cast<const char *>(getauxval(which));  // NOLINT(performance-no-int-to-ptr): addresses come as numbers
    return its != nullptr && name == its;
  });
}

/// The check of one plugin's libraries, recursively.
class Check {
 public:
  explicit Check(const std::string &what) : what_(what) {}

  /// `origin`: the value of $ORIGIN for the loader; `inherited`: the search paths of the files that need this one.
  void needs(const ElfDynamic &its, const std::string &origin, std::vector<Place> inherited) {
    // As ld.so(8) says: an RPATH counts unless the file has a RUNPATH, and also for the libraries below; a RUNPATH counts for this file.
    if (its.runpath.empty())
      for (const std::vector<Place> own = places_of(its.rpath, origin); const Place &place : own)
        inherited.insert(inherited.begin() + (&place - own.data()), place);
    std::vector<Place> places = its.runpath.empty() ? inherited : std::vector<Place>();
    add_the_loaders(places);
    if (const char *given = std::getenv("LD_LIBRARY_PATH"); given != nullptr) add_each(given, places);
    for (const Place &place : places_of(its.runpath, origin)) places.push_back(place);
    for (const std::string &name : its.needed) one(name, places, origin, inherited);
  }

 private:
  void one(const std::string &name, const std::vector<Place> &places, const std::string &origin,
           const std::vector<Place> &inherited) {
    if (is_loaded(name)) return;
    if (name.find('/') != std::string::npos) return file(name, expanded(name, {name, origin}), inherited);
    for (const Place &place : places) {
      const std::string folder = expanded(name, place);
      const std::string path = std::string(folder).append("/").append(name);
      if (is_system(real_path(folder)) || (real_path(folder).empty() && is_system(folder))) {
        if (is_there(path)) return;
        continue;
      }
      folder_of_libraries(name, folder);
      subfolders(name, folder, inherited);
      if (is_there(path)) return file(name, path, inherited);
    }
  }

  static bool is_there(const std::string &path) {
    struct stat it {};
    return stat(path.c_str(), &it) == 0;
  }

  void folder_of_libraries(const std::string &name, const std::string &folder) const {
    check_search_folder(what_ + " looks for " + name, folder);
  }

  /// Checks the subfolders in which the loader looks before it looks in the folder. Which of them it uses depends on the processor and
  /// on the version of the loader: all of them are checked, and every library of that name in them.
  void subfolders(const std::string &name, const std::string &folder, const std::vector<Place> &inherited) {
    const std::string levels = folder + "/glibc-hwcaps";
    if (is_there(levels)) {
      folder_of_libraries(name, levels);
      for (const std::string &level : folders_in(name, levels)) subfolder(name, level, inherited);
    }
    std::set<std::string> seen{real_path(folder)};
    legacy(name, folder, inherited, seen);
  }

  void legacy(const std::string &name, const std::string &folder, const std::vector<Place> &inherited, std::set<std::string> &seen) {
    if (!is_there(folder)) return;
    for (const std::string &each : folders_in(name, folder)) {
      if (!is_legacy_subfolder(each.substr(folder.size() + 1)) || !seen.insert(real_path(each)).second) continue;
      subfolder(name, each, inherited);
      legacy(name, each, inherited, seen);
    }
  }

  void subfolder(const std::string &name, const std::string &folder, const std::vector<Place> &inherited) {
    folder_of_libraries(name, folder);
    if (is_there(folder + "/" + name)) file(name, folder + "/" + name, inherited);
  }

  /// Throws when the folder cannot be listed: the loader may find in it what this check does not see.
  std::vector<std::string> folders_in(const std::string &name, const std::string &folder) const {
    std::vector<std::string> out;
    std::error_code error;
    for (auto at = std::filesystem::directory_iterator(folder, error); !error && at != std::filesystem::directory_iterator();
         at.increment(error)) {
      std::error_code unknown;
      if (at->is_directory(unknown)) out.push_back(at->path());
    }
    if (error && error != std::errc::not_a_directory)  // the loader finds nothing in a file
      throw Fault(TG_E_TRUST, what_ + " looks for " + name + " in " + folder + ", which cannot be listed (" + error.message() +
                                  "); let the user of this process read that folder");
    return out;
  }

  void file(const std::string &name, const std::string &path, const std::vector<Place> &inherited) {
    const std::string real = real_path(path);
    if (real.empty() || is_system(real) || !seen_.insert(real).second) return;  // the loader reports a missing file itself
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

  /// Throws for a folder that depends on the current folder of the process, or on a token that this library does not know.
  std::string expanded(const std::string &name, const Place &place) const {
    std::string out = place.given;
    for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"})
      for (std::size_t at; (at = out.find(token)) != std::string::npos;) out.replace(at, token.size(), place.origin);
    if (out.starts_with('/') && out.find('$') == std::string::npos) return out;
    const std::string looks = what_ + " looks for " + name + " in \"" + place.given + "\"";
    if (place.from_environment)
      throw Fault(TG_E_TRUST, looks + " of LD_LIBRARY_PATH, which is no absolute path: the loader reads it, and an empty element too, "
                                      "relative to the current folder; start the server with absolute paths only");
    throw Fault(TG_E_TRUST, looks + ", which is no absolute path; give an absolute one in its RUNPATH, or link the library into it");
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
  Check(what).needs(its, "/proc/self/fd", {});  // the loader opens the copy by the path of its descriptor
}

}  // namespace tidegate::sdk
