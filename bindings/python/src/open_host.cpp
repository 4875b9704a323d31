#include "open_host.hpp"

#include <algorithm>
#include <chrono>

#include "control.hpp"
#include "lifetime.hpp"
#include "subscription.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

constexpr std::chrono::milliseconds kMoment{50};

/// All that are not closed; never destroyed, as a host with live sessions outlives the interpreter.
std::vector<std::shared_ptr<OpenHost>> &open_hosts() {
  static auto *const hosts = new std::vector<std::shared_ptr<OpenHost>>;
  return *hosts;
}

template <class T>
void erase(std::vector<std::shared_ptr<T>> &list, const T &object) {
  std::erase_if(list, [&](const auto &each) { return each.get() == &object; });
}

}  // namespace

std::shared_ptr<OpenHost> OpenHost::open(const tg_host_options &options) {
  if (Lifetime::get().ending()) throw Error(TG_E_CLOSING, "the interpreter ends; no host can be opened any more");
  std::shared_ptr<OpenHost> host(new OpenHost(options));
  open_hosts().push_back(host);
  return host;
}

OpenHost::OpenHost(const tg_host_options &options) : name_(view(options.name)), host_(options) {}
OpenHost::~OpenHost() = default;

const Host &OpenHost::host() const {
  const Lifetime &lifetime = Lifetime::get();
  if (host_ && !closing_ && !lifetime.ending()) return *host_;
  if (host_ && InCallback::of(this)) return *host_;  // a stop hook, say, may look at its service to the end
  if (lifetime.ending() && !lifetime.is_last_thread()) {
    PyErr_SetNone(PyExc_SystemExit);
    throw py::error_already_set();
  }
  throw Error(TG_E_CLOSING, "host " + name_ + (host_ ? " is being closed" : " is closed"));
}

// ---- what hangs on it ----

Service OpenHost::add_service(tg_service_options &options, std::unique_ptr<Hooks> hooks) {
  Use use(*this);
  hooks->put_into(options, this);
  Service service;
  {
    const Away away;
    service = use->add_service(options);
  }
  hooks_.push_back(std::move(hooks));
  return service;
}

std::shared_ptr<Subscription> OpenHost::subscribe(py::object callback, std::uint64_t after) {
  Use use(*this);
  auto subscription = std::make_shared<Subscription>(shared_from_this(), std::move(callback));
  subscriptions_.push_back(subscription);
  try {
    subscription->begin(use->handle(), after);
  } catch (...) {
    drop(*subscription);
    throw;
  }
  return subscription;
}

std::shared_ptr<OpenControl> OpenHost::open_control(const std::string &directory) {
  Use use(*this);
  auto control = std::make_shared<OpenControl>(shared_from_this());
  control->begin(use->handle(), directory);
  controls_.push_back(control);
  return control;
}

void OpenHost::drop(const Subscription &subscription) { erase(subscriptions_, subscription); }
void OpenHost::drop(const OpenControl &control) { erase(controls_, control); }

// ---- the end ----

void OpenHost::close() {
  if (!host_) return;
  if (InCallback::on_this_thread()) throw Error(TG_E_MISUSE, "a host cannot be closed from inside a callback");
  if (closing_) throw Error(TG_E_CLOSING, "host " + name_ + " is being closed on another thread");
  struct Closing {
    OpenHost &host;
    explicit Closing(OpenHost &closed) : host(closed) { host.closing_ = true; }
    ~Closing() { host.closing_ = false; }
  } const closing(*this);
  check_not_live();
  while (used())
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  check_not_live();  // an entry may have come with a use that was under way
  destroy();
}

/// Tickets and entries are given back with the GIL held, so when this has found none, with the GIL and nothing being
/// admitted any more, then no thread is still on its way out of a release when the host is destroyed.
void OpenHost::check_not_live() const {
  for (const Service &service : host_->services()) {
    const tg_service_info info = service.info();
    const std::uint64_t live = info.sessions + info.children + info.entries;
    if (live == 0) continue;
    throw Error(TG_E_BUSY, "service " + std::string(view(info.name)) + " has " + std::to_string(live) +
                               (live == 1 ? " live session" : " live sessions") +
                               "; drain it, or release the tickets, before the host is closed");
  }
}

/// Returns: whether somebody uses the host, having waited a moment for them to be done.
bool OpenHost::used() {
  {
    const std::lock_guard lock(uses_mu_);
    if (uses_ == 0) return false;
  }
  const Away away;
  std::unique_lock lock(uses_mu_);
  unused_.wait_for(lock, kMoment, [this] { return uses_ == 0; });
  return true;
}

void OpenHost::destroy() {
  {
    const Away away;
    for (const auto &control : controls_) control->end();
    host_->destroy();
  }
  // What Python gave is let go of last, and out of the members: that may run Python code, which may look at this host.
  host_.reset();
  const auto self = shared_from_this();
  const auto hooks = std::move(hooks_);
  const auto controls = std::move(controls_);
  const auto subscriptions = std::move(subscriptions_);
  for (const auto &control : controls) control->forget();
  for (const auto &subscription : subscriptions) subscription->forget();
  erase(open_hosts(), *this);
}

void OpenHost::close_all() noexcept {
  const auto hosts = open_hosts();
  for (const auto &host : hosts) {
    try {
      host->close();
    } catch (const Error &) {
      // Live sessions: the host stays whole for those who release them later, and goes with the process.
      const Away away;
      for (const auto &control : host->controls_) control->end();
    } catch (py::error_already_set &error) {
      error.discard_as_unraisable("tidegate at exit");
    }
  }
}

// ---- Use ----

Use::Use(OpenHost &host) : host_(host), handle_(host.host()) {
  const std::lock_guard lock(host.uses_mu_);
  ++host.uses_;
}

Use::~Use() {
  const std::lock_guard lock(host_.uses_mu_);
  if (--host_.uses_ == 0) host_.unused_.notify_all();
}

}  // namespace tidegate::python
