#include "tidegate/host.h"

#include <atomic>

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/host_control.hpp"
#include "api/structs.hpp"
#include "api/visit.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

constexpr std::uint64_t kMostDenied = 10'000;

Host::Options host_options(const tg_host_options *in) {
  need(in, "tg_host_create: options");
  const tg_host_options given = options(in, "tg_host_create");
  Host::Options out;
  out.name = text(given.name, "the host's name");
  out.log_path = text(given.log_path, "the path of the log");
  out.state_directory = text(given.state_directory, "the state directory");
  if (given.denied_count > kMostDenied || (given.denied_count != 0 && given.denied_plugins == nullptr))
    throw Fault(TG_E_INVALID, "tg_host_create: denied_plugins is not a list of at most 10,000 texts");
  for (std::uint64_t i = 0; i < given.denied_count; ++i)
    out.denied_plugins.push_back(text(given.denied_plugins[i], "a plugin that is denied"));
  out.extension = host_extension;
  out.loop = given.loop;
  out.log_format = given.log_format;
  if (given.loop > TG_LOOP_POLL) throw Fault(TG_E_INVALID, "tg_host_create: loop is not one of TG_LOOP_*");
  if (given.log_format > TG_FORMAT_OFF) throw Fault(TG_E_INVALID, "tg_host_create: log_format is not one of TG_FORMAT_*");
  if (given.session_capacity > SessionSlab::kMaxCapacity)
    throw Fault(TG_E_INVALID, "tg_host_create: session_capacity is more than 16,777,215");
  if (given.session_capacity != 0) out.session_capacity = static_cast<std::uint32_t>(given.session_capacity);
  return out;
}

/// Keeps a host whose threads have not ended: they still use it. The list also keeps leak checkers quiet.
void keep_for_ever(Host &host) {
  struct Kept {
    Host *host;
    Kept *next;
  };
  static std::atomic<Kept *> all{nullptr};
  auto *kept = new Kept{&host, all.load()};
  while (!all.compare_exchange_weak(kept->next, kept)) {
  }
}

}  // namespace

tg_result tg_host_create(const tg_host_options *options, tg_host **host) {
  return guarded([&] {
    check_no_policy("tg_host_create");
    need(host, "tg_host_create: host");
    *host = to(new Host(host_options(options)));
  });
}

tg_result tg_host_destroy(tg_host *host) {
  if (host == nullptr) return TG_OK;
  return guarded([&] {
    Host &it = object(host, "tg_host_destroy");
    it.close();
    if (it.end()) {
      delete from(host);
      return static_cast<tg_result>(TG_OK);
    }
    keep_for_ever(it);
    return static_cast<tg_result>(TG_RETAINED);
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

tg_result tg_host_service(tg_host *host, tg_str name, tg_service **service) {
  return guarded([&] {
    need(service, "tg_host_service: service");
    *service = to(&object(host, "tg_host_service").service(text(name, "the service's name")));
  });
}

tg_result tg_host_services(tg_host *host, void (*fn)(void *user, tg_service *service), void *user) {
  return guarded([&] {
    need(fn, "tg_host_services: fn");
    for (Service *service : object(host, "tg_host_services").services()) visit(fn, user, to(service));
  });
}

tg_str tg_host_name(tg_host *host) { return host == nullptr ? tg_str{} : to_str(from(host)->name()); }

tg_str tg_version(void) { return TG_STR(TG_VERSION); }
