#include "runtime/plugin.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "runtime/event_text.hpp"
#include "runtime/fault.hpp"
#include "tidegate/severity.h"

namespace tidegate::sdk {
namespace {

// What a plugin of ABI 0.9 has of each table: the least that is needed, however the tables grow.
constexpr std::uint32_t kEntrySize = offsetof(tg_plugin_entry, destroy) + sizeof(void *);
constexpr std::uint32_t kPolicySize = offsetof(tg_admission_policy, released) + sizeof(void *);
constexpr std::uint32_t kSinkSize = offsetof(tg_event_sink, take) + sizeof(void *);

std::string abi_name(std::uint32_t abi) {
  return std::to_string(TG_ABI_MAJOR(abi)) + "." + std::to_string(TG_ABI_MINOR(abi));
}

std::int64_t format_for_plugin(const tg_event *event, std::uint32_t format, char *buffer, std::uint64_t capacity) {
  return event == nullptr ? TG_E_INVALID : format_event(*event, format, buffer, capacity);
}

/// Looks at the file before the loader does, for sentences that say what is wrong with it.
void check_file(const std::string &path) {
  if (path.empty() || path.front() != '/') throw Fault(TG_E_INVALID, "plugin \"" + path + "\": give its absolute path");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw system_fault("plugin " + path + " cannot be opened", errno);
  std::array<unsigned char, EI_NIDENT> head{};
  struct stat file {};
  const bool regular = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
  const ssize_t size = regular ? read(fd, head.data(), head.size()) : -1;
  close(fd);
  if (!regular) throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " is not a regular file");
  if (size != static_cast<ssize_t>(head.size()) || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " is not an ELF file; give the shared library (.so) that was built");
  if (head[EI_CLASS] != ELFCLASS64) throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " is not a 64-bit library");
}

bool usable_id(std::string_view id) {
  if (id.empty() || id.size() > kNameBytes) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
         std::string_view::npos;
}

}  // namespace

/// The file, mapped as long as this lives.
struct Plugin::Library {
  explicit Library(const std::string &path) : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr) throw Fault(TG_E_NOT_PLUGIN, "plugin cannot be loaded: " + std::string(dlerror()));
  }
  ~Library() { dlclose(handle); }
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  void *const handle;
};

Plugin::Plugin(const std::string &path, const std::string &host_name, Log &log)
    : path_(path), host_name_(host_name), log_(log), host_{} {
  check_file(path);
  library_ = std::make_unique<Library>(path);
  entry_ = static_cast<const tg_plugin_entry *>(dlsym(library_->handle, TG_PLUGIN_SYMBOL));
  if (entry_ == nullptr)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " exports no symbol " TG_PLUGIN_SYMBOL "; declare it with TG_PLUGIN");
  if (TG_ABI_MAJOR(entry_->abi) != TG_ABI_MAJOR(TG_PLUGIN_ABI))
    throw Fault(TG_E_ABI, "plugin " + path + " was built for plugin ABI " + abi_name(entry_->abi) + ", this host speaks " +
                              abi_name(TG_PLUGIN_ABI) + "; use a build for major version " +
                              std::to_string(TG_ABI_MAJOR(TG_PLUGIN_ABI)));
  if (entry_->min_host_abi > TG_PLUGIN_ABI)
    throw Fault(TG_E_ABI, "plugin " + path + " needs a host with plugin ABI " + abi_name(entry_->min_host_abi) +
                              ", this one speaks " + abi_name(TG_PLUGIN_ABI) + "; update the host's libtidegate");
  if (entry_->struct_size < kEntrySize || entry_->extension == nullptr || !usable_id(id()))
    throw Fault(TG_E_ABI, "plugin " + path + " has an incomplete entry: struct_size, id and extension are needed");
}

void Plugin::start(const std::string &config) {
  create(config);
  find_roles();
  start_instance();
}

Plugin::~Plugin() {
  worker_.reset();
  lane_.reset();
  if (started_ && entry_->stop != nullptr) entry_->stop(instance_);
  if (created_ && entry_->destroy != nullptr) entry_->destroy(instance_);
}

std::string_view Plugin::id() const { return view(entry_->id); }

void Plugin::create(const std::string &config) {
  host_.struct_size = sizeof host_;
  host_.abi = TG_PLUGIN_ABI;
  host_.context = this;
  host_.host_name = to_str(host_name_);
  host_.log = log_line;
  host_.fail = fail;
  host_.event_format = format_for_plugin;
  const std::string json = config.empty() ? "{}" : config;
  const tg_result result = entry_->create == nullptr ? TG_OK : entry_->create(&host_, to_str(json), &instance_);
  if (result < 0)
    throw Fault(TG_E_PLUGIN, "plugin " + std::string(id()) +
                                 " could not be made: " + (failure_.empty() ? "it gave no reason" : failure_));
  created_ = true;
}

void Plugin::find_roles() {
  policy_ = static_cast<const tg_admission_policy *>(entry_->extension(instance_, TG_STR(TG_ROLE_ADMISSION)));
  sink_ = static_cast<const tg_event_sink *>(entry_->extension(instance_, TG_STR(TG_ROLE_EVENT_SINK)));
  if (policy_ != nullptr && (policy_->struct_size < kPolicySize || policy_->ask == nullptr))
    throw Fault(TG_E_ABI, "plugin " + std::string(id()) + " has an incomplete table for " TG_ROLE_ADMISSION);
  if (sink_ != nullptr && (sink_->struct_size < kSinkSize || sink_->take == nullptr))
    throw Fault(TG_E_ABI, "plugin " + std::string(id()) + " has an incomplete table for " TG_ROLE_EVENT_SINK);
}

void Plugin::start_instance() {
  failure_.clear();
  const tg_result result = entry_->start == nullptr ? TG_OK : entry_->start(instance_);
  if (result < 0)
    throw Fault(TG_E_PLUGIN,
                "plugin " + std::string(id()) + " did not start: " + (failure_.empty() ? "it gave no reason" : failure_));
  started_ = true;
}

void Plugin::attach_sink(EventLog &events) {
  if (sink_ == nullptr) return;
  lane_ = std::make_unique<EventLane>(events, events.last(), id(), [this](const Event &event) {
    const tg_event shown = to_abi(event);
    sink_->take(instance_, &shown);
  });
  worker_ = std::make_unique<Worker>("tg-sink", lane_->wake(), [this] { lane_->pump(); });
}

void Plugin::log_line(void *context, std::uint32_t severity, tg_str text) {
  const auto *plugin = static_cast<Plugin *>(context);
  plugin->log_.write(severity, plugin->id(), view(text));
}

void Plugin::fail(void *context, tg_str text) { static_cast<Plugin *>(context)->failure_ = view(text); }

}  // namespace tidegate::sdk
