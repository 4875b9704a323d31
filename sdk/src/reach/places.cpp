#include "reach/places.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace tidegate::reach {

namespace fs = std::filesystem;

namespace {

constexpr const char *kSystemBase = "/run/tidegate";

}  // namespace

std::string own_base() {
  if (geteuid() == 0) return kSystemBase;
  if (const char *runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && runtime[0] == '/')
    return std::string(runtime) + "/tidegate";
  return "/tmp/tidegate-" + std::to_string(geteuid());
}

std::vector<std::string> bases() {
  std::vector<std::string> out{own_base()};
  if (out.front() != kSystemBase) out.emplace_back(kSystemBase);
  return out;
}

std::vector<Place> places() {
  std::vector<Place> out;
  for (const std::string &base : bases()) {
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(base, error)) {
      const fs::path socket = entry.path() / kSocketName;
      std::error_code closed_to_us;
      if (fs::is_socket(socket, closed_to_us)) out.push_back({entry.path().filename(), socket});
    }
  }
  std::ranges::sort(out, {}, &Place::host);
  return out;
}

}  // namespace tidegate::reach
