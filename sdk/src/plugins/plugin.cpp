#include "plugins/plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/border_text.hpp"
#include "core/handed_over.hpp"
#include "core/vendor_call.hpp"
#include "config/config_schema.hpp"
#include "os/fault.hpp"
#include "plugins/host_for_plugins.hpp"
#include "tidegate/vocabulary/severity.h"

namespace tidegate::sdk {
namespace {

// The sizes of the tables in ABI 0.9: the smallest sizes that are accepted.
constexpr std::uint32_t kEntrySize = offsetof(tg_plugin_entry, destroy) + sizeof(void *);
constexpr std::uint32_t kPolicySize = offsetof(tg_admission_policy, released) + sizeof(void *);
constexpr std::uint32_t kSinkSize = offsetof(tg_event_sink, take) + sizeof(void *);
constexpr std::uint32_t kLifecycleSize = offsetof(tg_lifecycle, stopped) + sizeof(void *);
constexpr std::uint32_t kConfigSize = offsetof(tg_config, reconfigure) + sizeof(void *);
constexpr std::uint32_t kMetricsSize = offsetof(tg_metrics, collect) + sizeof(void *);

constexpr std::size_t kHelpBytes = 255;
constexpr std::uint64_t kLongestName = 4096;  // of a name that is read; the kept name is shorter
constexpr std::uint64_t kLongestSchema = 1u << 20;

std::string joined(const std::vector<std::string> &texts) {
  std::string out;
  for (const std::string &text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

constexpr std::string_view kKnownRoles[] = {TG_ROLE_ADMISSION, TG_ROLE_EVENT_SINK, TG_ROLE_LIFECYCLE, TG_ROLE_CONFIG, TG_ROLE_METRICS};

std::string unknown_of(const std::vector<std::string> &roles) {
  std::string out;
  for (const std::string &role : roles)
    if (std::ranges::find(kKnownRoles, role) == std::end(kKnownRoles)) out += (out.empty() ? "" : " ") + role;
  return out;
}

}  // namespace

// ---- its functions ----

/// Copies a plugin's table. Returns: false when `table` is null. Throws Fault for an invalid table.
template <class T>
bool Plugin::take_table(const void *table, T &into, std::uint32_t least, const char *role) const {
  switch (read_handed_over(table, least, into)) {
    case Handed::nothing: return false;
    case Handed::whole: return true;
    case Handed::misaligned:
      throw Fault(TG_E_ABI, who() + " has a table for " + role + " at an address that is not aligned; its memory is damaged, or it was "
                                    "not made by a compiler for this machine");
    case Handed::other_major:
      throw Fault(TG_E_ABI, who() + " has a table for " + role + " of another major version than its entry; set its abi to TG_PLUGIN_ABI");
    case Handed::bad_size: break;
  }
  std::uint32_t size;
  std::memcpy(&size, table, sizeof size);
  throw Fault(TG_E_ABI, who() + " has an incomplete table for " + role + ": its struct_size is " + std::to_string(size) + ", " +
                            std::to_string(least) + " is the least, and it is a multiple of " + std::to_string(alignof(T)) +
                            "; set it to sizeof the table");
}

Plugin::Plugin(std::unique_ptr<PluginFile> file, const PluginOptions &options, HostForPlugins &host, Log &log)
    : file_(std::move(file)),
      id_(file_->id()),
      version_(file_->version()),
      roles_(joined(file_->roles())),
      unknown_roles_(unknown_of(file_->roles())),
      options_(options),
      host_(host, log, id_, worker_, options.grants),
      log_(log) {
  meter_.slow_after = options.slow_after;
  meter_.fault = [](void *its, const char *what) noexcept { static_cast<PluginHost *>(its)->fault(what); };
  meter_.user = &host_;
  check_roles();
  const std::string &path = file_->path();
  const void *const symbol = dlsym(file_->load(last_words()), TG_PLUGIN_SYMBOL);
  if (symbol == nullptr)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " exports no symbol " TG_PLUGIN_SYMBOL "; declare it with TG_PLUGIN");
  if (read_handed_over(symbol, kEntrySize, entry_) != Handed::whole || entry_.extension == nullptr)
    throw Fault(TG_E_ABI, "plugin " + path + " has an incomplete entry: struct_size and extension are needed");
  const std::string_view named = read_text(entry_.id, kLongestName);
  if (entry_.abi != file_->abi() || entry_.min_host_abi != file_->min_host_abi() || named != id())
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " says one thing in its note and another in its entry: id \"" + id() +
                                     "\" and \"" + clean_text(named, kNameBytes) + "\"; declare both with TG_PLUGIN");
}

Plugin::~Plugin() {
  end(kNever);
  stop();
  unload();
}

// ---- life ----

void Plugin::create() {
  const std::string config = options_.config.empty() ? "{}" : options_.config;
  has_config_ = take_table(table_of(TG_ROLE_CONFIG, nullptr), config_, kConfigSize, TG_ROLE_CONFIG);
  check_config(config);
  if (entry_.create != nullptr) {
    std::string why;
    if (call_for_result("create", [&] { return entry_.create(&host_.table(), to_str(config), &instance_); }, why) < 0)
      throw Fault(TG_E_PLUGIN, who() + " could not be made: " + why);
  }
  created_ = true;
  find_roles();
}

void Plugin::check_config(const std::string &config) const {
  if (!has_config_) return;
  if (!is_text(config_.schema, kLongestSchema))
    throw Fault(TG_E_PLUGIN, who() + ": its schema is broken: it is no text of at most 1 MiB; ask who made the plugin for one that is not");
  if (config_.schema.len != 0) sdk::check_config(id_, view(config_.schema), config);
}

bool Plugin::fills(std::string_view role) const {
  return (" " + roles_ + " ").find(" " + std::string(role) + " ") != std::string::npos;
}

/// Refuses a plugin whose note names no role that this host would call: without an error the mistake would stay unnoticed.
void Plugin::check_roles() const {
  const bool any = std::ranges::any_of(kKnownRoles, [&](std::string_view role) { return fills(role); });
  if (any || options_.grants != 0) return;
  throw Fault(TG_E_PLUGIN, "plugin " + id_ + " would do nothing: " +
                               (roles_.empty() ? "its note names no role" : "this host knows none of the roles in its note (" + roles_ + ")") +
                               "; name a role of tidegate/ext in TG_PLUGIN, or grant it control, or update the host's libtidegate");
}

/// Asks the plugin for the table of a role. Returns: null for a role that is not in the plugin's note.
const void *Plugin::table_of(const char *role, void *instance) {
  if (!fills(role)) return nullptr;
  const void *table = nullptr;
  std::string threw;
  {
    const VendorScope scope("extension");
    vendor_call([&] { table = entry_.extension(instance, {role, std::strlen(role)}); },
                [&](const char *what) { threw = clean_text(what, kHelpBytes); });
  }
  if (!threw.empty()) throw Fault(TG_E_PLUGIN, who() + " could not be asked for " + role + ": its extension threw an exception: " + threw);
  return table;
}

/// Reads the tables of the roles. A role in the note must be filled as a whole, as operators rely on the note.
void Plugin::find_roles() {
  has_policy_ = take_table(table_of(TG_ROLE_ADMISSION, instance_), policy_, kPolicySize, TG_ROLE_ADMISSION);
  has_sink_ = take_table(table_of(TG_ROLE_EVENT_SINK, instance_), sink_, kSinkSize, TG_ROLE_EVENT_SINK);
  has_lifecycle_ = take_table(table_of(TG_ROLE_LIFECYCLE, instance_), lifecycle_, kLifecycleSize, TG_ROLE_LIFECYCLE);
  has_metrics_ = take_table(table_of(TG_ROLE_METRICS, instance_), metrics_, kMetricsSize, TG_ROLE_METRICS);
  const tg_lifecycle &its = lifecycle_;
  const bool hooks = its.before_start != nullptr || its.started != nullptr || its.drain_started != nullptr || its.progress != nullptr ||
                     its.drained != nullptr || its.stopping != nullptr || its.stopped != nullptr;
  const struct {
    const char *role;
    bool table, needed;
    const char *member;
  } all[] = {{TG_ROLE_ADMISSION, has_policy_, policy_.ask != nullptr, "ask"},
             {TG_ROLE_EVENT_SINK, has_sink_, sink_.take != nullptr, "take"},
             {TG_ROLE_LIFECYCLE, has_lifecycle_, hooks, "hook"},
             {TG_ROLE_CONFIG, has_config_, config_.schema.len != 0 || config_.reconfigure != nullptr, "schema or reconfigure"},
             {TG_ROLE_METRICS, has_metrics_, metrics_.collect != nullptr, "collect"}};
  for (const auto &row : all)
    if (fills(row.role) && !(row.table && row.needed))
      throw Fault(TG_E_PLUGIN, who() + " names the role " + row.role + " in its note and does not fill it: " +
                                   (row.table ? std::string("its table has no ") + row.member : "its extension returned no table") +
                                   "; fill it, or take it out of the note");
}

void Plugin::start() {
  host_.set_running(true);
  std::string why;
  if (entry_.start == nullptr || call_for_result("start", [&] { return entry_.start(instance_); }, why) >= 0) {
    started_ = true;
    return;
  }
  host_.set_running(false);
  throw Fault(TG_E_PLUGIN, who() + " did not start: " + why);
}

void Plugin::prepare(EventLog &events) {
  if (has_sink_)
    sink_lane_ = std::make_shared<EventLane>(events, EventLane::kHeld, id(), [this](const Event &event) { take_event(event); });
  if (has_lifecycle_)
    steps_lane_ = std::make_shared<EventLane>(events, EventLane::kHeld, id(), [this](const Event &event) { take_step(event); });
  if (has_sink_ || has_lifecycle_) worker_.attach(steps_lane_, sink_lane_);
}

void Plugin::begin(const Given &after) {
  if (steps_lane_ != nullptr) steps_lane_->begin(after.steps);
  if (sink_lane_ != nullptr) sink_lane_->begin(after.sink);
  if (has_metrics_) collect();
}

Plugin::Given Plugin::given(std::uint64_t otherwise) const {
  return {sink_lane_ == nullptr ? otherwise : sink_lane_->last(), steps_lane_ == nullptr ? otherwise : steps_lane_->last()};
}

bool Plugin::end(Nanos limit, const std::function<bool()> &hurry) {
  host_.set_running(false);
  const bool ended = worker_.end(limit, hurry);
  if (steps_lane_ != nullptr) steps_lane_->end();
  if (sink_lane_ != nullptr) sink_lane_->end();
  return ended;
}

void Plugin::stop() {
  if (std::exchange(started_, false) && entry_.stop != nullptr) call("stop", [&] { entry_.stop(instance_); });
  if (std::exchange(created_, false) && entry_.destroy != nullptr) call("destroy", [&] { entry_.destroy(instance_); });
}

bool Plugin::unload() {
  if (abandoned_ || file_ == nullptr) return !abandoned_;
  const bool unmapped = file_->unload(last_words());
  why_it_stays_ = file_->why_it_stays();
  file_ = nullptr;
  return unmapped;
}

/// Returns a function that writes a sentence to the log, for an error that ends the process.
std::function<void(const std::string &)> Plugin::last_words() const {
  return [this](const std::string &sentence) { log_.write(TG_SEVERITY_ERROR, id_, sentence); };
}

void Plugin::reconfigure(const std::string &given) {
  const std::string config = given.empty() ? "{}" : given;
  if (!has_config_ || config_.reconfigure == nullptr)
    throw Fault(TG_E_STATE, who() + " takes no new configuration while it runs; reload it with that");
  check_config(config);
  std::string why;
  if (call_for_result("reconfigure", [&] { return config_.reconfigure(instance_, to_str(config)); }, why) < 0)
    throw Fault(TG_E_PLUGIN, who() + " did not take its new configuration, and goes on as it was: " + why);
  options_.config = config;
}

}  // namespace tidegate::sdk
