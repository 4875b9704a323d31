#include "plugin_file/last_words.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>

#include "core/border_text.hpp"
#include "core/vendor_call.hpp"

namespace tidegate::sdk {
namespace {

thread_local const LastWords *here = nullptr;

std::mutex mu;
unsigned inside = 0;                          // guarded by mu: threads
std::terminate_handler the_servers = nullptr;  // guarded by mu

std::string what_is_thrown() {
  const std::exception_ptr thrown = std::current_exception();
  if (thrown == nullptr) return "no exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception &error) {
    return error.what();
  } catch (...) {
    return kNoSentence;
  }
}

constexpr int kPatienceMs = 1000;

/// Writes to standard error if its reader takes the line within a second. A pipe that can be written to has room for PIPE_BUF bytes, so
/// the write does not wait either.
void write_last(std::string_view line) {
  pollfd reader{STDERR_FILENO, POLLOUT, 0};
  if (poll(&reader, 1, kPatienceMs) != 1 || (reader.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
}

[[noreturn]] void terminated() {
  if (const LastWords *const words = here; words != nullptr) words->say(what_is_thrown().c_str());
  std::terminate_handler before;
  {
    const std::lock_guard lock(mu);
    before = the_servers;
  }
  if (before != nullptr && before != terminated) before();
  std::abort();
}

}  // namespace

LastWords::LastWords(const std::string &sentence, const std::function<void(const std::string &)> &also)
    : sentence_(sentence), also_(also), before_(here) {
  here = this;
  const std::lock_guard lock(mu);
  if (inside++ == 0) the_servers = std::set_terminate(terminated);
}

LastWords::~LastWords() {
  here = before_;
  const std::lock_guard lock(mu);
  if (--inside == 0 && std::get_terminate() == terminated) std::set_terminate(the_servers);
}

void LastWords::say(const char *what) const {
  const std::string sentence = sentence_ + ": " + clean_text(what, 255) + "; the process ends";
  if (also_) also_(sentence);
  const std::string line = "tidegate: " + sentence + "\n";
  write_last(line);
  std::abort();
}

}  // namespace tidegate::sdk
