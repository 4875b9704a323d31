#include "events/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "core/vocabulary.hpp"
#include "loop/clock.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr int kSliceMs = 100;
constexpr std::size_t kPipe = 4096;  // a pipe that poll() reports as writable has room for this many bytes

spdlog::level::level_enum level_of(std::uint32_t severity) {
  if (severity == TG_SEVERITY_INFO) return spdlog::level::info;
  return severity == TG_SEVERITY_WARNING ? spdlog::level::warn : spdlog::level::err;
}

}  // namespace

/// Replaces spdlog's sinks, which wait for their reader, and whose files stay open over exec(3).
class Log::Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit Sink(Log &log) : log_(log) {}

 private:
  void sink_it_(const spdlog::details::log_msg &message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    log_.write_out({line.data(), line.size()});
  }
  void flush_() override {}

  Log &log_;
};

Log::Log(std::uint32_t format, const std::string &path) : json_(format == TG_FORMAT_JSON) {
  if (format == TG_FORMAT_OFF) return;
  if (!path.empty()) {
    file_ = os::Descriptor(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640));
    if (!file_.is_open()) throw system_fault("the log file " + path + " cannot be opened", errno);
  }
  logger_ = std::make_shared<spdlog::logger>("tidegate", std::make_shared<Sink>(*this));
  logger_->set_pattern("%v");  // the line has the time of the event already
  logger_->set_level(spdlog::level::trace);
  // spdlog catches exceptions of its formatter, and would print them itself.
  logger_->set_error_handler([this](const std::string &) { lost_.fetch_add(1, std::memory_order_relaxed); });
}

Log::~Log() = default;

void Log::write(std::uint32_t severity, std::string_view source, std::string_view text) {
  if (off()) return;
  const std::int64_t now = Clock::real().unix_ns();
  try {
    std::string line = json_ ? log_json(severity, source, text, now)
                             : fmt::format("{} {:<7} {}: {}", utc(now), severity_word(severity).label, source, text);
    const std::lock_guard lock(mu_);
    if (queue_.size() < kQueued)
      queue_.push_back({severity, std::move(line)});
    else
      lost_.fetch_add(1, std::memory_order_relaxed);
  } catch (const std::bad_alloc &) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
  if (const Wake *const wake = wake_.load(std::memory_order_acquire)) wake->ring();
}

void Log::write(const Event &event) {
  if (off()) return;
  flush();
  // Without memory the line is lost; an exception would end the process, as this thread has no caller.
  try {
    const tg_event shown = to_abi(event);
    out(event.severity, json_ ? event_json(shown) : event_line(shown));
  } catch (const std::bad_alloc &) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

void Log::flush() {
  if (off()) return;
  while (true) {
    Line line;
    {
      const std::lock_guard lock(mu_);
      if (queue_.empty()) break;
      line = std::move(queue_.front());
      queue_.pop_front();
    }
    out(line.severity, line.text);
  }
  say_lost();
}

void Log::out(std::uint32_t severity, const std::string &line) {
  logger_->log(level_of(severity), std::string_view(line));  // nothing in the line is a format
}

/// Writes, and waits for the reader in slices, so that it can be told to give up and can report lost lines meanwhile.
void Log::write_out(std::string_view bytes) {
  const int fd = file_.is_open() ? file_.fd() : STDERR_FILENO;
  while (!bytes.empty()) {
    pollfd watched{fd, POLLOUT, 0};
    const int ready = poll(&watched, 1, given_up_.load(std::memory_order_acquire) ? 0 : kSliceMs);
    if (ready == 0) {
      if (given_up_.load(std::memory_order_acquire)) return static_cast<void>(lost_.fetch_add(1, std::memory_order_relaxed));
      say_lost();
      continue;
    }
    const ssize_t written = ready < 0 ? -1 : ::write(fd, bytes.data(), std::min(bytes.size(), kPipe));
    if (written > 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
    else if (written < 0 && errno != EINTR && errno != EAGAIN)
      return static_cast<void>(lost_.fetch_add(1, std::memory_order_relaxed));  // closed, or the disk is full
  }
}

void Log::say_lost() {
  const std::uint64_t lost = lost_.load(std::memory_order_relaxed);
  const Nanos now = Clock::real().monotonic();
  if (lost == said_ || lost_fn_ == nullptr || (said_at_ != 0 && now < later(said_at_, kSecond))) return;
  said_at_ = now;
  try {
    lost_fn_(lost - said_);
    said_ = lost;
  } catch (const std::bad_alloc &) {  // the lines stay counted, and are reported with the next
  }
}

}  // namespace tidegate::sdk
