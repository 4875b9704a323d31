#include "plugins.hpp"

#include <pybind11/stl.h>

#include "argument.hpp"
#include "lifetime.hpp"
#include "seconds.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

std::uint32_t grants_of(const std::vector<std::string> &names) {
  std::uint32_t grants = 0;
  for (const std::string &name : names) {
    if (name != "control") throw py::value_error("grants: '" + name + "' is not one of 'control'");
    grants |= TG_GRANT_OPERATE;
  }
  return grants;
}

/// Returns the duration for an option where 0 means "as usual".
Duration or_usual(const std::optional<Duration> &seconds) { return seconds.value_or(Duration(0)); }

void load(OpenHost &host, const Path<"path"> &path, const ConfigOrNone<"config"> &config,
          const TextOrNone<"sha256"> &sha256, const Texts<"grants"> &grants, Seconds<"hook_limit"> hook_limit,
          Seconds<"slow_after"> slow_after, Seconds<"hang_after"> hang_after, Seconds<"drain_limit"> drain_limit,
          Seconds<"out_for"> out_for, Whole<"faults", UINT32_MAX> faults) {
  // An empty pin would be none: who gives one has forgotten what to pin.
  if (sha256 && (*sha256).empty()) throw py::value_error("sha256 is 64 hexadecimal digits, or None");
  PluginOptions options;
  options.path = *path;
  if (config) options.config = *config;
  if (sha256) options.sha256 = *sha256;
  options.grants = grants_of(grants);
  options.hook_limit = or_usual(hook_limit);
  options.slow_after = or_usual(slow_after);
  options.hang_after = or_usual(hang_after);
  options.drain_limit = or_usual(drain_limit);
  options.out_for = or_usual(out_for);
  options.faults = static_cast<std::uint32_t>(*faults);
  const Use use(host);
  host.note_plugin();
  const Away away;
  use->load_plugin(options);
}

bool reload(OpenHost &host, const Text<"id"> &id, const ConfigOrNone<"config"> &config) {
  const Use use(host);
  const Away away;
  return use->reload_plugin(*id, config ? std::optional<std::string_view>(*config) : std::nullopt) != TG_RETAINED;
}

void reconfigure(OpenHost &host, const Text<"id"> &id, const Config<"config"> &config) {
  const Use use(host);
  const Away away;
  use->reconfigure_plugin(*id, *config);
}

bool unload(OpenHost &host, const Text<"id"> &id) {
  const Use use(host);
  const Away away;
  return use->unload_plugin(*id) != TG_RETAINED;
}

std::vector<PluginInfo> plugins(OpenHost &host) {
  const Use use(host);
  const Away away;
  return use->plugins();
}

std::vector<Metric> metrics(OpenHost &host) {
  const Use use(host);
  const Away away;
  return use->metrics();
}

template <std::uint64_t PluginInfo::*member>
double seconds(const PluginInfo &info) {
  return to_seconds(info.*member);
}

void bind_plugin_info(py::module_ &module) {
  py::class_<PluginInfo>(module, "PluginInfo", "A plugin at one moment; frozen.")
      .def_readonly("id", &PluginInfo::id, "Identity of the plugin, such as org.tidegate.limits.")
      .def_readonly("version", &PluginInfo::version, "Version that the plugin gives itself.")
      .def_readonly("path", &PluginInfo::path, "Path of the file that it was loaded from.")
      .def_readonly("roles", &PluginInfo::roles, "Roles that it fills: a list of str such as tidegate.admission/1.")
      .def_property_readonly(
          "state", [](const PluginInfo &info) { return word(Words::plugin_state, info.state); },
          "PluginState of the plugin.")
      .def_property_readonly("since", &seconds<&PluginInfo::since_ns>, "Seconds for which the state has been what it is.")
      .def_readonly("sessions", &PluginInfo::sessions, "Number of live sessions that its policy has admitted.")
      .def_readonly("faults", &PluginInfo::faults,
                    "Number of its calls so far that failed, took too long or were not allowed.")
      .def_readonly("asked_sampled", &PluginInfo::asked_sampled, "Number of calls of its policy that were timed: 1 in 256.")
      .def_property_readonly("asked_mean", &seconds<&PluginInfo::asked_mean_ns>,
                             "Seconds that the timed calls of its policy took, as a mean.")
      .def_property_readonly("asked_max", &seconds<&PluginInfo::asked_max_ns>,
                             "Seconds that the longest of the timed calls of its policy took.")
      .def_readonly("events_behind", &PluginInfo::events_behind, "Number of events that its sink has still to take.")
      .def_property_readonly(
          "last_fault",
          [](const PluginInfo &info) -> py::object {
            return info.last_fault.empty() ? py::object(py::none()) : py::str(info.last_fault);
          },
          "Sentence about its last fault; None: there was none.")
      .def("__repr__", [](const PluginInfo &info) {
        return "<tidegate.PluginInfo " + info.id + " " + info.version + " state=" + std::to_string(info.state) + ">";
      });
}

void bind_metric(py::module_ &module) {
  py::class_<Metric>(module, "Metric", "A figure that a plugin told; frozen.")
      .def_readonly("plugin", &Metric::plugin, "Identity of the plugin that told the figure.")
      .def_readonly("name", &Metric::name, "Name of the figure, unique in its plugin.")
      .def_readonly("unit", &Metric::unit, "Unit of the figure, such as seconds; empty: a plain number.")
      .def_readonly("help", &Metric::help, "Sentence that says what the figure is.")
      .def_property_readonly(
          "kind", [](const Metric &metric) { return word(Words::metric_kind, metric.kind); },
          "MetricKind: whether it only grows.")
      .def_property_readonly(
          "age", [](const Metric &metric) { return to_seconds(metric.age_ns); },
          "Seconds since the plugin told the figure.")
      .def_readonly("value", &Metric::value, "Value of the figure, in its unit.")
      .def("__repr__", [](const Metric &metric) {
        return "<tidegate.Metric " + metric.plugin + " " + metric.name + "=" + std::to_string(metric.value) + ">";
      });
}

}  // namespace

void bind_plugins(py::module_ &module, HostClass &host) {
  bind_plugin_info(module);
  bind_metric(module);
  host.def("load_plugin", &load, py::arg("path"), py::arg("config") = py::none(), py::arg("sha256") = py::none(),
           py::arg("grants") = std::vector<std::string>(), py::kw_only(), py::arg("hook_limit") = py::none(),
           py::arg("slow_after") = py::none(), py::arg("hang_after") = py::none(), py::arg("drain_limit") = py::none(),
           py::arg("out_for") = py::none(), py::arg("faults") = 0,
           R"(Loads a plugin from a shared library and starts it, without the GIL.

path: absolute, of the file itself. config: a dict, as the plugin documents it. sha256: the file must have this one; None: any.
grants: "control" to let it operate services. Seconds, each above 0 or None for the usual: hook_limit, for a lifecycle step
(10); slow_after, a call of its policy that takes longer is a fault (0.1); hang_after, one that has not come back hangs, any other
call of it after five times as long (1); drain_limit, for its calls in progress when it is drained (5); out_for, its policy is out
after too many faults (10). faults: so many within a minute are too many; 0: 5. Raises Error with nothing of the plugin left behind.)")
      .def("reload_plugin", &reload, py::arg("id"), py::arg("config") = py::none(),
           R"(Replaces a plugin by the file that is at its path now, without the GIL; no admission is lost meanwhile.

id: PluginInfo.id of the plugin. config: a dict; None: that of the old file. Returns False when the old file stays mapped. Raises Error with the old one as it was,
and E_TIMEOUT when a call in progress does not come back.)")
      .def("reconfigure_plugin", &reconfigure, py::arg("id"), py::arg("config"),
           R"(Gives a running plugin another configuration, without the GIL. id: PluginInfo.id. config: a dict.

Raises Error, and the plugin goes on as it was.)")
      .def("unload_plugin", &unload, py::arg("id"),
           R"(Drains a plugin and takes it out, without the GIL. id: PluginInfo.id of the plugin.

Returns False when its file stays mapped. Raises Error E_NOT_FOUND.)")
      .def("plugins", &plugins, "Returns the plugins, in the order they were loaded: a list of PluginInfo.")
      .def("metrics", &metrics,
           R"(Returns the figures that plugins have told: a list of Metric.

Plugins are asked again when the last time is a second ago; a caller who looks regularly sees figures of a second ago.)");
}

}  // namespace tidegate::python
