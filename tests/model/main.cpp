#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "explore.hpp"
#include "names.hpp"

// The program that tests/model.sh builds and runs; its options are those of the script.
namespace tidegate::model {
namespace {

struct Options {
  bool whole = false;
  bool go_on = false;
  bool brief = false;  // one line: for mutants
  std::vector<std::string_view> scenarios;
  Looked looked = Looked().set();
};

std::string with_commas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

int list() {
  std::printf("Scenarios:\n");
  for (const Scenario &it : scenarios())
    std::printf("  %-16s %s%s\n", it.name.c_str(), it.services == 1 ? "one service: " : "A needs B: ", it.about.c_str());
  std::printf("Invariants:\n");
  for (const InvariantText &it : kInvariants) std::printf("  %-24s %s\n", it.name.data(), it.text.data());
  return 0;
}

bool only(std::string_view name, Looked &looked) {
  const auto found = std::ranges::find(kInvariants, name, &InvariantText::name);
  if (found == std::end(kInvariants)) return false;
  looked.reset();
  looked.set(static_cast<std::size_t>(found - kInvariants));
  looked.set(static_cast<std::size_t>(Invariant::model_has_room));
  return true;
}

/// Returns: false when they are not understood.
bool read(int argc, char **argv, Options &options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--whole") {
      options.whole = true;
    } else if (word == "--go-on") {
      options.go_on = true;
    } else if (word == "--brief") {
      options.brief = true;
    } else if (word == "--scenario" && has_value) {
      options.scenarios.push_back(argv[++i]);
      if (std::ranges::count(scenarios(), options.scenarios.back(), &Scenario::name) == 0) return false;
    } else if (word == "--only" && has_value) {
      if (!only(argv[++i], options.looked)) return false;
    } else {
      return false;
    }
  }
  return true;
}

void show(const Found &found) {
  const InvariantText &text = text_of(found.violation.invariant);
  std::printf("VIOLATED %s: %s\n", text.name.data(), text.text.data());
  std::printf("  service %c: %s (%s times); the shortest way there:\n", name_of(found.violation.service),
              found.violation.what.data(), with_commas(found.times).c_str());
  for (const std::string &line : found.trace) std::printf("  %s\n", line.c_str());
}

/// Returns: whether all was as it must be.
bool run(const Scenario &scenario, const Options &options, Pairs &pairs) {
  const auto began = std::chrono::steady_clock::now();
  const Report report = Explorer(scenario, options.looked, options.go_on).explore();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const bool ok = report.found.empty();
  pairs |= report.pairs;
  if (options.brief) {
    std::printf("%s %s\n", ok ? "-" : text_of(report.found.front().violation.invariant).name.data(),
                with_commas(report.states).c_str());
    return ok;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%s, %s: %s states, %s transitions, depth %u, %zu violations (%.1f s, %ld MB)\n    %s\n",
              scenario.services == 1 ? "one service" : "two services", scenario.name.c_str(),
              with_commas(report.states).c_str(), with_commas(report.transitions).c_str(), report.depth,
              report.found.size(), seconds, usage.ru_maxrss / 1024, scenario.about.c_str());
  for (const Found &found : report.found) show(found);
  std::fflush(stdout);
  return ok;
}

/// Which rows of the machine's table have been taken: one that never is has not been explored.
void show_rows(const Pairs &pairs) {
  using namespace sdk::machine;
  std::size_t taken = 0;
  std::string others;
  for (const Row &row : rows()) {
    const bool is_taken = pairs[pair_of(row.at, row.what)];
    taken += is_taken ? 1 : 0;
    if (!is_taken)
      others += ", " + std::string(sdk::machine::name_of(row.at)) + " " + std::string(sdk::machine::name_of(row.what));
  }
  std::printf("%zu of the %zu rows of the machine's table were taken%s%s\n", taken, rows().size(),
              others.empty() ? "" : "; not: ", others.empty() ? "" : others.c_str() + 2);
}

int run_all(const Options &options) {
  Pairs pairs;
  std::size_t wrong = 0, explored = 0;
  for (const Scenario &scenario : scenarios()) {
    const bool named = std::ranges::count(options.scenarios, std::string_view(scenario.name)) != 0;
    if (options.scenarios.empty() ? scenario.whole && !options.whole : !named) continue;
    ++explored;
    if (!run(scenario, options, pairs)) ++wrong;
  }
  if (!options.brief) {
    show_rows(pairs);
    std::printf("%zu scenarios explored, %zu with violations\n", explored, wrong);
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tidegate::model

int main(int argc, char **argv) {
  using namespace tidegate::model;
  if (argc == 2 && std::string_view(argv[1]) == "--list") return list();
  Options options;
  if (!read(argc, argv, options)) {
    std::fprintf(stderr, "not understood; see tests/model.sh --help\n");
    return 2;
  }
  return run_all(options);
}
