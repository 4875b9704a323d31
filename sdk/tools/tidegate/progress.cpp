#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "duration.hpp"
#include "table.hpp"

namespace {

constexpr std::size_t kUsualWidth = 80;

std::size_t width_of_terminal() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  const char *columns = std::getenv("COLUMNS");
  const int given = columns != nullptr ? std::atoi(columns) : 0;
  return given > 0 ? static_cast<std::size_t>(given) : kUsualWidth;
}

/// Returns the policy of the deadline in a few words.
std::string at_deadline(const Json &service) {
  const std::string in = "in " + show_duration(number(service, "deadline_left_ns"));
  const std::string policy = text(service, "at_deadline"), noun = noun_of(service);
  if (policy == "wait") return "deadline " + in + ", then wait";
  if (policy == "resume") return in + " the drain is called off";
  if (policy == "stop") return fmt::format("{} it stops, {} left are cut", in, noun);
  return fmt::format("{} {} are told to close", in, noun);
}

bool is_waited_out(const Json &service) {
  const std::string phase = text(service, "phase");
  return phase == "announcing" || phase == "draining" || phase == "closing";
}

/// Returns the first blocker of a drain; empty: there is none.
Json first_blocker(Conversation &host, const Json &service) {
  if (text(service, "phase") != "draining" && text(service, "phase") != "closing") return Json::object();
  const Json answer = host.ask({{"verb", "blockers"}, {"service", text(service, "name")}, {"limit", 1}});
  const Json sessions = answer.value("sessions", Json::array());
  return sessions.empty() ? Json::object() : sessions.front();
}

}  // namespace

std::string line_of_progress(const Json &service, const Json &first) {
  if (!is_waited_out(service)) return line_about(service);
  std::string line = fmt::format("{} {} {}: {} of {} left", text(service, "name"), text(service, "phase"),
                                 show_duration(number(service, "status_since_ns")), live(service),
                                 counted(service, std::max(number(service, "at_drain"), live(service))));
  if (service.contains("deadline_left_ns") && !service.at("deadline_left_ns").is_null())
    line += "; " + at_deadline(service);
  if (const std::uint64_t told = number(service, "told"); told != 0) line += fmt::format("; {} asked to go", told);
  if (!first.empty()) line += fmt::format("; oldest {}: {}", show_duration(number(first, "age_ns")), about_session(first));
  return line;
}

Progress::Progress(const Arguments &arguments, const std::string &socket, std::vector<std::string> services)
    : arguments_(arguments), socket_(socket), services_(std::move(services)), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::show() {
  try {
    look();
  } catch (const Stop &stop) {
    // The host ends. The connection of the waiting request gets its answer, or ends too.
    if (stop.code() != kNoHost) throw;
    host_.reset();
  }
}

void Progress::look() {
  if (host_ == nullptr) {
    Arguments same = arguments_;
    same.socket = socket_;
    host_ = std::make_unique<Conversation>(same);
  }
  const Json answer = host_->need({{"verb", "services"}});
  if (arguments_.json) return;
  Json shown;  // the first awaited service that is not there yet
  std::size_t others = 0;
  for (const Json &service : answer.at("services")) {
    const std::string name = service.value("name", "");
    if (!services_.empty() && std::ranges::find(services_, name) == services_.end()) continue;
    if (shown.is_null() || (is_waited_out(service) && !is_waited_out(shown)))
      shown = service;
    else if (is_waited_out(service))
      ++others;
  }
  if (shown.is_null()) return;
  const std::string line = line_of_progress(shown, first_blocker(*host_, shown));
  if (terminal_) {
    draw(others == 0 ? line : fmt::format("{} more, {}", others, line));
    return;
  }
  const std::string changing = text(shown, "name") + text(shown, "status") + std::to_string(live(shown));
  if (changing == last_) return;
  fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
  last_ = changing;
}

void Progress::draw(const std::string &line) {
  clear();
  const std::size_t width = width_of_terminal();
  // The last column stays free: a character there makes some terminals begin a new line.
  const std::string cut = cut_to_width(line, width > 1 ? width - 1 : 1);
  fmt::print(stderr, "{}", cut);
  std::fflush(stderr);
  drawn_ = width_of(cut);
}

void Progress::clear() {
  if (drawn_ == 0) return;
  // A terminal that has become narrower has broken the line into several rows: clearing begins in the first of them.
  const std::size_t width = width_of_terminal(), above = (drawn_ - 1) / std::max<std::size_t>(width, 1);
  if (above != 0) fmt::print(stderr, "\033[{}A", above);
  fmt::print(stderr, "\r\033[J");
  std::fflush(stderr);
  drawn_ = 0;
}
