#pragma once

#include <pybind11/pybind11.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hooks.hpp"
#include "slices.hpp"
#include "tidegate/host.hpp"

namespace tidegate::python {

class Subscription;
class OpenControl;

struct Ending;

/// A host, and all that Python gave it. Whatever refers to the host (a service, a ticket) shares this object, and asks it
/// before each call, so that a host that is closed is an Error and never a stale pointer.
///
/// A host stays until it is closed, also when Python has forgotten it: its services run, and nobody said to stop them.
/// Threads: with the GIL, which guards all members but where said.
class OpenHost : public std::enable_shared_from_this<OpenHost> {
 public:
  static std::shared_ptr<OpenHost> open(const tg_host_options &options);
  ~OpenHost();
  /// Of pybind11, which would use memory as it comes for the host of a Host object whose __init__() has not been called.
  /// Throws TypeError.
  static void *operator new(std::size_t size);

  const std::string &name() const { return name_; }

  /// The host. Good until the GIL is let go of; see Use for longer. Throws Error TG_E_CLOSING when it is closed or being
  /// so, or the interpreter ends: then, on other threads than the last, SystemExit, as nobody is left to be told.
  const Host &host() const;

  /// Whether close() is at work, which may still find that it cannot be.
  bool closing() const { return closing_ && !ending_ && host_; }

  Service add_service(tg_service_options &options, std::unique_ptr<Hooks> hooks);
  std::shared_ptr<Subscription> subscribe(pybind11::object callback, std::uint64_t after);
  std::shared_ptr<OpenControl> open_control(const std::string &directory);
  /// Whether it has loop="poll": its callbacks run on the thread that polls or ends it.
  bool polled() const { return polled_; }
  /// Between the two, which need no GIL, close() does not destroy the host. Use them by Use where you can.
  void keep_open();
  void let_close();
  /// Whether a plugin has ever been loaded: from then on an admission and a release may run code that waits.
  bool has_run_plugins() const { return has_run_plugins_; }
  void note_plugin() { has_run_plugins_ = true; }
  void drop(const Subscription &subscription);
  void drop(const OpenControl &control);

  /// Ends waits, controls and subscriptions, and destroys the host. Throws Error TG_E_BUSY with nothing changed when a
  /// session is live. Does nothing when it is closed. Returns: false when `limit` was over first; the next call goes on
  /// with it, also after one that Ctrl-C has interrupted.
  bool close(Duration limit);

  /// At the interpreter's end: closes each host, or leaves it as it is where a session is live.
  static void close_all() noexcept;
  /// In a forked child, which has none of the parent's other threads: forgets what they counted and locked.
  static void forget_other_threads() noexcept;

 private:
  friend class Use;

  explicit OpenHost(const tg_host_options &options);
  void check_may_close() const;
  void check_not_live() const;
  void begin_end();
  bool wait_for_end(Moment until);
  void finish(tg_result result);

  const std::string name_;
  const bool polled_;
  bool has_run_plugins_ = false;
  std::optional<Host> host_;        // empty: closed
  bool closing_ = false;            // a thread is in close()
  std::shared_ptr<Ending> ending_;  // once the host is being destroyed
  std::vector<std::unique_ptr<Hooks>> hooks_;
  std::vector<std::shared_ptr<Subscription>> subscriptions_;
  std::vector<std::shared_ptr<OpenControl>> controls_;

  std::mutex uses_mu_;  // guards uses_; taken with or without the GIL, which is never waited for under it
  std::condition_variable unused_;
  std::size_t uses_ = 0;
};

/// While it lives, close() does not destroy the host, also while this thread is Away. Made and destroyed with the GIL.
/// Throws as OpenHost::host() does.
class Use {
 public:
  explicit Use(OpenHost &host);
  ~Use();
  Use(const Use &) = delete;
  Use &operator=(const Use &) = delete;

  const Host &operator*() const { return handle_; }
  const Host *operator->() const { return &handle_; }

  /// How many uses of this host this thread is inside of.
  static std::size_t on_this_thread(const OpenHost &host);

 private:
  static thread_local const Use *innermost_;
  OpenHost &host_;
  const Host &handle_;
  const Use *const outer_ = nullptr;
};

/// Makes a call that admits or releases. It keeps the GIL as long as nothing in it can wait: these calls of the library
/// take no lock and block for nothing, but for what the policies of plugins do. With plugins the GIL is let go of.
template <class Call>
decltype(auto) with_policies(OpenHost &host, Call &&call) {
  if (!host.has_run_plugins()) {
    static_cast<void>(host.host());
    return call();
  }
  const Use use(host);
  const Away away;
  return call();
}

}  // namespace tidegate::python
