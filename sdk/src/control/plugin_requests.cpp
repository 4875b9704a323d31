#include "control/plugin_requests.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/fields.hpp"
#include "control/show.hpp"
#include "tidegate/label.h"

namespace tidegate::control {
namespace {

/// Returns the configuration as a text, so that the plugin gets it byte for byte: JSON can write one value in several ways.
std::optional<std::string> config(const Json &request) {
  const auto found = request.find("config");
  if (found == request.end() || found->is_null()) return std::nullopt;
  if (!found->is_string())
    bad("\"config\" must be a string: the text of a JSON object, such as \"{\\\"max_per_peer\\\": 4}\"");
  return found->get<std::string>();
}

/// Returns the answer to a finished change: the plugin as it is now, and the result unless that is TG_OK.
Json changed(const HostView &host, const std::string &id, tg_result result) {
  Json answer = ok();
  if (result != TG_OK) answer["result"] = view(tg_result_label(result));
  const std::vector<PluginInfo> all = host.plugins();
  const auto found = std::ranges::find(all, id, &PluginInfo::id);
  answer["plugin"] = found == all.end() ? Json() : to_json(*found);
  return answer;
}

/// Returns the id of the plugin in the request. Throws Error when no such plugin is loaded, before a job is begun for it.
std::string loaded_id(const HostView &host, const Json &request) {
  std::string id = needed_text(request, "id");
  std::string all;
  for (const PluginInfo &plugin : host.plugins()) {
    if (plugin.id == id) return id;
    all += (all.empty() ? "" : ", ") + plugin.id;
  }
  throw Error(TG_E_NOT_FOUND,
              "no plugin has the id \"" + id.substr(0, 64) + "\"; " + (all.empty() ? "none is loaded" : "loaded: " + all));
}

}  // namespace

Answer plugins(const HostView &host, const Json &, Held &) {
  Json answer = ok();
  answer["plugins"] = Json::array();
  for (const PluginInfo &plugin : host.plugins()) answer["plugins"].push_back(to_json(plugin));
  return answer;
}

Answer reload_plugin(const HostView &host, const Json &request, Held &held) {
  held.of_a_plugin = true;
  held.work = [host, id = loaded_id(host, request), config = config(request), asked = Asked(request, held.peer)] {
    return changed(host, id, host.reload_plugin(id, config, asked.action()));
  };
  return std::nullopt;
}

Answer reconfigure_plugin(const HostView &host, const Json &request, Held &held) {
  const std::optional<std::string> given = config(request);
  if (!given) bad("\"config\" is missing");
  held.of_a_plugin = true;
  held.work = [host, id = loaded_id(host, request), config = *given, asked = Asked(request, held.peer)] {
    host.reconfigure_plugin(id, config, asked.action());
    return changed(host, id, TG_OK);
  };
  return std::nullopt;
}

Answer metrics(const HostView &host, const Json &, Held &) {
  Json answer = ok();
  answer["metrics"] = Json::array();
  for (const Metric &metric : host.metrics()) answer["metrics"].push_back(to_json(metric));
  return answer;
}

}  // namespace tidegate::control
