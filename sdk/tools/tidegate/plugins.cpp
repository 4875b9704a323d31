#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "actor.hpp"
#include "border/plain_text.hpp"
#include "conversation.hpp"
#include "duration.hpp"
#include "table.hpp"

namespace {

constexpr std::uint64_t kSaidAfterNs = 1'000'000'000;  // a change that takes less shows no progress

Json all_plugins(Conversation &host) { return host.need({{"verb", "plugins"}}).at("plugins"); }

std::string ids_of(const Json &plugins) {
  std::string out;
  for (const Json &plugin : plugins) out += (out.empty() ? "" : ", ") + text(plugin, "id");
  return out;
}

/// Returns the plugin with the id `name`, or the only plugin whose id has `name` as its last part. Throws Stop.
Json plugin_named(const Json &plugins, const std::string &name) {
  Json found = Json::array();
  for (const Json &plugin : plugins) {
    const std::string id = text(plugin, "id");
    if (id == name) return plugin;
    if (id.substr(id.rfind('.') + 1) == name) found.push_back(plugin);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    throw Stop(kRefused, fmt::format("several plugins are named \"{}\": {}; give the whole id", name, ids_of(found)));
  throw Stop(kRefused, fmt::format("no plugin is named \"{}\"; {}", name,
                                   plugins.empty() ? "none is loaded" : "loaded: " + ids_of(plugins)));
}

/// Returns a list such as "admission,event-sink". Tidegate's own roles are named without "tidegate." and the version.
std::string short_roles(const Json &plugin) {
  constexpr std::string_view kOurs = "tidegate.";
  std::string out;
  for (const Json &each : plugin.value("roles", Json::array())) {
    std::string role = tidegate::sdk::show_text(each.get<std::string>());
    if (role.starts_with(kOurs)) role = role.substr(kOurs.size(), role.rfind('/') - kOurs.size());
    out += (out.empty() ? "" : ",") + role;
  }
  return out.empty() ? "-" : out;
}

/// Shows the time of the calls of a policy, of which a sample is timed.
std::string asked(const Json &plugin, const char *key) {
  return number(plugin, "asked_sampled") == 0 ? "-" : show_brief(number(plugin, key));
}

std::string line_about_plugin(const Json &plugin) {
  return fmt::format("{} {} {}", text(plugin, "id"), text(plugin, "version"), text(plugin, "state"));
}

/// Returns the text of --config: the argument, or with @ the contents of a file.
std::string config_text(const std::string &given) {
  if (!given.starts_with('@')) return given;
  const std::string path = given.substr(1);
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream &in = path == "-" ? std::cin : file;
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (path != "-" && (!file.is_open() || file.bad())) throw Stop(kRefused, "the file " + path + " cannot be read");
  return out;
}

/// Shows the progress of a slow change of a plugin: a line with the time so far on a terminal, else one line.
class Patience {
 public:
  Patience(bool quiet, std::string about) : quiet_(quiet), about_(std::move(about)) {}
  ~Patience() { clear(); }
  Patience(const Patience &) = delete;
  Patience &operator=(const Patience &) = delete;

  void show() {
    if (quiet_ || since(began_) < kSaidAfterNs) return;
    if (isatty(STDERR_FILENO) == 1)
      fmt::print(stderr, "\r\033[K{}, {}", about_, show_duration(since(began_)));
    else if (!shown_)
      fmt::print(stderr, "{}\n", about_);
    std::fflush(stderr);
    shown_ = true;
  }
  void clear() {
    if (shown_ && isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\033[K");
  }
  Clock::time_point began() const { return began_; }

 private:
  const bool quiet_;
  const std::string about_;
  const Clock::time_point began_ = Clock::now();
  bool shown_ = false;
};

ExitCode change_plugin(const Arguments &arguments, const char *verb, const char *doing) {
  Json request{{"verb", verb}};
  if (arguments.config) request["config"] = config_text(*arguments.config);
  if (arguments.timeout_ns != 0) request["timeout_ns"] = arguments.timeout_ns;
  Conversation host(arguments);
  const std::string id = text(plugin_named(all_plugins(host), arguments.plugin), "id");
  request["id"] = id;
  request["actor"] = default_actor(person_at_work());
  watch_for_interrupt();
  Patience patience(arguments.json, id + " is being " + doing + "; it goes on after Ctrl-C");
  Json answer;
  try {
    answer = host.need_slowly(request, [&] { patience.show(); });
  } catch (const Stop &stop) {
    patience.clear();
    if (stop.code() != kDetached) throw;
    throw Stop(kDetached, "detached; what was asked for goes on. What came of it: tidegate plugins, tidegate events");
  }
  patience.clear();
  if (arguments.json)
    print_json(answer);
  else
    print(fmt::format("{}{} ({})",
                      line_about_plugin(answer.at("plugin").is_null() ? Json{{"id", id}} : answer.at("plugin")),
                      text(answer, "result") == "ok-retained" ? "; the old file stays mapped" : "",
                      show_duration(since(patience.began()))));
  return kDone;
}

std::string value_of(const Json &metric) {
  return metric.at("value").is_number() ? fmt::format("{}", metric.at("value").get<double>()) : "-";
}

}  // namespace

ExitCode plugins(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = host.need({{"verb", "plugins"}});
  if (arguments.json) {
    print_json(answer);
    return kDone;
  }
  Table table({"PLUGIN", "VERSION", "STATE", "SINCE", "ROLES", "SESSIONS", "FAULTS", "MEAN", "MAX", "BEHIND"});
  std::string faults;
  for (const Json &plugin : answer.at("plugins")) {
    table.add({text(plugin, "id"), text(plugin, "version"), text(plugin, "state"),
               show_duration(number(plugin, "since_ns")), short_roles(plugin), std::to_string(number(plugin, "sessions")),
               std::to_string(number(plugin, "faults")), asked(plugin, "asked_mean_ns"), asked(plugin, "asked_max_ns"),
               std::to_string(number(plugin, "events_behind"))});
    if (const std::string last = text(plugin, "last_fault"); !last.empty())
      faults += fmt::format("{}: last fault: {}\n", text(plugin, "id"), last);
  }
  if (answer.at("plugins").empty())
    print("no plugin is loaded");
  else
    fmt::print("{}{}", table.text(), faults);
  return kDone;
}

ExitCode reload_plugin(const Arguments &arguments) { return change_plugin(arguments, "plugin-reload", "reloaded"); }

ExitCode reconfigure_plugin(const Arguments &arguments) {
  return change_plugin(arguments, "plugin-reconfigure", "reconfigured");
}

ExitCode metrics(const Arguments &arguments) {
  Conversation host(arguments);
  const std::string only = arguments.plugin.empty() ? "" : text(plugin_named(all_plugins(host), arguments.plugin), "id");
  const Json answer = host.need({{"verb", "metrics"}});
  Table table({"PLUGIN", "NAME", "VALUE", "UNIT", "KIND", "AGE", "HELP"});
  bool any = false;
  for (const Json &metric : answer.at("metrics")) {
    if (!only.empty() && text(metric, "plugin") != only) continue;
    any = true;
    if (arguments.json)
      print_json(metric);
    else
      table.add({text(metric, "plugin"), text(metric, "name"), value_of(metric), text(metric, "unit"), text(metric, "kind"),
                 show_duration(number(metric, "age_ns")), text(metric, "help")});
  }
  if (!arguments.json && !any)
    print("no plugin has told any figures yet");
  else if (!arguments.json)
    fmt::print("{}", table.text());
  return kDone;
}
