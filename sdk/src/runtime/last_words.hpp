#pragma once

#include <functional>
#include <string>

namespace tidegate::sdk {

/// While it lives, this thread runs code of a plugin out of the loader, which holds its lock and through which nothing can be thrown: an
/// exception, or anything else that has C++ end the process, ends it with a line on standard error that names the plugin. Another
/// thread that ends the process meanwhile does it as it would have without.
class LastWords {
 public:
  /// `sentence`: what happened, such as "plugin p threw an exception while it was mapped"; `also`: takes it too.
  LastWords(const std::string &sentence, const std::function<void(const std::string &)> &also);
  ~LastWords();
  LastWords(const LastWords &) = delete;
  LastWords &operator=(const LastWords &) = delete;

  /// Says it and ends the process.
  [[noreturn]] void say(const char *what) const;

 private:
  const std::string &sentence_;
  const std::function<void(const std::string &)> &also_;
  const LastWords *const before_;
};

}  // namespace tidegate::sdk
