#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plugin_rules.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk {

struct MappedFile;

/// A plugin's file, which nobody but root and this process's user could have written, opened and kept open; and what it says
/// of itself. Nothing of it has run. What is loaded later is what was looked at, whatever stands at the path by then.
class PluginFile {
 public:
  /// Its SHA-256 is looked at when a rule is about it, and then it must not be written to until it is loaded.
  /// Throws Fault: TG_E_INVALID, TG_E_SYSTEM, TG_E_NOT_PLUGIN, TG_E_TRUST, TG_E_ABI.
  explicit PluginFile(const std::string &path, const PluginRules &rules = {});
  ~PluginFile();
  PluginFile(const PluginFile &) = delete;
  PluginFile &operator=(const PluginFile &) = delete;

  const std::string &path() const { return path_; }
  const std::string &id() const { return id_; }
  const std::string &version() const { return version_; }
  const std::vector<std::string> &roles() const { return roles_; }
  std::uint32_t abi() const { return abi_; }
  std::uint32_t min_host_abi() const { return min_host_abi_; }

  /// Maps it. Throws Fault TG_E_NOT_PLUGIN with the loader's own sentence, TG_E_TRUST when it was changed meanwhile. Returns: the loader's handle.
  void *load();
  /// Lets go of it. Returns: false when it stays mapped though nobody uses it, as a file does that has threads, a unique symbol
  /// of C++, or says so itself.
  bool unload();

 private:
  void read_identity();
  void check_versions() const;

  const std::string path_;
  int fd_ = -1;
  std::optional<struct stat> hashed_;  // as it was when its SHA-256 was looked at
  MappedFile *mapped_ = nullptr;
  void *handle_ = nullptr;
  std::string id_, version_;
  std::vector<std::string> roles_;
  std::uint32_t abi_ = 0, min_host_abi_ = 0;
};

}  // namespace tidegate::sdk
