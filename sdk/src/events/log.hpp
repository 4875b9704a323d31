#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/event.hpp"
#include "os/descriptor.hpp"
#include "loop/wake.hpp"

namespace spdlog {
class logger;
}

namespace tidegate::sdk {

/// The built-in sink: events and lines of plugins, as text or JSON, to a file or standard error.
///
/// A slow or stopped reader, such as the end of a full pipe, delays only the log's own thread: lines wait in a bounded queue, and lines that
/// do not fit are lost, counted and reported. The log's thread waits for the reader in slices and gives up when it is told to.
///
/// Threads: write() of a line any, and it never waits; write() of an event, flush() on the log's thread; give_up() any.
class Log {
 public:
  static constexpr std::size_t kQueued = 1000;  ///< lines

  /// `format` TG_FORMAT_*; `path` empty: standard error. Throws Fault when the file cannot be opened.
  Log(std::uint32_t format, const std::string &path);
  ~Log();

  bool off() const { return logger_ == nullptr; }
  /// `severity` TG_SEVERITY_*; `source` is a plugin's id or the host's name.
  void write(std::uint32_t severity, std::string_view source, std::string_view text);
  /// Sets the wake that is rung when a line is in the queue; nullptr: none.
  void ring(const Wake *wake) { wake_.store(wake, std::memory_order_release); }

  void write(const Event &event);
  /// Writes the lines that are in the queue.
  void flush();
  /// Called on the log's thread with the number of lines lost since the last call, a second apart at least.
  void on_lost(std::function<void(std::uint64_t)> fn) { lost_fn_ = std::move(fn); }
  /// From now on a line that its reader does not take at once is lost.
  void give_up() { given_up_.store(true, std::memory_order_release); }

 private:
  struct Line {
    std::uint32_t severity;
    std::string text;
  };
  class Sink;

  void out(std::uint32_t severity, const std::string &line);
  void write_out(std::string_view bytes);
  void say_lost();

  const bool json_;
  os::Descriptor file_;  // not open: standard error
  std::shared_ptr<spdlog::logger> logger_;
  std::function<void(std::uint64_t)> lost_fn_;
  std::atomic<const Wake *> wake_{nullptr};
  std::atomic<bool> given_up_{false};
  std::atomic<std::uint64_t> lost_{0};
  // used by the log's thread:
  std::uint64_t said_ = 0;  // number of lost lines that were reported
  Nanos said_at_ = 0;

  std::mutex mu_;
  std::deque<Line> queue_;  // guarded by mu_
};

}  // namespace tidegate::sdk
