// The table in sdk/src/core/MACHINE.md is what the machine's rows say. With TIDEGATE_WRITE=1 it is written anew.

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>

#include "core/machine.hpp"
#include "core/vocabulary.hpp"

namespace tidegate::sdk::machine {
namespace {

void effects(std::ostream &out, const char *place, std::initializer_list<std::string> cells) {
  out << "| " << place;
  for (std::string cell : cells) {
    if (const auto bar = cell.find('|'); bar != std::string::npos) cell.replace(bar, 1, " / ");
    out << " | " << (cell == "OK" ? "*as it was*" : cell);
  }
  out << " |\n";
}

std::string document() {
  std::ostringstream out;
  out << "<!-- Written by tests/unit/core/machine_table_test.cpp from machine.cpp; do not edit. -->\n"
         "# The drain machine\n\n"
         "(state, input, now) → (state, effects). A pair of place and input that is not in the second table is refused "
         "with\n"
         "`TG_E_STATE` and changes nothing. The first four inputs are asked for; the others are facts that the runtime "
         "reports.\n\n"
         "## Places\n\n"
         "| place | status | phase | ready |\n|---|---|---|---|\n";
  for (std::size_t p = 0; p < kPlaces; ++p) {
    const auto place = static_cast<Place>(p);
    out << "| " << name_of(place) << " | " << status_word(status_of(place)).label << " | "
        << phase_word(phase_of(place)).label << " | " << (is_ready(place) ? "yes" : "no") << " |\n";
  }
  out << "\n## Rows\n\n| place | input | effect |\n|---|---|---|\n";
  for (const Row &row : rows())
    out << "| " << name_of(row.at) << " | " << name_of(row.what) << " | " << row.effect << " |\n";
  out << "\n## What a request does\n\n"
         "From request_effects.def: where the service is at rest after the request, when its hooks succeed at once; with a "
         "session\ninside / with none where these differ; *as it was*: there is nothing to do. An error changes nothing. The "
         "service is\nheld by the actor that asks. While the host ends a request to start, pause, restart or resume is "
         "E_CLOSING everywhere,\nand a stop of a service that is starting happens when its start has returned.\n\n"
         "| place | start | pause | pause, announced | graceful stop | restart | stop now | resume |\n"
         "|---|---|---|---|---|---|---|---|\n";
#define EFFECTS(place, ...) effects(out, #place, {__VA_ARGS__});
#include "core/request_effects.def"
#undef EFFECTS
  return out.str();
}

TEST(MachineTable, Document_IsWhatTheRowsSay) {
  const std::string path = SOURCES "/sdk/src/core/MACHINE.md";
  if (std::getenv("TIDEGATE_WRITE") != nullptr) std::ofstream(path) << document();
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  EXPECT_EQ(found.str(), document()) << "run this test with TIDEGATE_WRITE=1";
}

}  // namespace
}  // namespace tidegate::sdk::machine
