// What a plugin's file may be: a good one in which the input has changed bytes, or any bytes at all. It is read, and refused with a
// sentence or taken; nothing of it runs (P3, P9, P11).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "os/fault.hpp"
#include "plugin_file/plugin_file.hpp"

namespace {

std::string contents(const char *path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A file in a folder of this process.
const std::string &place() {
  static const std::string path = [] {
    char folder[] = "/tmp/plugin_file_fuzz_XXXXXX";
    if (mkdtemp(folder) == nullptr) std::abort();
    return std::string(folder) + "/p.so";
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  static const std::string good = contents(FIXTURES "/brings.so");
  std::string bytes = good;
  if (size % 2 != 0) {  // any bytes
    bytes.assign(reinterpret_cast<const char *>(data), size);
  } else {  // place and value, three bytes and one
    for (std::size_t i = 0; i + 4 <= size; i += 4) {
      const std::size_t at = (std::size_t{data[i]} << 16 | std::size_t{data[i + 1]} << 8 | data[i + 2]) % bytes.size();
      bytes[at] = static_cast<char>(data[i + 3]);
    }
  }
  const std::string &path = place();
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  close(fd);
  try {
    const tidegate::sdk::PluginFile file(path);
    if (file.id().empty()) std::abort();
  } catch (const tidegate::sdk::Fault &fault) {
    if (std::strlen(fault.what()) < 20 || std::strpbrk(fault.what(), "\r\n\x1b") != nullptr) std::abort();
  }
  return 0;
}
