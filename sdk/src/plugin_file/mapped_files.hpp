#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace tidegate::sdk {

/// A sealed copy of a plugin's file that is mapped as a library. Its descriptor stays open as long as it is mapped: the loader identifies
/// the library by the number of the descriptor, and would take another file with the same number for the same library.
struct MappedFile {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  int fd = -1;
  unsigned users = 0;
  std::string path;  ///< path of the original

  // The name that people see: dladdr(), debuggers and backtraces show the path of the original, which is put into the loader's record.
  void *handle = nullptr;         ///< nullptr: the record has the loader's own name
  char *loaders_name = nullptr;   ///< the loader's own name

  /// Returns the path by which the loader opens the file.
  std::string name() const { return "/proc/self/fd/" + std::to_string(fd); }
};

/// The mapped files of the process. Threads: any; no lock is held during calls of the loader or while code of a library runs.
class MappedFiles {
 public:
  /// Adds a use of a sealed copy. Takes over `fd` in any case, also when it throws. The same content of the same path is one library.
  /// Throws Fault TG_E_SYSTEM.
  static MappedFile &enter(int fd, const std::string &path);
  /// Puts the path of the original into the loader's record after dlopen(), and takes it out before dlclose().
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
