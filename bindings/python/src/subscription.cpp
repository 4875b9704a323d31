#include "subscription.hpp"

#include <utility>

#include "callback.hpp"
#include "event.hpp"
#include "open_host.hpp"

namespace py = pybind11;

namespace tidegate::python {

Subscription::Subscription(std::shared_ptr<OpenHost> host, py::object callback)
    : host_(std::move(host)), callback_(std::move(callback)) {
  if (PyCallable_Check(callback_.ptr()) == 0) throw py::type_error("callback is a callable that takes an Event");
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

void Subscription::close() {
  if (handle_ == nullptr) return;
  const auto host = host_;
  const Use use(*host);
  tg_subscription *const handle = std::exchange(handle_, nullptr);
  try {
    const Away away;
    check(tg_unsubscribe(handle));
  } catch (const Error &) {
    handle_ = handle;
    throw;
  }
  host->drop(*this);
  forget();
}

void Subscription::forget() {
  handle_ = nullptr;
  host_.reset();
  const py::object callback = std::move(callback_);
}

void bind_subscription(py::module_ &module) {
  py::class_<Subscription, std::shared_ptr<Subscription>>(module, "Subscription", R"(Calls a function with each event.

It goes on without being referred to, until close() or the end of its host. As a context manager it is closed at the end.)")
      .def("close", &Subscription::close, R"(Ends it: then the callback is not running and is never called again.

Waits, without the GIL, for a call in progress. Raises Error E_MISUSE inside a callback. Does nothing the second time.)")
      .def("__enter__", [](const py::object &self) { return self; })
      .def("__exit__",
           [](Subscription &self, const py::object &, const py::object &, const py::object &) { self.close(); });
}

}  // namespace tidegate::python
