#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace tidegate::sdk {

/// A file that is mapped as a library, open as long as it is mapped. The loader knows it by the number of its descriptor, and
/// would take another file that is given the number for the same library.
struct MappedFile {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t written_s = 0, written_ns = 0;
  off_t size = 0;
  int fd = -1;
  unsigned users = 0;

  /// What it is loaded by.
  std::string name() const { return "/proc/self/fd/" + std::to_string(fd); }
};

/// Those of the process. Threads: any; no lock is held while the loader is asked, or code of a library runs.
class MappedFiles {
 public:
  /// One more user of an open file, which is taken over whatever comes of it. Throws Fault TG_E_TRUST when it is mapped already and has been written
  /// to since: what is mapped is neither the old nor the new one then.
  static MappedFile &enter(int fd, const std::string &path);
  /// After the loader was told. Returns: false when it stays mapped though nobody uses it.
  static bool leave(MappedFile &file);
  /// How many are mapped, also those that stay mapped though nobody uses them any more.
  static std::size_t count();
};

}  // namespace tidegate::sdk
