// Memory that live sessions cost: what the process has got, in a process of its own for each figure.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {
namespace {

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::string this_program() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return {path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

double in_a_process(const std::string &side, std::uint64_t live) {
  const std::string command = "'" + this_program() + "' --bytes '" + side + "' " + std::to_string(live);
  FILE *const from = popen(command.c_str(), "r");
  double bytes = 0;
  if (from == nullptr || std::fscanf(from, "%lf", &bytes) != 1 || pclose(from) != 0) {
    std::fprintf(stderr, "bench: could not run %s\n", command.c_str());
    std::exit(1);
  }
  return bytes;
}

constexpr const char *kGate = "gate";

}  // namespace

void say_bytes_of(const std::string &side, std::uint64_t live) {
  SessionCalls calls;
  if (side == kGate) {
    static const Server server(library(), {.capacity = live});
    calls = server.sessions();
  } else {
    calls = side == "unordered_map" ? unordered_map() : side == "flat_map" ? flat_map() : concurrent_map();
  }
  tg_request request = request_of(0);
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_ticket ticket = 0;
  const double before = resident_bytes();
  for (std::uint64_t i = 0; i < live; ++i) {
    ++request.tag;
    calls.admit(calls.object, &request, &verdict, &ticket);
  }
  const double bytes = (resident_bytes() - before) / static_cast<double>(live);
  if (ticket == 0) std::exit(1);
  std::printf("%f\n", bytes);
  std::fflush(stdout);
  std::_Exit(0);
}

void memory(const Run &run, Rows &rows) {
  for (std::uint64_t live = run.quick ? 100'000 : 1000; live <= run.live(); live *= 10) {
    for (const char *side : {kGate, "unordered_map", "flat_map", "concurrent_map"}) {
      // A page more or less does not matter: one measurement is enough.
      const Rounds bytes{in_a_process(side, live)};
      rows.figure("memory, " + std::to_string(live) + " live", side, 1, "bytes", bytes);
      if (side == kGate && live == run.live()) rows.value("G7", bytes);
    }
  }
}

}  // namespace tidegate::bench
