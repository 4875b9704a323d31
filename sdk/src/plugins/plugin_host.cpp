#include "plugins/plugin_host.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include "core/border_text.hpp"
#include "core/handed_over.hpp"
#include "core/policy_scope.hpp"
#include "core/vendor_call.hpp"
#include "loop/call_mark.hpp"
#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "events/event_log.hpp"
#include "plugins/host_for_plugins.hpp"
#include "events/log.hpp"
#include "plugins/steps.hpp"
#include "tidegate/vocabulary/result.h"
#include "tidegate/vocabulary/severity.h"

namespace tidegate::sdk {
namespace {

// As plugin_host.h says.
constexpr std::uint32_t kEventsPerSecond = 20, kEventsAtOnce = 100;
constexpr std::uint32_t kLinesPerSecond = 50, kLinesAtOnce = 200;

constexpr std::uint64_t kLongestText = 4096;  // of the kept text
constexpr std::uint32_t kLeastEvent = 8;      // struct_size and abi

/// Cleans prose of the plugin: one line, cut to the kept length. An invalid text becomes a sentence that says so.
std::string prose(tg_str text) {
  if (!is_text(text, UINT32_MAX)) return "(the plugin gave a text that has no address)";
  return clean_text(view(text).substr(0, std::min(text.len, kLongestText)), kLongestText);
}

/// Calls `call` and turns every exception into a result, as no exception may reach the plugin.
template <class T, class F>
T guarded(T otherwise, F &&call) noexcept {
  try {
    return call();
  } catch (const Fault &fault) {
    if constexpr (std::is_same_v<T, tg_result>) return fault.code();
  } catch (const std::bad_alloc &) {
    if constexpr (std::is_same_v<T, tg_result>) return TG_E_NO_MEMORY;
  } catch (...) {
    if constexpr (std::is_same_v<T, tg_result>) return TG_E_SYSTEM;
  }
  return otherwise;
}

/// Makes a directory of this user with mode 0700. Returns: false when it cannot be made, or exists with another owner or mode.
bool make_private(const std::string &path) {
  struct stat it {};
  return (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) && lstat(path.c_str(), &it) == 0 && S_ISDIR(it.st_mode) &&
         it.st_uid == geteuid() && (it.st_mode & 0077) == 0;
}

std::int64_t format_for_plugin(const tg_event *given, std::uint32_t format, char *buffer, std::uint64_t capacity) {
  tg_event event;
  if (read_handed_over(given, kLeastEvent, event) != Handed::whole) return TG_E_INVALID;
  for (const tg_str text : {event.service, event.actor, event.reason, event.text})
    if (!is_text(text)) return TG_E_INVALID;
  return guarded<std::int64_t>(TG_E_NO_MEMORY, [&] { return format_event(event, format, buffer, capacity); });
}

}  // namespace

PluginHost::PluginHost(HostForPlugins &host, Log &log, std::string id, PluginWorker &worker, std::uint32_t grants)
    : id_(std::move(id)),
      grants_(grants),
      host_name_(host.name()),
      clock_(host.clock()),
      log_(log),
      worker_(worker),
      admission_{.struct_size = sizeof(tg_admission_host),
                 .abi = TG_PLUGIN_ABI,
                 .context = this,
                 .fault = [](void *self, tg_str text) { of(self).fault(read_text(text)); },
                 .now_ns = [](void *self) { return of(self).clock_.monotonic(); }},
      table_{.struct_size = sizeof(tg_plugin_host),
             .abi = TG_PLUGIN_ABI,
             .context = this,
             .host_name = to_str(host_name_),
             .log = [](void *self, std::uint32_t severity, tg_str text) { of(self).log(severity, text); },
             .fail = [](void *self, tg_str text) { of(self).fail(text); },
             .event_format = format_for_plugin,
             .admission = &admission_,
             .state_directory = [](void *self) { return of(self).state_directory(); },
             .emit = [](void *self, std::uint32_t severity, tg_str service,
                        tg_str text) { return of(self).emit(severity, service, text); },
             .call_later = [](void *self, std::uint64_t delay, void (*fn)(void *),
                              void *user) { return of(self).call_later(delay, fn, user); },
             .complete = [](void *self, std::uint64_t token, tg_result result,
                            tg_str why) { return of(self).complete(token, result, why); },
             .describe = [](void *self, tg_str service, tg_ticket ticket, std::uint64_t tag, char *buffer,
                            std::uint64_t capacity) { return of(self).describe(service, ticket, tag, buffer, capacity); },
             .extension = [](void *self, tg_str name) { return of(self).extension(name); }},
      emits_(kEventsPerSecond, kEventsAtOnce),
      lines_(kLinesPerSecond, kLinesAtOnce),
      host_(&host) {}

tg_result PluginHost::may_call() { return PolicyScope::inside() ? TG_E_REENTRANT : TG_OK; }

bool PluginHost::close(Nanos limit) {
  constexpr Nanos kLongest = 86400 * kSecond;
  set_running(false);
  const std::unique_lock lock(mu_, std::chrono::nanoseconds(std::min(limit, kLongest)));
  if (!lock) return false;
  host_ = nullptr;
  return true;
}

void PluginHost::forget_failure() {
  const std::lock_guard lock(texts_);
  failure_.clear();
}

std::string PluginHost::take_failure() {
  const std::lock_guard lock(texts_);
  return failure_.empty() ? "it gave no reason" : std::exchange(failure_, {});
}

// ---- faults ----

void PluginHost::note_fault(std::string_view text) {
  if (!writing_fault_.test_and_set(std::memory_order_acquire)) {
    clean_into(last_fault_, text);
    writing_fault_.clear(std::memory_order_release);
  }
  faults_.fetch_add(1, std::memory_order_release);
}

void PluginHost::fault(std::string_view text) {
  note_fault(text);
  if (PolicyScope::inside()) {
    policy_faults_.fetch_add(1, std::memory_order_release);
    // Without the lock: the host cannot be destroyed during an admission or a release.
    if (HostForPlugins *const host = host_.load(std::memory_order_acquire); host != nullptr) host->ring_for_faults();
    return;
  }
  const std::shared_lock lock(mu_);
  if (HostForPlugins *const host = host_; host != nullptr) host->ring_for_faults();
}

void PluginHost::threw(const char *function, std::string_view what) noexcept {
  char said[256];
  std::snprintf(said, sizeof said, "its %s threw an exception: %.*s", function, static_cast<int>(std::min<std::size_t>(what.size(), 200)),
                what.data());
  fault(said);
}

void PluginHost::count_fault(std::string_view text) {
  faults_said_.fetch_add(1, std::memory_order_release);
  note_fault(text);
}

std::string PluginHost::last_fault() const {
  while (writing_fault_.test_and_set(std::memory_order_acquire)) {
  }
  std::string text(last_fault_.view());
  writing_fault_.clear(std::memory_order_release);
  return text;
}

// ---- requests of the plugin ----

void PluginHost::log(std::uint32_t severity, tg_str text) {
  guarded<tg_result>(TG_OK, [&] {
    return use_host([&](HostForPlugins &) {
      if (!lines_.take(clock_.monotonic())) return TG_E_LIMIT;
      log_.write(severity, id_, prose(text));
      return TG_OK;
    });
  });
}

void PluginHost::fail(tg_str text) {
  guarded<tg_result>(TG_OK, [&] {
    if (may_call() != TG_OK) return TG_E_REENTRANT;
    std::string why = prose(text);
    const std::lock_guard lock(texts_);
    failure_ = std::move(why);
    return TG_OK;
  });
}

tg_result PluginHost::emit(std::uint32_t severity, tg_str service, tg_str text) {
  // A service's name is an identity: a name that is not plain text is refused, not cleaned.
  if (!is_text(service) || !is_text(text) || check_text(view(service), kNameBytes) != TextFault::none) return TG_E_INVALID;
  return guarded<tg_result>(TG_E_SYSTEM, [&] {
    return with_host([&](HostForPlugins &host) {
      if (!emits_.take(clock_.monotonic())) return TG_E_LIMIT;
      Event event;
      event.number = TG_EVENT_PLUGIN_SAID;
      event.service.assign(view(service));
      event.action.actor.assign(id_);
      sdk::describe(event, ": " + prose(text));
      event.severity = severity <= TG_SEVERITY_PLUGIN_MISUSE ? severity : TG_SEVERITY_WARNING;  // as severity.h says
      host.events().append(event);
      return TG_OK;
    });
  });
}

tg_result PluginHost::call_later(std::uint64_t delay, void (*fn)(void *), void *user) {
  if (const tg_result result = may_call(); result != TG_OK) return result;
  if (fn == nullptr) return TG_E_INVALID;
  return guarded<tg_result>(TG_E_SYSTEM, [&] {
    const auto due = [this, fn, user] {
      const VendorScope scope("a timer");
      vendor_call([&] { fn(user); }, [&](const char *what) { threw("timer", what); });
    };
    if (worker_.later(delay, due)) return TG_OK;
    return worker_.has_ended() ? TG_E_CLOSING : TG_E_LIMIT;
  });
}

tg_result PluginHost::complete(std::uint64_t token, tg_result result, tg_str why) {
  return guarded<tg_result>(TG_E_SYSTEM, [&] {
    return with_host([&](HostForPlugins &host) { return host.steps().complete(id_, token, result, prose(why)); });
  });
}

std::uint64_t PluginHost::describe(tg_str service, tg_ticket ticket, std::uint64_t tag, char *buffer,
                                   std::uint64_t capacity) {
  if (!is_text(service) || buffer == nullptr || capacity == 0) return 0;
  std::string text;
  guarded<tg_result>(TG_E_SYSTEM, [&] {
    return with_host([&](HostForPlugins &host) {
      text = host.description_of(view(service), ticket, tag);
      return TG_OK;
    });
  });
  return clean(text, buffer, capacity);
}

tg_str PluginHost::state_directory() {
  guarded<tg_result>(TG_E_SYSTEM, [&] {
    return use_host([&](HostForPlugins &host) {
      const std::lock_guard lock(texts_);
      if (!directory_.empty() || host.state_directory().empty()) return TG_OK;
      const std::string parent = host.state_directory() + "/plugins", its = parent + "/" + id_;
      if (make_private(parent) && make_private(its)) directory_ = its;
      return TG_OK;
    });
  });
  const std::lock_guard lock(texts_);
  return PolicyScope::inside() ? tg_str{} : to_str(directory_);
}

const void *PluginHost::extension(tg_str name) {
  const void *table = nullptr;
  guarded<tg_result>(TG_E_SYSTEM, [&] {
    return use_host([&](HostForPlugins &host) {
      if (is_text(name)) table = host.extension_for(*this, view(name));
      return TG_OK;
    });
  });
  return table;
}

}  // namespace tidegate::sdk
