#pragma once

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "os/fault.hpp"
#include "plugin_file/plugin_file.hpp"
#include "tidegate/plugin_note.h"

namespace tidegate::sdk {

namespace fs = std::filesystem;

inline std::string fixture(const std::string &name) { return FIXTURES "/" + name + ".so"; }

inline std::string bytes_of(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What a fixture of the tests is made of, to be spoilt.
class Elf {
 public:
  explicit Elf(const std::string &path) : bytes(bytes_of(path)) {}
  Elf64_Ehdr &header() { return at<Elf64_Ehdr>(0); }
  Elf64_Phdr &segment(unsigned i) { return at<Elf64_Phdr>(header().e_phoff + i * sizeof(Elf64_Phdr)); }
  /// The segment with Tidegate's note.
  Elf64_Phdr &notes() {
    for (unsigned i = 0; i < header().e_phnum; ++i)
      if (segment(i).p_type == PT_NOTE && segment(i).p_align == 4) return segment(i);
    throw std::runtime_error("no notes");
  }
  std::size_t owner() const { return bytes.find(std::string("tidegate\0\0\0\0", 12)); }
  Elf64_Nhdr &note() { return at<Elf64_Nhdr>(owner() - sizeof(Elf64_Nhdr)); }
  tg_note_head &head() { return at<tg_note_head>(owner() + 12); }
  char *texts() { return &bytes[owner() + 12 + sizeof(tg_note_head)]; }
  template <class T>
  T &at(std::size_t place) {
    return *reinterpret_cast<T *>(&bytes[place]);
  }

  std::string bytes;
};

class PluginFileTest : public testing::Test {
 protected:
  PluginFileTest() : folder_(testing::TempDir() + "plugin_file_" + std::to_string(getpid())) {
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
  }
  ~PluginFileTest() override {
    fs::remove_all(folder_);
    umask(mask_);
  }

  std::string write(const std::string &name, const std::string &bytes) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    chmod(path.c_str(), 0644);
    return path;
  }
  std::string copy(const std::string &of, const std::string &name) const { return write(name, bytes_of(fixture(of))); }

  /// Returns: the sentence.
  static std::string refused(tg_result code, const std::string &path) {
    try {
      const PluginFile file(path);
    } catch (const Fault &fault) {
      EXPECT_EQ(fault.code(), code) << fault.what();
      return fault.what();
    }
    ADD_FAILURE() << path << " is not refused";
    return {};
  }
  void expect_refused(const std::string &sentence, const std::function<void(Elf &)> &spoil,
                      tg_result code = TG_E_NOT_PLUGIN) const {
    Elf elf(fixture("newer"));
    spoil(elf);
    const std::string said = refused(code, write("spoilt.so", elf.bytes));
    EXPECT_NE(said.find(sentence), std::string::npos) << said;
  }

  const fs::path folder_;
  const mode_t mask_ = umask(022);
};

}  // namespace tidegate::sdk
