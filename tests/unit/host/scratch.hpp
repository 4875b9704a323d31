#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tidegate::sdk {

namespace fs = std::filesystem;

/// A directory that goes with the test; in memory where that can be had, as thousands of journals are opened.
class Scratch {
 public:
  Scratch() {
    path_ = (access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : testing::TempDir()) + "journal_test_XXXXXX";
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~Scratch() { fs::remove_all(path_); }
  std::string path() const { return path_; }
  std::string state() const { return path_ + "/state"; }
  std::string file(const char *name = "journal") const { return state() + "/" + name; }

 private:
  std::string path_;
};

inline std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::string &path, const std::string &bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace tidegate::sdk
