// filelog: appends every event to a file as one line of JSON, and has the lifecycle ones on the disk before it goes on.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tidegate/entry.h"
#include "tidegate/ext/event_sink.h"

namespace {

std::string path_in(tg_str text) {
  const auto json = nlohmann::json::parse(text.ptr, text.ptr + text.len, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument("the configuration is not a JSON object");
  for (const auto &[key, value] : json.items())
    if (key != "path") throw std::invalid_argument("unknown key \"" + key + "\"; known is path");
  if (!json.contains("path") || !json["path"].is_string() || json["path"].get<std::string>().substr(0, 1) != "/")
    throw std::invalid_argument("\"path\" must be an absolute path, such as {\"path\": \"/var/log/server/events.jsonl\"}");
  return json["path"].get<std::string>();
}

/// Tallies come by the storm and say little when the power fails; all else is worth a disk's turn.
bool is_lifecycle(std::uint32_t number) {
  return number != TG_EVENT_REFUSALS && number != TG_EVENT_STALE_RELEASE && number != TG_EVENT_EVENTS_LOST;
}

class FileLog {
 public:
  FileLog(const tg_plugin_host &host, const std::string &path)
      : host_(host), path_(path), fd_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), path);
  }
  ~FileLog() { close(fd_); }
  FileLog(const FileLog &) = delete;
  FileLog &operator=(const FileLog &) = delete;

  void take(const tg_event &event) {
    std::string line(static_cast<std::size_t>(host_.event_format(&event, TG_FORMAT_JSON, nullptr, 0)), '\0');
    host_.event_format(&event, TG_FORMAT_JSON, line.data(), line.size());
    line += '\n';
    if (torn_) line.insert(0, 1, '\n');  // after what a full disk left of a line
    if (append(line) && (!is_lifecycle(event.number) || fdatasync(fd_) == 0)) {
      failing_ = false;
      return;
    }
    if (failing_) return;  // said once, until it works again
    failing_ = true;
    const std::string sentence = "cannot write to " + path_ + ": " + std::generic_category().message(errno) +
                                 "; events are missing in it from number " + std::to_string(event.sequence);
    host_.log(host_.context, TG_SEVERITY_ERROR, {sentence.data(), sentence.size()});
  }

 private:
  bool append(const std::string &line) {
    for (std::size_t written = 0; written < line.size();) {
      const ssize_t size = write(fd_, line.data() + written, line.size() - written);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) {
        torn_ = torn_ || written != 0;
        return false;
      }
      written += static_cast<std::size_t>(size);
    }
    torn_ = false;
    return true;
  }

  const tg_plugin_host &host_;
  const std::string path_;
  const int fd_;
  bool failing_ = false;
  bool torn_ = false;
};

tg_result create(const tg_plugin_host *host, tg_str config, void **instance) noexcept {
  try {
    *instance = new FileLog(*host, path_in(config));
    return TG_OK;
  } catch (const std::exception &error) {
    host->fail(host->context, {error.what(), std::strlen(error.what())});
    return TG_E_INVALID;
  }
}

void destroy(void *instance) noexcept { delete static_cast<FileLog *>(instance); }

void take(void *instance, const tg_event *event) noexcept { static_cast<FileLog *>(instance)->take(*event); }

constexpr tg_event_sink kSink{sizeof(tg_event_sink), TG_PLUGIN_ABI, take};

const void *extension(void *, tg_str role) noexcept {
  return std::string_view(role.ptr, role.len) == TG_ROLE_EVENT_SINK ? &kSink : nullptr;
}

}  // namespace

TG_PLUGIN("org.tidegate.filelog", TG_VERSION, TG_ABI(0, 9), TG_ROLE_EVENT_SINK, create, extension, nullptr, nullptr,
          destroy);
