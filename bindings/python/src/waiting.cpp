#include "waiting.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "lifetime.hpp"
#include "tidegate/label.h"

namespace py = pybind11;

namespace tidegate::python {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration kSlice = std::chrono::milliseconds(50);
constexpr Duration kUndecided = std::chrono::milliseconds(5);

/// Calls `wait(host, how long)` until it says true or the limit is over.
template <class Wait>
bool in_slices(OpenHost &host, Duration limit, Wait wait) {
  const auto began = Clock::now();
  while (true) {
    const Duration left = limit == kForever ? kForever : std::max(limit - (Clock::now() - began), Duration(0));
    // A close() at work may still fail, as sessions are live; in a callback, though, it may be waiting for this very
    // thread.
    const bool undecided = host.closing() && !InCallback::on_this_thread() && !Lifetime::get().ending();
    if (undecided) {
      const Away away;
      std::this_thread::sleep_for(kUndecided);
    } else {
      const Use use(host);
      const Away away;
      if (wait(*use, std::min(left, kSlice))) return true;
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (left == Duration(0)) return false;
  }
}

/// One wait for a service: a wait that begins again with each slice would miss what came between two of them.
class ServiceWait {
 public:
  /// `look`: how long the first look may take. 0 may be asked anywhere; with anything else a callback is told of its misuse
  /// right then, and not only when the moment happens to be still ahead.
  ServiceWait(const Service &service, const std::string &name, std::uint32_t until, Duration look)
      : service_(service), name_(name), until_(until), look_(look) {}

  bool wait(const Host &host, Duration slice) {
    if (!seen_) {
      seen_ = host.last_event();
      if (look()) return true;
      if (look_ == Duration(0)) return false;
    }
    if (!host.wait_for_event(*seen_, slice)) return false;
    bool gap = false, reached = false;
    std::optional<Error> ended;
    host.events(*seen_, [&](const tg_event &event) {
      if (reached) return;
      gap = gap || event.sequence != *seen_ + 1;
      seen_ = event.sequence;
      if (view(event.service) != name_) return;
      const tg_result meant = tg_event_settles(&event, until_);
      reached = meant > 0;
      if (meant < 0 && !ended) ended.emplace(meant, sentence());
    });
    if (ended && !may_still_come()) throw *ended;
    return reached || ((gap || ended) && look(Duration(0)));  // after a gap what would have told is gone from memory
  }

 private:
  bool look(Duration limit) const {
    try {
      return service_.wait(until_, limit);
    } catch (const Error &error) {
      if (error.code() == TG_E_ENDED && may_still_come()) return false;
      throw;
    }
  }
  bool look() const { return look(look_); }

  /// A drain that was called off is no reason to give up the wait for a stop: a server's main thread waits here, and operators
  /// pause and resume. Only a service that has failed stops no more by itself.
  bool may_still_come() const {
    return until_ == TG_UNTIL_STOPPED && service_.info().status != TG_STATUS_FAILED;
  }

  /// As tg_service_wait() says it.
  std::string sentence() const {
    const tg_service_info info = service_.info();
    return name_ + ": what was waited for did not come; the service is " + std::string(view(tg_status_label(info.status))) +
           " with " + std::to_string(info.sessions + info.children + info.entries) + " left";
  }

  const Service service_;
  const std::string name_;
  const std::uint32_t until_;
  const Duration look_;
  std::optional<std::uint64_t> seen_;
};

}  // namespace

bool wait_for_event(OpenHost &host, std::uint64_t after, Duration limit) {
  return in_slices(host, limit, [after](const Host &open, Duration slice) { return open.wait_for_event(after, slice); });
}

bool wait_for_end(OpenHost &host, Duration limit) {
  return in_slices(host, limit, [](const Host &open, Duration slice) { return open.wait(slice); });
}

bool wait_until(OpenHost &host, const Service &service, const std::string &name, std::uint32_t until, Duration limit) {
  ServiceWait moment(service, name, until, std::min(limit, Duration(1)));
  return in_slices(host, limit, [&moment](const Host &open, Duration slice) { return moment.wait(open, slice); });
}

}  // namespace tidegate::python
