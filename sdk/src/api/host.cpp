#include "tidegate/host.h"

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

Host::Options host_options(const tg_host_options *in) {
  need(in, "tg_host_create: options");
  const tg_host_options given = options(in, "tg_host_create");
  Host::Options out;
  out.name = text(given.name, "the host's name");
  out.log_path = text(given.log_path, "the path of the log");
  out.state_directory = text(given.state_directory, "the state directory");
  out.loop = given.loop;
  out.log_format = given.log_format;
  if (given.loop > TG_LOOP_POLL) throw Fault(TG_E_INVALID, "tg_host_create: loop is not one of TG_LOOP_*");
  if (given.log_format > TG_FORMAT_OFF) throw Fault(TG_E_INVALID, "tg_host_create: log_format is not one of TG_FORMAT_*");
  if (given.session_capacity > SessionSlab::kMaxCapacity)
    throw Fault(TG_E_INVALID, "tg_host_create: session_capacity is more than 16,777,215");
  if (given.session_capacity != 0) out.session_capacity = static_cast<std::uint32_t>(given.session_capacity);
  return out;
}

}  // namespace

tg_result tg_host_create(const tg_host_options *options, tg_host **host) {
  return guarded([&] {
    need(host, "tg_host_create: host");
    *host = to(new Host(host_options(options)));
  });
}

tg_result tg_host_destroy(tg_host *host) {
  if (host == nullptr) return TG_OK;
  return guarded([&] {
    object(host, "tg_host_destroy").close();
    delete from(host);
  });
}

int32_t tg_host_fd(tg_host *host) {
  int fd = -1;
  const tg_result result = guarded([&] { fd = object(host, "tg_host_fd").fd(); });
  return result < 0 ? result : fd;
}

tg_result tg_host_poll(tg_host *host) {
  return guarded([&] { object(host, "tg_host_poll").poll(); });
}

tg_result tg_host_load_plugin(tg_host *host, tg_str path, tg_str config) {
  return guarded([&] {
    object(host, "tg_host_load_plugin")
        .load_plugin(text(path, "the plugin's path"), text(config, "the plugin's configuration", 1u << 20));
  });
}

tg_result tg_host_service(tg_host *host, tg_str name, tg_service **service) {
  return guarded([&] {
    need(service, "tg_host_service: service");
    *service = to(&object(host, "tg_host_service").service(text(name, "the service's name")));
  });
}

tg_result tg_host_services(tg_host *host, void (*fn)(void *user, tg_service *service), void *user) {
  return guarded([&] {
    need(fn, "tg_host_services: fn");
    for (Service *service : object(host, "tg_host_services").services()) fn(user, to(service));
  });
}

tg_str tg_host_name(tg_host *host) { return host == nullptr ? tg_str{} : to_str(from(host)->name()); }

tg_str tg_version(void) { return TG_STR(TG_VERSION); }
