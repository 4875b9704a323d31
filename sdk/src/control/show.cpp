#include "control/show.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tidegate/label.h"

namespace tidegate::control {
namespace {

std::string address(const tg_address &peer) {
  if (std::ranges::all_of(peer.ip, [](std::uint8_t byte) { return byte == 0; })) return {};
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::equal(std::begin(kMapped), std::end(kMapped), peer.ip);
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? peer.ip + 12 : peer.ip, buffer, sizeof buffer);
  if (peer.port == 0) return buffer;
  std::string out(v4 ? "" : "[");
  out.append(buffer).append(v4 ? ":" : "]:").append(std::to_string(peer.port));
  return out;
}

Json holds(const Service &service) {
  Json list = Json::array();
  for (const Hold &hold : service.holds())
    list.push_back({{"actor", hold.actor},
                    {"reason", hold.reason},
                    {"lasts", view(tg_hold_label(hold.lasts))},
                    {"since_unix_ns", hold.since_unix_ns},
                    {"expires_unix_ns", hold.expires_unix_ns == 0 ? Json() : Json(hold.expires_unix_ns)}});
  return list;
}

}  // namespace

Json to_json(const Service &service) {
  const tg_service_info info = service.info();
  return {
      {"name", view(info.name)},
      {"status", view(tg_status_label(info.status))},
      {"phase", view(tg_phase_label(info.phase))},
      {"intent", info.phase != TG_PHASE_NONE ? view(tg_intent_label(info.intent)) : std::string_view()},
      {"epoch", info.epoch},
      {"activity", view(info.activity)},
      {"sessions", info.sessions},
      {"children", info.children},
      {"entries", info.entries},
      {"at_drain", info.at_drain},
      {"admitted", info.admitted},
      {"refused", info.refused},
      {"max_sessions", info.max_sessions},
      {"deadline_left_ns", info.deadline_left_ns == TG_FOREVER ? Json() : Json(info.deadline_left_ns)},
      {"status_since_ns", info.status_since_ns},
      {"ready", info.ready != 0},
      {"at_deadline", info.deadline_left_ns != TG_FOREVER ? view(tg_deadline_label(info.at_deadline)) : std::string_view()},
      {"limit", info.limit},
      {"told", info.told},
      {"checkpoint", info.checkpoint},
      {"wait_hint_ns", info.wait_hint_ns == TG_FOREVER ? Json() : Json(info.wait_hint_ns)},
      {"holds", holds(service)},
  };
}

Json to_json(const Service &service, const tg_session_info &session) {
  char ticket[17];
  std::snprintf(ticket, sizeof ticket, "%016llx", static_cast<unsigned long long>(session.ticket));
  return {
      {"ticket", ticket},
      {"kind", view(tg_kind_label(session.kind))},
      {"class", view(tg_class_label(session.session_class))},
      {"tag", session.tag},
      {"age_ns", session.age_ns},
      {"peer", address(session.peer)},
      {"text", service.describe(session)},
      {"idle", (session.flags & TG_SESSION_IDLE) != 0},
      {"told", (session.flags & TG_SESSION_TOLD) != 0},
      {"acknowledged", (session.flags & TG_SESSION_ACKNOWLEDGED) != 0},
      {"quiet_ns", session.quiet_ns},
  };
}

Json to_json(const PluginInfo &plugin) {
  return {
      {"id", plugin.id},
      {"version", plugin.version},
      {"path", plugin.path},
      {"roles", plugin.roles},
      {"state", view(tg_plugin_state_label(plugin.state))},
      {"since_ns", plugin.since_ns},
      {"sessions", plugin.sessions},
      {"faults", plugin.faults},
      {"asked_sampled", plugin.asked_sampled},
      {"asked_mean_ns", plugin.asked_mean_ns},
      {"asked_max_ns", plugin.asked_max_ns},
      {"events_behind", plugin.events_behind},
      {"last_fault", plugin.last_fault},
  };
}

Json to_json(const Metric &metric) {
  return {
      {"plugin", metric.plugin},
      {"name", metric.name},
      {"value", std::isfinite(metric.value) ? Json(metric.value) : Json()},
      {"unit", metric.unit},
      {"kind", view(tg_metric_kind_label(metric.kind))},
      {"age_ns", metric.age_ns},
      {"help", metric.help},
  };
}

}  // namespace tidegate::control
