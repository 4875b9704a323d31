// Runs groups of benchmarks and writes their rows. `bench [--quick] [GROUP...]`; no group: all but `portable`, which needs
// a process without restartable sequences.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "machine.hpp"
#include "rows.hpp"

using namespace tidegate::bench;

namespace {

struct Group {
  const char *name;
  void (*run)(const Run &, Rows &);
  bool when_asked_only;
};

constexpr Group kGroups[] = {
    {"entry_pairs", entry_pairs, false},
    {"session_pairs", session_pairs, false},
    {"hand_off", hand_off, false},
    {"limits", limits, false},
    {"policies", policies, false},
    {"plugins", plugins, false},
    {"refusals", refusals, false},
    {"shutting", shutting, false},
    {"zero", zero, false},
    {"slow_disk", slow_disk, false},
    {"churn", churn, false},
    {"enumeration", enumeration, false},
    {"memory", memory, false},
    {"portable", portable, true},
};

int usage() {
  std::cerr << "bench [--quick] [GROUP...]\nGroups:";
  for (const Group &group : kGroups) std::cerr << ' ' << group.name;
  std::cerr << '\n';
  return 2;
}

const Group *find(const std::string &name) {
  for (const Group &group : kGroups)
    if (name == group.name) return &group;
  return nullptr;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc == 4 && std::strcmp(argv[1], "--bytes") == 0) say_bytes_of(argv[2], std::strtoull(argv[3], nullptr, 10));
  processors();  // finds out what may be used before any thread is bound
  Run run;
  std::vector<const Group *> chosen;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      run.quick = true;
    } else if (const Group *group = find(argv[i]); group != nullptr) {
      chosen.push_back(group);
    } else {
      return usage();
    }
  }
  if (chosen.empty())
    for (const Group &group : kGroups)
      if (!group.when_asked_only) chosen.push_back(&group);

  std::cout
      << nlohmann::json{{"compiler", __VERSION__}, {"processors", processors()}, {"sequences", has_sequences()}}.dump()
      << std::endl;
  Rows rows;
  for (const Group *group : chosen) {
    std::cerr << "  " << group->name << std::endl;
    group->run(run, rows);
  }
  std::cout << nlohmann::json{{"measured", quiet().measured}, {"disturbed", quiet().disturbed}}.dump() << std::endl;
  // The hosts are not destroyed, so neither is what their threads use.
  std::cout.flush();
  std::_Exit(0);
}
