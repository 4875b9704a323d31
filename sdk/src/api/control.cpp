#include "tidegate/control_socket.h"

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "control/server.hpp"
#include "loop/callback_scope.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

/// Keeps a host from being destroyed as long as this object lives.
class Use {
 public:
  explicit Use(Host &host) : host_(host) { host_.use(); }
  ~Use() { host_.unuse(); }
  Use(const Use &) = delete;
  Use &operator=(const Use &) = delete;

 private:
  Host &host_;
};

}  // namespace

struct tg_control {
  tg_control(Host &host, const std::string &directory) : host_(host), use_(host), server_(to(&host), directory) {}

  Host &host_;
  const Use use_;  // destroyed after the server, which waits for its jobs
  tidegate::control::Server server_;
};

tg_result tg_control_open(tg_host *host, const tg_control_options *options, tg_control **control) {
  return guarded([&] {
    need(control, "tg_control_open: control");
    Host &object = api::object(host, "tg_control_open");
    const tg_control_options given = api::options(options, "tg_control_open");
    try {
      *control = new tg_control(object, text(given.directory, "the directory"));
    } catch (const tidegate::Error &error) {
      throw Fault(error.code(), error.what());
    }
  });
}

tg_result tg_control_close(tg_control *control) {
  return guarded([&] {
    check_no_policy("tg_control_close");
    if (CallbackScope::inside()) throw Fault(TG_E_MISUSE, "tg_control_close: called from inside a callback; close it elsewhere");
    if (control == nullptr) return;
    if (control->host_.forked()) throw Fault(TG_E_FORKED, kForked);  // its thread is the parent's
    // Neither a hanging change of a plugin nor a hanging disk keeps a server from ending (FINDINGS P1, L5).
    constexpr std::uint64_t kPatience = 2'000'000'000;
    control->server_.stop();
    while (!control->server_.jobs_end(kPatience)) {
      control->host_.let_go_of_disk();
      control->host_.plugins().leave_change_behind();
    }
    delete control;
  });
}

tg_str tg_control_path(tg_control *control) { return control == nullptr ? tg_str{} : to_str(control->server_.path()); }
