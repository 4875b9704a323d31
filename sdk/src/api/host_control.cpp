#include "api/host_control.hpp"

#include <exception>
#include <new>
#include <string>
#include <vector>

#include "api/drain_options.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "core/border_text.hpp"
#include "core/event.hpp"
#include "core/handed_over.hpp"
#include "core/vendor_call.hpp"
#include "plugins/plugin_host.hpp"
#include "tidegate/tidegate.h"
#include "tidegate/ext/draft/operate.h"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

// The control table for plugins: functions of the embed ABI that take the name of a service instead of a handle.

namespace tidegate::sdk::api {
namespace {

/// Returns the host of a plugin: Host is the only class that implements HostForPlugins.
Host &host_of(HostForPlugins &host) { return static_cast<Host &>(host); }

/// Calls `fn(service)` for the service of that name.
template <class F>
tg_result with_service(void *context, tg_str name, F &&fn) {
  return PluginHost::of(context).with_host([&](HostForPlugins &its) {
    Host &host = host_of(its);
    tg_service *service = nullptr;
    const tg_result found = tg_host_service(to(&host), name, &service);
    return found < 0 ? found : fn(service);
  });
}

/// Returns the given options, or all zero. The actor is the plugin, together with the actor that it names: an event tells a person from a
/// plugin that acts for that person. `actor` owns the name.
template <class T>
tg_result by_plugin(void *context, const T *given, T &options, std::string &actor) {
  options = TG_INIT(T);
  if (given != nullptr)
    if (const tg_result result = read_struct(given, options); result != TG_OK) return result;
  options.struct_size = sizeof(T);
  options.peer_uid = options.peer_pid = 0;  // a plugin cannot act for another process
  if (!is_text(options.actor, kNameBytes)) return TG_E_INVALID;
  const std::string &id = PluginHost::of(context).id();
  try {
    actor = options.actor.len == 0 || view(options.actor) == id ? id : std::string(view(options.actor)) + " (" + id + ")";
  } catch (const std::bad_alloc &) {
    return TG_E_NO_MEMORY;
  }
  // A name that is too long is refused: cut, it could be the name of another actor.
  if (check_text(actor, kNameBytes) != TextFault::none) return TG_E_INVALID;
  options.actor = to_str(actor);
  return TG_OK;
}

/// Collects items while the host is kept from ending, then calls `shown` for each without keeping the host, as the plugin may take long.
template <class T, class Collect, class Show>
tg_result show(void *context, Collect &&collect, Show &&shown) {
  try {
    std::vector<T> all;
    const tg_result result = PluginHost::of(context).with_host([&](HostForPlugins &its) { return collect(host_of(its), all); });
    bool back = true;
    for (auto one = all.begin(); back && one != all.end(); ++one)
      back = vendor_call([&] { shown(*one); }, [&](const char *what) { PluginHost::of(context).threw("take", what); });
    if (!back) return TG_E_PLUGIN;
    return result < 0 ? result : static_cast<tg_result>(all.size());
  } catch (const Fault &fault) {
    return fault.code();
  } catch (const std::exception &) {
    return TG_E_NO_MEMORY;
  }
}

tg_result services(void *context, tg_take_service_fn take, void *user) {
  if (take == nullptr) return TG_E_INVALID;
  return show<tg_service_info>(
      context,
      [](Host &host, auto &all) {
        for (const Service *service : host.services()) all.push_back(service->info());
        return TG_OK;
      },
      [&](const tg_service_info &info) { take(user, &info); });
}

tg_result drain(void *context, tg_str service, const tg_drain_options *given) {
  tg_drain_options options;
  std::string actor;
  if (const tg_result result = by_plugin(context, given, options, actor); result < 0) return result;
  return with_service(context, service, [&](tg_service *its) { return tg_service_drain(its, &options); });
}

tg_result resume(void *context, tg_str service, const tg_resume_options *given) {
  tg_resume_options options;
  std::string actor;
  if (const tg_result result = by_plugin(context, given, options, actor); result < 0) return result;
  return with_service(context, service, [&](tg_service *its) { return tg_service_resume(its, &options); });
}

tg_result start(void *context, tg_str service, const tg_action *given) {
  tg_action action;
  std::string actor;
  if (const tg_result result = by_plugin(context, given, action, actor); result < 0) return result;
  return with_service(context, service, [&](tg_service *its) { return tg_service_start(its, &action); });
}

tg_result holds(void *context, tg_str service, tg_take_hold_fn take, void *user) {
  if (take == nullptr) return TG_E_INVALID;
  return show<Hold>(
      context,
      [&](Host &host, auto &all) {
        for (const Hold &hold : host.service(text(service, "the service's name")).holds()) all.push_back(hold);
        return TG_OK;
      },
      [&](const Hold &hold) {
        const tg_hold_info info = shown_hold(hold);
        take(user, &info);
      });
}

tg_result events(void *context, std::uint64_t after, std::uint32_t limit, tg_take_event_fn take, void *user) {
  if (take == nullptr) return TG_E_INVALID;
  return show<Event>(
      context,
      [&](Host &host, auto &all) {
        for (Event event; (limit == 0 || all.size() < limit) && host.events().next(after, event); after = event.sequence)
          all.push_back(event);
        return TG_OK;
      },
      [&](const Event &event) {
        const tg_event shown = to_abi(event);
        take(user, &shown);
      });
}

}  // namespace

const void *host_extension(PluginHost &plugin, std::string_view name) {
  if (name != TG_HOST_OPERATE || (plugin.grants() & TG_GRANT_OPERATE) == 0) return nullptr;
  return plugin.keep(name, tg_host_operate{sizeof(tg_host_operate), TG_PLUGIN_ABI, &plugin, services, drain, resume, start, holds,
                                          events});
}

}  // namespace tidegate::sdk::api
