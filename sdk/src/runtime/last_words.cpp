#include "runtime/last_words.hpp"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <mutex>

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
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  std::abort();
}

}  // namespace tidegate::sdk
