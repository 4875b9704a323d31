#include "os/places.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "os/trust.hpp"

namespace tidegate::os {

namespace fs = std::filesystem;

namespace {

constexpr const char *kSystemBase = "/run/tidegate";
constexpr const char *kFolder = "tidegate";
constexpr const char *kTemporary = "/tmp";
constexpr std::size_t kMostInAFolder = 1000;  // another user can fill a folder in which root looks

std::string own_runtime_directory() {
  const char *given = std::getenv("XDG_RUNTIME_DIR");
  return given != nullptr && given[0] == '/' ? given : "";
}

std::string runtime_directory_of(uid_t user) { return "/run/user/" + std::to_string(user); }

std::string temporary_base_of(uid_t user) { return std::string(kTemporary) + "/tidegate-" + std::to_string(user); }

/// Returns: whether several machines may share the folder. All of them would see a socket in it, but only one of them serves it.
bool is_shared_by_machines(const std::string &path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) return true;
  constexpr unsigned long kNetworks[] = {NFS_SUPER_MAGIC,       SMB_SUPER_MAGIC, AFS_SUPER_MAGIC,
                                         CODA_SUPER_MAGIC,      V9FS_MAGIC,      0x65735546 /* FUSE */,
                                         0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */};
  return std::ranges::find(kNetworks, static_cast<unsigned long>(info.f_type)) != std::end(kNetworks);
}

std::string state_directory_of(uid_t user) {
  const std::string home = home_of(user);
  return home.size() > 1 && home[0] == '/' ? home + "/.local/state" : "";
}

/// Makes the folder if it is missing, and closes it to other users. Returns: why the folder cannot be used; empty: it can.
std::string take_folder(const std::string &path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return "cannot make the folder " + path + ": " + std::generic_category().message(errno);
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return "cannot look at " + path + ": " + std::generic_category().message(errno);
  if (S_ISDIR(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 077) != 0) chmod(path.c_str(), 0700);
  return distrust_folder(path, {{geteuid()}});
}

/// Does the same for the folder `name` in `parent`, which must exist and belong to this user.
std::string take_folder_in(const std::string &parent, const char *name) {
  if (std::string why = distrust_folder(parent, {{geteuid()}}); !why.empty()) return why;
  struct stat info {};
  if (stat(parent.c_str(), &info) != 0 || info.st_uid != geteuid()) return parent + " is not this user's";
  return take_folder(parent + "/" + name);
}

/// Does the same for the folder in `state`, and makes `.local` and `state` in the user's home folder if they are missing.
std::string take_state_folder(const std::string &state) {
  const std::string home = home_of(geteuid());
  if (state.empty()) return "the user has no home folder";
  struct stat info {};
  if (stat(home.c_str(), &info) != 0) return "the home folder " + home + " is missing";
  if (info.st_uid != geteuid()) return "the home folder " + home + " is not this user's";
  if (is_shared_by_machines(home)) return "the home folder " + home + " is on a network";
  if (std::string why = distrust_folder(home, {{geteuid()}}); !why.empty()) return why;
  for (const std::string &folder : {home + "/.local", state})
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return "cannot make the folder " + folder + ": " + std::generic_category().message(errno);
  return take_folder_in(state, kFolder);
}

/// Returns the paths in /tmp whose names are `prefix`, or begin with it and "-".
std::vector<std::string> temporary_bases(const std::string &prefix) {
  std::vector<std::string> out;
  std::error_code error;
  for (auto it = fs::directory_iterator(kTemporary, error); !error && it != fs::directory_iterator(); it.increment(error))
    if (const std::string path = it->path(); path == prefix || path.starts_with(prefix + "-")) out.push_back(path);
  std::ranges::sort(out);
  return out;
}

/// Makes the base in /tmp, or finds the one made before. Its name has a random end when the usual folder cannot be used.
/// Returns: the path; empty: `why` has the reason.
std::string take_temporary_base(std::string &why) {
  std::string usual = temporary_base_of(geteuid());
  for (const std::string &path : temporary_bases(usual)) {
    struct stat info {};
    if (lstat(path.c_str(), &info) == 0 && info.st_uid == geteuid() && take_folder(path).empty()) return path;
  }
  why = take_folder(usual);
  if (why.empty()) return usual;
  std::string other = usual + "-XXXXXX";
  if (mkdtemp(other.data()) == nullptr) return {};
  why = distrust_folder(other, {{geteuid()}});
  return why.empty() ? other : "";
}

/// Adds the bases that a host of the user may use, also missing ones: the remarks of the search name them.
void add_bases(std::vector<std::string> &out, uid_t user) {
  if (user == 0) {
    out.emplace_back(kSystemBase);
    return;
  }
  out.push_back(runtime_directory_of(user) + "/" + kFolder);
  if (const std::string state = state_directory_of(user); !state.empty()) out.push_back(state + "/" + kFolder);
  const std::string temporary = temporary_base_of(user);
  const std::vector<std::string> found = temporary_bases(temporary);
  out.insert(out.end(), found.begin(), found.end());
  if (found.empty()) out.push_back(temporary);
}

/// Adds the bases of all users that are logged in and all bases in /tmp: root looks there.
void add_bases_of_all(std::vector<std::string> &out) {
  std::error_code error;
  for (auto it = fs::directory_iterator("/run/user", error); !error && it != fs::directory_iterator(); it.increment(error))
    out.push_back(it->path() / kFolder);
  const std::vector<std::string> temporary = temporary_bases(std::string(kTemporary) + "/tidegate");
  out.insert(out.end(), temporary.begin(), temporary.end());
}

std::vector<std::string> bases(const uid_t *asked) {
  std::vector<std::string> out;
  if (const std::string runtime = own_runtime_directory(); !runtime.empty()) out.push_back(runtime + "/" + kFolder);
  if (asked != nullptr) {
    add_bases(out, *asked);
  } else {
    add_bases(out, geteuid());
    if (geteuid() != 0)
      add_bases(out, 0);
    else
      for (const uid_t user : trusted_by_client(nullptr).users) add_bases(out, user);
  }
  if (geteuid() == 0) add_bases_of_all(out);
  std::vector<std::string> once;
  for (const std::string &base : out)
    if (std::ranges::find(once, base) == once.end()) once.push_back(base);
  return once;
}

/// Returns the name of the host if the path of a socket has the form that make_own_base() leads to, …/tidegate/NAME/control.sock;
/// otherwise empty.
std::string host_of(const fs::path &socket) {
  if (!socket.is_absolute() || socket.filename() != kSocketName) return {};
  const std::string base = socket.parent_path().parent_path().filename();
  return base == kFolder || base.starts_with("tidegate-") ? socket.parent_path().filename().string() : std::string();
}

/// Adds the control sockets in /proc/net/unix, the system's list of bound sockets.
void add_bound(std::vector<Place> &places) {
  std::ifstream list("/proc/net/unix");
  for (std::string line; std::getline(list, line);) {
    const std::string path = bound_path(line);
    if (const std::string host = host_of(path); !host.empty()) places.push_back({host, path});
  }
}

std::string add_places(std::vector<Place> &places, const std::string &base) {
  std::error_code error;
  std::size_t found = 0;
  for (auto it = fs::directory_iterator(base, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    if (found == kMostInAFolder) return base + " (only the first " + std::to_string(found) + " entries)";
    const fs::path socket = it->path() / kSocketName;
    std::error_code closed_to_us;
    if (!fs::is_socket(socket, closed_to_us) && !closed_to_us) continue;
    if (closed_to_us && closed_to_us != std::errc::permission_denied) continue;
    places.push_back({it->path().filename(), socket});
    ++found;
  }
  if (error == std::errc::no_such_file_or_directory) return base + " (does not exist)";
  if (error) return base + " (" + error.message() + ")";
  return found == 0 ? base + " (empty)" : base;
}

}  // namespace

std::string bound_path(std::string_view line) {
  constexpr int kColumn = 7;  // counted from 0
  std::size_t at = 0;
  for (int column = 0; column < kColumn; ++column) {
    at = line.find_first_not_of(' ', at);
    at = line.find(' ', at == std::string_view::npos ? line.size() : at);
    if (at == std::string_view::npos) return {};
  }
  at = line.find_first_not_of(' ', at);
  return at != std::string_view::npos && line[at] == '/' ? std::string(line.substr(at)) : std::string();
}

std::string make_own_base() {
  if (geteuid() == 0) {
    if (mkdir(kSystemBase, 0755) != 0 && errno != EEXIST)
      throw std::runtime_error(std::string("cannot make the folder ") + kSystemBase + ": " +
                               std::generic_category().message(errno) + "; give a directory");
    if (const std::string why = distrust_folder(kSystemBase, {{0}}); !why.empty())
      throw std::runtime_error(why + "; mend that or give a directory");
    return kSystemBase;
  }
  std::string reasons;
  const auto took = [&](const std::string &why) {
    if (!why.empty()) reasons += (reasons.empty() ? "" : "; ") + why;
    return why.empty();
  };
  if (const std::string runtime = own_runtime_directory(); !runtime.empty() && took(take_folder_in(runtime, kFolder)))
    return runtime + "/" + kFolder;
  if (const std::string runtime = runtime_directory_of(geteuid()); took(take_folder_in(runtime, kFolder)))
    return runtime + "/" + kFolder;
  if (const std::string state = state_directory_of(geteuid()); took(take_state_folder(state))) return state + "/" + kFolder;
  std::string why;
  if (std::string temporary = take_temporary_base(why); !temporary.empty()) return temporary;
  throw std::runtime_error("no folder for the control socket: " + reasons + "; " + why + "; give a directory");
}

Search search(const uid_t *asked) {
  Search out;
  for (const std::string &base : bases(asked)) out.looked.push_back(add_places(out.places, base));
  add_bound(out.places);
  std::ranges::sort(
      out.places, [](const Place &a, const Place &b) { return a.host != b.host ? a.host < b.host : a.socket < b.socket; });
  const auto same_socket = [](const Place &a, const Place &b) { return a.socket == b.socket; };
  out.places.erase(std::unique(out.places.begin(), out.places.end(), same_socket), out.places.end());
  out.looked.emplace_back("the sockets that are bound on this machine");
  return out;
}

}  // namespace tidegate::os
