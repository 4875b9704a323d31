#pragma once

#include <string>

#include "runtime/descriptor.hpp"

namespace tidegate::sdk {

/// Keeps a file for this process: no other process, and no other holder in this one, can have it. The kernel lets it go however the
/// process ends. A child that was forked does not inherit it (fcntl(2), F_SETLK; a lock of flock(2) lives on in the child, which
/// would keep the next start of a crashed server from its directory).
class ProcessLock {
 public:
  /// Takes over the descriptor of the file, which nobody else in the process may open and close. Throws Fault: TG_E_EXISTS when
  /// another has it, with `taken` as its sentence; else TG_E_SYSTEM.
  ProcessLock(Descriptor file, const std::string &path, const std::string &taken);
  ~ProcessLock();
  ProcessLock(const ProcessLock &) = delete;
  ProcessLock &operator=(const ProcessLock &) = delete;

 private:
  Descriptor file_;
  unsigned long device_ = 0, inode_ = 0;
};

}  // namespace tidegate::sdk
