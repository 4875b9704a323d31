#include "os/fault.hpp"

#include <system_error>

#include "border/plain_text.hpp"

namespace tidegate::sdk {

Fault::Fault(tg_result code, const std::string &sentence)
    : std::runtime_error(sentence.find('\0') == std::string::npos ? sentence : clean_text(sentence, sentence.size() * 3)), code_(code) {}

Fault system_fault(const std::string &tried, int error) {
  return {TG_E_SYSTEM, tried + ": " + std::generic_category().message(error)};
}

Fault no_thread(const char *name, int error) {
  return system_fault(std::string("the thread ") + name + " of the library cannot be started; raise the limit of "
                      "processes and threads (ulimit -u, TasksMax of systemd, pids.max of the cgroup) or free memory", error);
}

}  // namespace tidegate::sdk
