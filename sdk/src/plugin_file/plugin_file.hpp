#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "plugin_file/plugin_rules.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk {

class ElfFile;
struct MappedFile;

/// A plugin's file, which only root and the user of this process can have written, and its note. No code of the file has run. The file is
/// copied into sealed memory before it is read: the copy is checked, hashed and loaded, whatever is written to the file or replaces it
/// meanwhile.
class PluginFile {
 public:
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

  /// Maps the file. Throws Fault TG_E_NOT_PLUGIN with the loader's own sentence. An exception of the file's code ends the process, as the
  /// loader holds its lock; `last_words` and standard error get a sentence that names the plugin.
  /// Returns: the loader's handle.
  void *load(const std::function<void(const std::string &)> &last_words = {});
  /// Unloads the file. Returns: false when the unused file stays mapped; why_it_stays() gives the reason.
  bool unload(const std::function<void(const std::string &)> &last_words = {});
  const std::string &why_it_stays() const { return why_it_stays_; }

 private:
  void look(const PluginRules &rules);
  void read_identity(const ElfFile &file);
  void read_needs(const ElfFile &file);
  void check_versions() const;

  const std::string path_, what_;
  int fd_ = -1;  // descriptor of the copy, until it is mapped
  MappedFile *mapped_ = nullptr;
  void *handle_ = nullptr;
  std::string id_, version_;
  std::vector<std::string> roles_;
  std::string why_it_stays_;  // empty: the file may be unmapped
  std::uint32_t abi_ = 0, min_host_abi_ = 0, flags_ = 0;
};

}  // namespace tidegate::sdk
