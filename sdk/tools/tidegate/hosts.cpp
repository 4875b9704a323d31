#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "border/plain_text.hpp"
#include "conversation.hpp"
#include "find_host.hpp"
#include "table.hpp"

namespace {

namespace os = tidegate::os;

using os::Presence;
using tidegate::sdk::show_name;

/// Time for a host to answer before its state is "hangs".
constexpr std::uint64_t kPatienceNs = 2'000'000'000;

struct State {
  const char *label;
  std::string services;  // "2 of 3 Running"; if the host is not live, the reason
  Json answer;           // an object only if the host is live
};

State state_of(const Seen &seen) {
  switch (seen.dialed.presence) {
    case Presence::dead: return {"dead", seen.dialed.why, {}};
    case Presence::foreign: return {"foreign", seen.dialed.why, {}};
    case Presence::closed: return {"closed", seen.dialed.why, {}};
    case Presence::live: break;
  }
  if (seen.dialed.fd < 0) return {"hangs", seen.dialed.why, {}};
  try {
    Conversation host(seen.dialed.fd, seen.place.socket, kPatienceNs);
    Json answer = host.need({{"verb", "services"}});
    const Json services = answer.value("services", Json::array());
    std::size_t running = 0;
    for (const Json &service : services) running += text(service, "status") == "Running" ? 1 : 0;
    return {"live", fmt::format("{} of {} Running", running, services.size()), std::move(answer)};
  } catch (const Stop &stop) {
    return {stop.code() == kTimeout ? "hangs" : "dead", stop.what(), {}};
  } catch (const Json::exception &) {
    return {"foreign", "what answers is not a Tidegate host", {}};
  }
}

Json to_json(const Seen &seen, const State &state) {
  const bool known = seen.dialed.user != static_cast<uid_t>(-1);
  Json out{{"host", seen.place.host},
           {"state", state.label},
           {"socket", seen.place.socket},
           {"uid", known ? Json(seen.dialed.user) : Json()},
           {"pid", seen.dialed.process != 0 ? Json(seen.dialed.process) : Json()}};
  if (state.answer.is_object()) {
    out["version"] = state.answer.value("version", "");
    out["services"] = state.answer.value("services", Json::array()).size();
  } else {
    out["why"] = state.services;
  }
  return out;
}

}  // namespace

ExitCode hosts(const Arguments &arguments) {
  std::vector<std::string> looked;
  const std::vector<Seen> all = look_around(arguments, looked);
  Table table({"HOST", "STATE", "USER", "PID", "SERVICES", "SOCKET"});
  Json list = Json::array();
  std::string remarks;
  bool any = false;
  for (const Seen &seen : all) {
    const State state = state_of(seen);
    const bool live = state.answer.is_object();
    any = any || live;
    list.push_back(to_json(seen, state));
    const bool known = seen.dialed.user != static_cast<uid_t>(-1);
    table.add({show_name(seen.place.host), state.label, known ? os::user_name(seen.dialed.user) : "-",
               seen.dialed.process != 0 ? std::to_string(seen.dialed.process) : "-", live ? state.services : "-",
               show_name(seen.place.socket)});
    if (!live) remarks += fmt::format("{}: {}\n", show_name(seen.place.host), show_name(state.services));
  }
  if (arguments.json)
    print_json(Json{{"ok", true}, {"hosts", list}, {"looked_in", looked}});
  else if (all.empty())
    print("no host is here that can be seen; looked in " + show_name(listed(looked)));
  else
    fmt::print("{}{}", table.text(), remarks);
  return any ? kDone : kNoHost;
}
