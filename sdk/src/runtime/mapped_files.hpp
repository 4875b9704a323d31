#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace tidegate::sdk {

/// A sealed copy of a plugin's file that is mapped as a library, open as long as it is mapped. The loader knows it by the number of its
/// descriptor, and would take another file that is given the number for the same library.
struct MappedFile {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  int fd = -1;
  unsigned users = 0;
  std::string path;  ///< of the original

  // The name that people see: dladdr(), debuggers and backtraces have the path of the original from the loader's own record.
  void *handle = nullptr;         ///< nullptr: the loader's own name is in its place
  char *loaders_name = nullptr;   ///< what the record had

  /// Returns the path by which the loader opens the file.
  std::string name() const { return "/proc/self/fd/" + std::to_string(fd); }
};

/// Those of the process. Threads: any; no lock is held while the loader is asked, or code of a library runs.
class MappedFiles {
 public:
  /// One more user of a copy, whose descriptor is taken over whatever comes of it. The same content of the same path is one library.
  /// Throws Fault TG_E_SYSTEM.
  static MappedFile &enter(int fd, const std::string &path);
  /// Before and after the loader is told: puts the original's path in its record, and takes it out again.
  static void show_name(MappedFile &file, void *handle);
  static void hide_name(MappedFile &file);
  /// Ends a use, after dlclose(). Returns: false when the unused file stays mapped.
  static bool leave(MappedFile &file);
  /// Ends a use of a file that is never unmapped. Returns: false when no use is left.
  static bool stay(MappedFile &file);
  /// Returns the number of mapped files, with unused files that stay mapped.
  static std::size_t count();
};

}  // namespace tidegate::sdk
