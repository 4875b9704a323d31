// filelog: appends every event to a file as one line of JSON, and has the lifecycle ones on the disk before it goes on.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tidegate/plugin.hpp>

namespace {

std::string path_in(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument("the configuration is not a JSON object");
  for (const auto &[key, value] : json.items())
    if (key != "path") throw std::invalid_argument("unknown key \"" + key + "\"; known is path");
  if (!json.contains("path") || !json["path"].is_string() || json["path"].get<std::string>().substr(0, 1) != "/")
    throw std::invalid_argument(
        "\"path\" must be an absolute path, such as {\"path\": \"/var/log/server/events.jsonl\"}");
  return json["path"].get<std::string>();
}

/// Opens the file, or a character device such as /dev/null. Anything else could keep the caller or the log: a FIFO waits for its reader.
int open_file(const std::string &path) {
  const auto refuse = [&] {
    throw std::invalid_argument("\"path\" is " + path + ", which is no regular file and no character device; give the path of a file");
  };
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (fd < 0 && (errno == ENXIO || errno == EISDIR)) refuse();  // a FIFO without a reader, a socket; a folder
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
  struct stat info {};
  if (fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISCHR(info.st_mode))) return fd;
  close(fd);
  refuse();
  return -1;
}

/// Tallies come by the storm and say little when the power fails; all else is worth a disk's turn.
bool is_lifecycle(std::uint32_t number) {
  return number != TG_EVENT_REFUSALS && number != TG_EVENT_STALE_RELEASE && number != TG_EVENT_EVENTS_LOST;
}

class FileLog : public tidegate::plugin::Plugin {
 public:
  static constexpr bool may_unmap = true;
  static constexpr std::string_view schema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "org.tidegate.filelog",
  "type": "object",
  "additionalProperties": false,
  "required": ["path"],
  "properties": {
    "path": {"description": "absolute path of the file that events are appended to", "type": "string", "pattern": "^/"}
  }
})";

  FileLog(HostView host, std::string_view config)
      : Plugin(host),
        path_(path_in(config)),
        fd_(open_file(path_)) {}
  ~FileLog() { close(fd_); }

  void take(const tg_event &event) {
    std::string line = host().event_format(event, TG_FORMAT_JSON) + '\n';
    if (torn_) line.insert(0, 1, '\n');  // after what a full disk left of a line
    if (append(line) && (!is_lifecycle(event.number) || fdatasync(fd_) == 0 || errno == EINVAL)) {  // EINVAL: a device has no disk
      failing_ = false;
      return;
    }
    if (failing_) return;  // said once, until it works again
    failing_ = true;
    host().error("cannot write to " + path_ + ": " + std::generic_category().message(errno) +
                 "; events are missing in it from number " + std::to_string(event.sequence));
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

  const std::string path_;
  const int fd_;
  bool failing_ = false;
  bool torn_ = false;
};

}  // namespace

TIDEGATE_PLUGIN(FileLog, "org.tidegate.filelog", TG_VERSION);
