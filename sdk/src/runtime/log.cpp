#include "runtime/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/vocabulary.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_text.hpp"
#include "runtime/fault.hpp"

namespace tidegate::sdk {
namespace {

spdlog::level::level_enum level_of(std::uint32_t severity) {
  if (severity == TG_SEVERITY_INFO) return spdlog::level::info;
  return severity == TG_SEVERITY_WARNING ? spdlog::level::warn : spdlog::level::err;
}

spdlog::sink_ptr make_sink(const std::string &path) {
  if (path.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
  } catch (const spdlog::spdlog_ex &error) {
    throw Fault(TG_E_SYSTEM, std::string("the log file cannot be opened: ") + error.what());
  }
}

}  // namespace

Log::Log(std::uint32_t format, const std::string &path) : json_(format == TG_FORMAT_JSON) {
  if (format == TG_FORMAT_OFF) return;
  logger_ = std::make_shared<spdlog::logger>("tidegate", make_sink(path));
  logger_->set_pattern("%v");  // the line has its time already: that of the event, not of the writing
  logger_->set_level(spdlog::level::trace);
  logger_->flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(const Event &event) {
  if (off()) return;
  const tg_event shown = to_abi(event);
  logger_->log(level_of(event.severity), json_ ? event_json(shown) : event_line(shown));
}

void Log::write(std::uint32_t severity, std::string_view source, std::string_view text) {
  if (off()) return;
  const std::int64_t now = Clock::real().unix_ns();
  if (json_)
    logger_->log(level_of(severity), log_json(severity, source, text, now));
  else
    logger_->log(level_of(severity), "{} {:<7} {}: {}", utc(now), severity_word(severity).label, source, text);
}

}  // namespace tidegate::sdk
