#include "find_host.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "border/plain_text.hpp"
#include "client.hpp"
#include "table.hpp"

namespace {

namespace os = tidegate::os;
using os::Presence;
using tidegate::sdk::show_name;

constexpr uid_t kUnknown = static_cast<uid_t>(-1);

std::optional<uid_t> asked(const Arguments &arguments) {
  uid_t user = 0;
  return asked_user(arguments, user) ? std::optional(user) : std::nullopt;
}


std::string from_environment(const char *name) {
  const char *value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Returns a text such as
/// "east (passed over: /tmp/tidegate-998 belongs to kam (uid 998); if that user's host is meant, add --user 998)".
std::string saw(const Seen &seen) {
  const os::Dialed &dialed = seen.dialed;
  switch (dialed.presence) {
    case Presence::live: return show_name(seen.place.host);
    case Presence::dead:
    case Presence::closed: return fmt::format("{} ({})", show_name(seen.place.host), show_name(dialed.why));
    case Presence::foreign: break;
  }
  const bool known = dialed.user != kUnknown && geteuid() == 0 && dialed.user != 0;
  return fmt::format("{} (passed over: {}{})", show_name(seen.place.host), show_name(dialed.why),
                     known ? fmt::format("; if that user's host is meant, add --user {}", dialed.user) : "");
}

/// Returns a text with the hosts seen, running ones first. `name`: if there are hosts of that name, the text has only those.
std::string saw(const std::vector<Seen> &all, const std::string &name) {
  const bool named = std::ranges::any_of(all, [&](const Seen &each) { return each.place.host == name; });
  std::vector<std::string> parts;
  for (const bool live : {true, false})
    for (const Seen &each : all)
      if ((each.dialed.presence == Presence::live) == live && (!named || each.place.host == name)) parts.push_back(saw(each));
  return parts.empty() ? "saw no host" : "saw " + listed(parts);
}

/// Closes all connections but that of `kept`. Returns: that connection. Throws Stop when the host takes no more clients.
int keep(std::vector<Seen> &all, const Seen &kept, std::string &socket) {
  for (const Seen &each : all)
    if (&each != &kept && each.dialed.fd >= 0) close(each.dialed.fd);
  socket = kept.place.socket;
  if (kept.dialed.fd < 0) throw Stop(kTimeout, show_name(kept.dialed.why));
  return kept.dialed.fd;
}

[[noreturn]] void none(std::vector<Seen> &all, const std::string &sentence) {
  for (const Seen &each : all)
    if (each.dialed.fd >= 0) close(each.dialed.fd);
  throw Stop(kNoHost, sentence);
}

int find_by_path(const Arguments &arguments, std::string &socket) {
  socket = arguments.socket;
  const std::optional<uid_t> user = asked(arguments);
  const os::Dialed dialed = os::dial(socket, os::trusted_by_client(user ? &*user : nullptr));
  if (dialed.presence == Presence::live && dialed.fd >= 0) return dialed.fd;
  if (dialed.presence == Presence::live) throw Stop(kTimeout, dialed.why);
  if (dialed.presence != Presence::foreign) throw Stop(kNoHost, dialed.why);
  throw Stop(kNoHost,
             fmt::format("what is at {} is not believed: {}; a host is believed that you or root run, or, with --user, "
                         "that user",
                         socket, dialed.why));
}

}  // namespace

bool asked_user(const Arguments &arguments, uid_t &user) {
  const std::string given = !arguments.user.empty() ? arguments.user : from_environment("TIDEGATE_USER");
  if (given.empty()) return false;
  if (const passwd *found = getpwnam(given.c_str()); found != nullptr) {
    user = found->pw_uid;
    return true;
  }
  const char *end = given.data() + given.size();
  if (const auto [rest, error] = std::from_chars(given.data(), end, user); error == std::errc() && rest == end) return true;
  throw Stop(kUsage, "no user is named \"" + given + "\"; give the name or the number of the user who runs the server");
}

std::vector<Seen> look_around(const Arguments &arguments, std::vector<std::string> &looked) {
  const std::optional<uid_t> user = asked(arguments);
  const os::Trusted trusted = os::trusted_by_client(user ? &*user : nullptr);
  os::Search search = os::search(user ? &*user : nullptr);
  looked = search.looked;
  std::vector<Seen> out;
  for (const os::Place &place : search.places) out.push_back({place, os::dial(place.socket, trusted)});
  return out;
}

int find_host(const Arguments &arguments, std::string &socket) {
  if (!arguments.socket.empty()) return find_by_path(arguments, socket);
  const std::string name = !arguments.host.empty() ? arguments.host : from_environment("TIDEGATE_HOST");
  std::vector<std::string> looked;
  std::vector<Seen> all = look_around(arguments, looked);
  std::vector<std::string> live;
  std::vector<const Seen *> meant;
  for (const Seen &each : all) {
    if (each.dialed.presence != Presence::live) continue;
    live.push_back(show_name(each.place.host));
    if (name.empty() || each.place.host == name) meant.push_back(&each);
  }
  if (meant.size() == 1) return keep(all, *meant.front(), socket);
  const std::string where = "looked in " + show_name(listed(looked)) + "; " + saw(all, name);
  if (name.empty() && live.empty())
    none(all, "no host runs here that you may control: " + where +
                  ". Start the server, run this as the server's user, or give --socket PATH");
  if (name.empty())
    none(all, "several hosts run here: " + listed(live) + "; say which with --host NAME or TIDEGATE_HOST");
  if (meant.empty())
    none(all, "no host runs here that is named \"" + name + "\" and that you may control: " + where +
                  (live.empty() ? "" : ". Running: " + listed(live)));
  std::vector<std::string> sockets;
  sockets.reserve(meant.size());
  for (const Seen *each : meant) sockets.push_back(show_name(each->place.socket));
  none(all, "several hosts are named \"" + name + "\"; say which with --socket: " + listed(sockets));
}
