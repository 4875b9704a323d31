#pragma once

#include <functional>
#include <string>

namespace tidegate::sdk {

/// Marks that the loader calls code of a plugin on this thread while the object lives. The loader holds its lock, and no exception can pass
/// through it: an exception, or another call of std::terminate() on this thread, writes a line to standard error that names the plugin, and
/// ends the process. std::terminate() on another thread acts as without this object.
class LastWords {
 public:
  /// `sentence`: such as "plugin p threw an exception while it was mapped"; `also` gets the sentence, too.
  LastWords(const std::string &sentence, const std::function<void(const std::string &)> &also);
  ~LastWords();
  LastWords(const LastWords &) = delete;
  LastWords &operator=(const LastWords &) = delete;

  /// Writes the sentence with `what`, and ends the process.
  [[noreturn]] void say(const char *what) const;

 private:
  const std::string &sentence_;
  const std::function<void(const std::string &)> &also_;
  const LastWords *const before_;
};

}  // namespace tidegate::sdk
