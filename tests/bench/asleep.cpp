#include "asleep.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace tidegate::bench {
namespace {

bool sleeps(const std::filesystem::path &task) {
  std::ifstream file(task / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');  // a name may have anything in it
  return name_end == std::string::npos || line.size() < name_end + 3 || line[name_end + 2] == 'S';
}

bool others_sleep(const std::vector<pid_t> &awake) {
  const pid_t self = gettid();
  for (const auto &task : std::filesystem::directory_iterator("/proc/self/task")) {
    const pid_t id = std::atoi(task.path().filename().c_str());
    if (id != self && std::ranges::find(awake, id) == awake.end() && !sleeps(task.path())) return false;
  }
  return true;
}

}  // namespace

/// Twice: a thread may have been between two short sleeps.
void wait_until_asleep(const std::vector<pid_t> &awake) {
  for (int seen = 0; seen < 2;) {
    seen = others_sleep(awake) ? seen + 1 : 0;
    if (seen == 0) std::this_thread::yield();
  }
}

}  // namespace tidegate::bench
