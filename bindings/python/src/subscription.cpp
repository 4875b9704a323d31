#include "subscription.hpp"

#include <pybind11/stl.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "argument.hpp"
#include "callback.hpp"
#include "event.hpp"
#include "open_host.hpp"
#include "slices.hpp"

namespace py = pybind11;

namespace tidegate::python {

struct Unsubscribing {
  std::mutex mu;
  std::condition_variable came;
  bool done = false;
  std::optional<Error> error;

  void run(tg_subscription *handle) {
    std::optional<Error> failed;
    try {
      check(tg_unsubscribe(handle));
    } catch (const Error &why) {
      failed = why;
    }
    const std::lock_guard lock(mu);
    error = failed;
    done = true;
    came.notify_all();
  }
};

Subscription::Subscription(std::shared_ptr<OpenHost> host, py::object callback)
    : host_(std::move(host)), callback_(std::move(callback)) {
  if (PyCallable_Check(callback_.ptr()) == 0) refuse_type(callback_, "callback", "a callable that takes an Event");
}

void Subscription::begin(tg_host *host, std::uint64_t after) {
  const auto take = [](void *user, const tg_event *event) noexcept {
    const auto &self = *static_cast<const Subscription *>(user);
    Event copy(*event);
    const InCallback python(self.host_.get());
    if (python) call(self.callback_, std::move(copy));
  };
  const Away away;
  check(tg_host_subscribe(host, after, take, this, &handle_));
}

/// Ends it on a thread of its own, so that a wait for the call in progress can be interrupted. The host stays open until
/// then.
void Subscription::begin_end() {
  auto work = std::make_shared<Unsubscribing>();
  host_->keep_open();
  const auto run = [work, handle = handle_, host = host_.get()] {
    work->run(handle);
    host->let_close();
  };
  unsubscribing_ = work;
  const Away away;
  if (host_->polled()) return run();  // poll() makes its calls, and none is in progress while this waits for it
  try {
    std::thread(run).detach();
  } catch (const std::system_error &) {
    run();
  }
}

bool Subscription::close(Duration limit) {
  if (handle_ == nullptr) return true;
  if (InCallback::on_this_thread())
    throw Error(TG_E_MISUSE, "a subscription cannot be closed from inside a callback; close it elsewhere");
  const auto host = host_;
  {
    const Use use(*host);
    if (!unsubscribing_) begin_end();
    const auto work = unsubscribing_;
    const auto done = [&](auto slice) {
      std::unique_lock lock(work->mu);
      return work->came.wait_until(lock, slice, [&] { return work->done; });
    };
    if (!in_slices(moment_after(limit), done)) return false;
    if (work->error) {
      unsubscribing_.reset();
      throw *work->error;
    }
    if (handle_ == nullptr) return true;  // another thread waited for it, too
    handle_ = nullptr;
    host->drop(*this);
  }
  forget();  // with the use over: letting go of the callback may run Python code, which may close the host
  return true;
}

void Subscription::forget() {
  handle_ = nullptr;
  host_.reset();
  const py::object callback = std::move(callback_);
}

void bind_subscription(py::module_ &module) {
  py::class_<Subscription, std::shared_ptr<Subscription>>(module, "Subscription", R"(Calls a function with each event.

It goes on without being referred to, until close() or the end of its host. As a context manager it is closed at the end.)")
      .def(
          "close", [](Subscription &self, Limit<"timeout"> timeout) { return self.close(timeout); },
          py::arg("timeout") = py::none(), R"(Ends it: then the callback is not running and is never called again.

Waits, without the GIL, for a call in progress only: events that it has not been called with are not delivered any more.
timeout: seconds from 0; None: no limit. Returns False when the time was over first: the call goes on, and so does the next
close(), as after Ctrl-C, which raises KeyboardInterrupt. Raises Error E_MISUSE inside a callback. Does nothing the second time.)")
      .def("__enter__", [](const py::object &self) { return self; })
      .def("__exit__",
           [](Subscription &self, const py::object &, const py::object &, const py::object &) { self.close(kForever); });
}

}  // namespace tidegate::python
