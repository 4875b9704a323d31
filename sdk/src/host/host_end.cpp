#include <algorithm>
#include <chrono>
#include <thread>

#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "host/host.hpp"
#include "service/together.hpp"

// The end of a host: told to end, waited for, taken down.
namespace tidegate::sdk {

using machine::Happening;
using machine::Input;

namespace {

/// With the kill grace of 5 s that makes 25 s: less than the 30 s after which Kubernetes kills a container.
constexpr Nanos kTerminationDeadline = 20 * kSecond;

Nanos real_now() { return Clock::real().monotonic(); }

}  // namespace

// ---- told to end ----

tg_result Host::terminate(DrainOptions options, const Action &action) {
  check(options);
  if (options.at_deadline == TG_DEADLINE_RESUME)
    throw Fault(TG_E_INVALID, "at_deadline is TG_DEADLINE_RESUME, but a host that was told to end opens no service; use TG_DEADLINE_FORCE "
                              "or TG_DEADLINE_WAIT");
  const std::vector<Service *> all = services();
  options.intent = TG_INTENT_STOP;
  options.hold = TG_HOLD_NONE;
  options.hold_until_unix = 0;
  options.flags &= ~TG_DRAIN_REPLACE;
  if (options.deadline == 0) options.deadline = kTerminationDeadline;
  const std::lock_guard lock(shared_.control);
  if (shared_.closing) throw Fault(TG_E_CLOSING, "the host is being destroyed");
  const std::vector<Service *> services = needed_last(all);
  std::vector<Input> inputs;
  inputs.reserve(services.size());
  for (Service *service : services) inputs.push_back(service->drain_input(options, action));
  shared_.redirects.keep(options.redirect);

  const HostEnd::Push push = shared_.end.tell();
  say_ending(action);
  const Together together(shared_.stopping, services);
  std::optional<Fault> failed;  // what cannot be asked of one service is asked of the others all the same
  for (std::size_t i = 0; i < services.size(); ++i) {
    try {
      push_to_end(*services[i], push, inputs[i], options);
    } catch (const Fault &fault) {
      failed = fault;
    }
  }
  shared_.say_ended();
  if (failed) throw *failed;
  return TG_OK;
}

/// Asks a service to end, as hard as `push` says; under the control lock. `input`: the drain of the first push.
void Host::push_to_end(Service &service, HostEnd::Push push, Input input, const DrainOptions &options) {
  const Nanos now = shared_.clock.monotonic();
  if (push == HostEnd::Push::stop) {
    input = {Happening::stop_now, input.by};
  } else if (push == HostEnd::Push::close) {  // sessions that are left are told to close now
    input.drain.budget = 1;
    input.drain.at_deadline = TG_DEADLINE_FORCE;
    input.drain.announce = false;
  }
  const tg_result tried = service.try_out(input, now).result;
  // The deadline of the drain in progress stays, and the stop joins without a deadline.
  if (tried == TG_E_CONFLICT) input.drain.budget = kNever;
  if (tried == TG_E_STATE) return;  // the service ends by itself
  try {
    service.slow_down();
  } catch (const Fault &) {
    if (push != HostEnd::Push::stop) throw;
    service.slow_down_unfenced();  // the last push waits for no session, so an inexact count does not matter
  }
  service.redirect_for(options);
  service.ask(input, now);
}

void Host::say_ending(const Action &action) {
  Event event;
  event.number = TG_EVENT_HOST_ENDING;
  event.count = shared_.end.times();
  event.action = action;
  describe(event);
  events_.append(event);
}

tg_result Host::wait(Nanos timeout) {
  const WaitScope scope(shared_, timeout != 0);
  const Nanos end = later(shared_.clock.monotonic(), timeout);
  while (true) {
    const std::uint64_t seen = events_.last();
    {
      const std::lock_guard lock(shared_.control);
      if (shared_.said_ended) return TG_OK;
      if (shared_.closing) return TG_E_CLOSING;
    }
    const tg_result result = scope.wait_for_event(seen, until(end, shared_.clock.monotonic()));
    if (result != TG_OK) return result;
  }
}

// ---- taken down ----

void Host::close() {
  if (CallbackScope::inside()) throw Fault(TG_E_MISUSE, "a host cannot be destroyed from inside a callback");
  if (users_.load() != 0) throw Fault(TG_E_BUSY, "a control socket is open; close it before the host");
  check_idle();
  ending_since_ = real_now();
  refuse_starts(true);
  try {
    stop_services();
    check_idle();  // nothing can be admitted any more
  } catch (...) {
    refuse_starts(false);
    throw;
  }
  // The thread that released the last session may still be about to wake the steward.
  for (const Service *service : services())
    while (service->leaving()) std::this_thread::yield();
  std::unique_lock lock(shared_.control);
  shared_.closing = true;
  shared_.waits.close();
  events_.interrupt();
  shared_.left.wait_for(lock, std::chrono::nanoseconds(bound_left(options_.end_bound)), [&] { return shared_.waits.none(); });
}

bool Host::end() {
  shared_.silent.store(true, std::memory_order_seq_cst);
  std::string hanging;
  const auto left = [&](const std::string &what) { hanging += (hanging.empty() ? "" : ", ") + what; };
  if (lock_polling_by(later(real_now(), bound_left(stop_bound()))))
    polling_.unlock();
  else
    left("a callback inside tg_host_poll() on another thread");
  if (callbacks_ && !callbacks_->stop(bound_left(thread_bound()))) {
    for (const Service *service : services())
      if (const std::string call = service->call_in_progress(); !call.empty()) left(service->name() + "'s " + call);
  }
  if (!describer_.stop(bound_left(thread_bound()))) left("a describe callback");
  if (steward_ && !steward_->stop(bound_left(thread_bound()))) left("the steward");
  for (const auto &subscription : subscriptions_)
    if (!subscription->stop(bound_left(thread_bound()))) left("a subscriber");
  const bool plugins_are_gone = plugins_.close(std::min(Plugins::kCloseLimit, bound_left(options_.end_bound / 20 * 19)));
  if (!plugins_are_gone && !plugins_.has_named_one()) left("a call of a policy, or a plugin's thread inside a call of the host,");
  if (!shared_.waits.none()) left("a wait of another thread");
  if (journal_writer_ && !journal_writer_->stop(bound_left(thread_bound()))) left("the disk of the state directory");
  if (!hanging.empty()) say_hanging(hanging);
  if (log_worker_ && !log_worker_->stop(end_log_gently())) left("the log's reader");
  return hanging.empty() && plugins_are_gone;
}

/// Gives the log's reader one second at the most to take the last lines, then gives the reader up. Returns: the time for the log's thread
/// to end.
Nanos Host::end_log_gently() {
  const Nanos whole = bound_left(options_.end_bound);
  if (!log_worker_->stop_within(std::min(whole / 2, kSecond))) log_.give_up();
  return whole / 2;
}

/// Returns how much of `of` is left since close() began. A thread gets a little in any case, so that an idle thread is seen to end, but all
/// threads together get no more than the whole bound.
Nanos Host::bound_left(Nanos of) const {
  const Nanos now = real_now();
  const Nanos whole = until(later(ending_since_, options_.end_bound / 20 * 19), now);
  return std::max(until(later(ending_since_, of), now), std::min(options_.end_bound / 40, whole));
}

void Host::say_hanging(const std::string &what) {
  Event event;
  event.number = TG_EVENT_CALLBACK_LATE;
  describe(event, ": " + what + " has not returned; the host ends without it and stays in memory");
  events_.append(event);
}

/// Refuses starts while the host ends, as a plugin may restart stopped services.
void Host::refuse_starts(bool refuse) {
  const std::lock_guard lock(shared_.control);
  shared_.stopping_all = refuse;
}

/// Returns: whether the sessions that still count are inside releases that hang. An admission of this moment, which counts before its session
/// is shown, is over within the time of the look.
bool Host::hangs_in_a_release(const Service &service) {
  constexpr int kLooks = 20;
  for (int i = 0; i < kLooks; ++i) {
    if (!service.has_only_releases()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return service.has_only_releases();
}

void Host::check_idle() const {
  for (const Service *service : services()) {
    const std::uint64_t live = service->live();
    if (live == 0 || hangs_in_a_release(*service)) continue;
    throw Fault(TG_E_BUSY, "service " + service->name() + " has " + std::to_string(live) +
                               (live == 1 ? " live session" : " live sessions") +
                               "; drain it, or release the tickets, before the host is destroyed");
  }
}

void Host::stop_services() {
  auto all = services();
  {
    const std::lock_guard lock(shared_.control);
    all = needed_last(all);
  }
  for (Service *service : all) stop_service(*service);
}

bool Host::is_over(const Service &service) const {
  const std::uint32_t status = service.info().status;
  return status == TG_STATUS_STOPPED || status == TG_STATUS_FAILED;
}

/// Stops the service, and waits for its callbacks until the time for that is over.
void Host::stop_service(Service &service) {
  Action action;
  action.actor.assign("host");
  action.reason.assign("the host is being destroyed");
  const WaitScope scope(shared_, has_steward());
  while (true) {
    // Polls first, as a ring after that ends the wait below. poll_by() has a limit, as another thread may hang in a callback inside poll().
    if (!has_steward() && !poll_by(later(ending_since_, stop_bound()))) return;
    const std::uint64_t seen = events_.last();
    if (is_over(service) || real_now() >= later(ending_since_, stop_bound())) return;
    const std::uint32_t status = service.info().status;
    if (status != TG_STATUS_START_PENDING && status != TG_STATUS_STOP_PENDING) {
      try {
        service.stop_for_good(action);
        continue;
      } catch (const Fault &) {
        // A request of another thread, such as a plugin's, came in between; look again after the next event.
      }
    }
    const Nanos left = until(later(ending_since_, stop_bound()), real_now());
    if (has_steward())
      scope.wait_for_event(seen, left);
    else
      loop_.wait(left);
  }
}

}  // namespace tidegate::sdk
