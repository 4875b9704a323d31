#include "open_host.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <new>
#include <system_error>
#include <thread>

#include "control.hpp"
#include "lifetime.hpp"
#include "slices.hpp"
#include "subscription.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

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

/// The end of a host, on a thread of its own, so that who waits for it can be interrupted.
struct Ending {
  std::mutex mu;
  std::condition_variable came;
  bool done = false;
  std::optional<Error> error;
  tg_result result = TG_OK;

  void run(Host &host) {
    std::optional<Error> failed;
    tg_result got = TG_OK;
    try {
      got = host.destroy();
    } catch (const Error &why) {
      failed = why;
    }
    const std::lock_guard lock(mu);
    error = failed;
    result = got;
    done = true;
    came.notify_all();
  }
};

std::shared_ptr<OpenHost> OpenHost::open(const tg_host_options &options) {
  if (Lifetime::get().ending()) throw Error(TG_E_CLOSING, "the interpreter ends; no host can be opened any more");
  std::shared_ptr<OpenHost> host(::new OpenHost(options));
  open_hosts().push_back(host);
  return host;
}

OpenHost::OpenHost(const tg_host_options &options) : name_(view(options.name)), polled_(options.loop == TG_LOOP_POLL) {
  const Away away;
  host_.emplace(options);
}
OpenHost::~OpenHost() = default;

void *OpenHost::operator new(std::size_t) { throw py::type_error("Host.__init__() has not been called"); }

const Host &OpenHost::host() const {
  const Lifetime &lifetime = Lifetime::get();
  if (host_ && !closing_ && !ending_ && !lifetime.ending()) return *host_;
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

bool OpenHost::close(Duration limit) {
  if (!host_) return true;
  check_may_close();
  struct Closing {
    OpenHost &host;
    explicit Closing(OpenHost &closed) : host(closed) { host.closing_ = true; }
    ~Closing() { host.closing_ = false; }
  } const closing(*this);
  const Moment until = moment_after(limit);
  if (!ending_) {
    check_not_live();
    const auto unused = [this](auto slice) {
      std::unique_lock lock(uses_mu_);
      return unused_.wait_until(lock, slice, [this] { return uses_ == 0; });
    };
    if (!in_slices(until, unused)) return false;
    check_not_live();  // a session may have come with a use that was under way
    begin_end();
  }
  return wait_for_end(until);
}

void OpenHost::check_may_close() const {
  if (InCallback::on_this_thread()) throw Error(TG_E_MISUSE, "a host cannot be closed from inside a callback");
  // __del__ may run anywhere, also in the middle of a call, which close() would wait for.
  if (Use::on_this_thread(*this) != 0)
    throw Error(TG_E_MISUSE, "host " + name_ + " cannot be closed from inside a call of it, such as by __del__");
  if (closing_) throw Error(TG_E_CLOSING, "host " + name_ + " is being closed on another thread");
}

/// A ticket or entry is given back by a Use, or with the GIL held throughout. So when this has found none, with all uses
/// over, then no thread is still on its way out of a release when the host is destroyed.
void OpenHost::check_not_live() const {
  std::optional<Error> live;
  {
    const Away away;
    for (const Service &service : host_->services()) {
      const tg_service_info info = service.info();
      const std::uint64_t left = info.sessions + info.children + info.entries;
      if (left == 0) continue;
      live.emplace(TG_E_BUSY, "service " + std::string(view(info.name)) + " has " + std::to_string(left) +
                                  (left == 1 ? " live session" : " live sessions") +
                                  "; drain it, or release the tickets, before the host is closed");
      break;
    }
  }
  if (live) throw *live;
}

void OpenHost::begin_end() {
  auto ending = std::make_shared<Ending>();
  ending_ = ending;
  const Away away;
  for (const auto &control : controls_) control->end();
  if (polled_) return ending->run(*host_);  // the callbacks of such a host run on the thread that ends it
  try {
    std::thread([ending, self = this] { ending->run(*self->host_); }).detach();
  } catch (const std::system_error &) {
    ending->run(*host_);
  }
}

bool OpenHost::wait_for_end(Moment until) {
  const auto ending = ending_;
  const auto done = [&](auto slice) {
    std::unique_lock lock(ending->mu);
    return ending->came.wait_until(lock, slice, [&] { return ending->done; });
  };
  if (!in_slices(until, done)) return false;
  if (ending->error) {
    ending_.reset();
    throw *ending->error;
  }
  finish(ending->result);
  return true;
}

/// Lets go of what Python gave last, and out of the members: that may run Python code, which may look at this host.
void OpenHost::finish(tg_result result) {
  struct Given {
    std::shared_ptr<OpenHost> self;
    std::vector<std::unique_ptr<Hooks>> hooks;
    std::vector<std::shared_ptr<OpenControl>> controls;
    std::vector<std::shared_ptr<Subscription>> subscriptions;
  };
  host_.reset();
  ending_.reset();
  auto given = std::make_unique<Given>(
      Given{shared_from_this(), std::move(hooks_), std::move(controls_), std::move(subscriptions_)});
  for (const auto &control : given->controls) control->forget();
  erase(open_hosts(), *this);
  if (result != TG_RETAINED) {
    for (const auto &subscription : given->subscriptions) subscription->forget();
    return;
  }
  static_cast<void>(given.release());  // a callback that hangs uses them when it comes back
  const std::string text =
      "host " + name_ + " is closed, but a callback, a plugin or a disk has not come back: its memory stays";
  if (PyErr_WarnEx(PyExc_ResourceWarning, text.c_str(), 1) != 0) throw py::error_already_set();
}

void OpenHost::close_all() noexcept {
  const auto hosts = open_hosts();
  for (const auto &host : hosts) {
    try {
      host->close(kForever);
    } catch (const Error &) {
      // Live sessions: the host stays whole for those who release them later, and goes with the process.
      const Away away;
      for (const auto &control : host->controls_) control->end();
    } catch (py::error_already_set &error) {
      error.discard_as_unraisable("tidegate at exit");
    }
  }
}

void OpenHost::forget_other_threads() noexcept {
  for (const auto &host : open_hosts()) {
    new (&host->uses_mu_) std::mutex;
    new (&host->unused_) std::condition_variable;
    host->uses_ = Use::on_this_thread(*host);
    host->closing_ = false;
    host->ending_.reset();
    for (const auto &subscription : host->subscriptions_) subscription->forget_other_threads();
  }
}

// ---- Use ----

void OpenHost::keep_open() {
  const std::lock_guard lock(uses_mu_);
  ++uses_;
}

void OpenHost::let_close() {
  const std::lock_guard lock(uses_mu_);
  if (--uses_ == 0) unused_.notify_all();
}

thread_local const Use *Use::innermost_ = nullptr;

std::size_t Use::on_this_thread(const OpenHost &host) {
  std::size_t count = 0;
  for (const Use *use = innermost_; use != nullptr; use = use->outer_) count += &use->host_ == &host ? 1 : 0;
  return count;
}

Use::Use(OpenHost &host) : host_(host), handle_(host.host()), outer_(innermost_) {
  host.keep_open();
  innermost_ = this;
}

Use::~Use() {
  innermost_ = outer_;
  host_.let_close();
}

}  // namespace tidegate::python
