#include "host/host.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "core/border_text.hpp"
#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "host/gate_proof.hpp"
#include "plugin_file/plugin_rules.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::size_t kMaxServices = 65535;  // a session's record has 16 bits for the index

void check_name(std::string_view what, std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (name.empty() || name.size() > kNameBytes || name.front() == '.' ||
      name.find_first_not_of(kAllowed) != std::string_view::npos)
    throw Fault(TG_E_INVALID, std::string(what) + " name \"" + std::string(name.substr(0, kNameBytes)) +
                                  "\": use 1 to 63 of A-Z a-z 0-9 . _ -, not starting with a dot");
}

std::optional<Journal> journal_in(const std::string &directory) {
  if (directory.empty()) return std::nullopt;
  return std::optional<Journal>(std::in_place, directory);
}

}  // namespace

Subscription::Subscription(Host &host, std::uint64_t after, EventLane::Take take)
    : host_(host), lane_(host.events_, after == UINT64_MAX ? host.events_.last() : after, "a subscriber", std::move(take)) {
  if (host.has_steward()) worker_ = std::make_unique<Worker>("tg-subscriber", lane_.wake(), [this] { lane_.pump(); });
}

bool Subscription::stop(Nanos bound) {
  // The last events are delivered, such as those of the services' stop; a subscriber that is far behind gets no more than a second.
  if (worker_ != nullptr) worker_->stop_within(std::min(bound / 2, kSecond));
  lane_.end();
  return worker_ == nullptr || worker_->stop(bound);
}

Host::Host(const Options &options, const Clock &clock)
    : options_((check_name("host", options.name), check_rules({{}, options.denied_plugins}), options)),
      log_(options.log_format, options.log_path),
      events_(clock),
      per_cpu_(prove_gate().holds),
      slab_(options.session_capacity, per_cpu_),
      cells_(per_cpu_),
      policies_(slab_, per_cpu_),
      journal_(journal_in(options.state_directory)),
      steps_(events_, clock),
      shared_{clock,         events_,     slab_, cells_, policies_.doors(),
              steward_wake_, hooks_wake_, describer_, has_steward() ? &callbacks_.emplace() : nullptr,
              journal_ ? &journal_writer_.emplace(*journal_) : nullptr, steps_},
      plugins_(*this, log_, policies_) {
  CallbackScope::forget_in_children();
  say_cut();
  if (journal_writer_) journal_writer_->on_change([this](bool broken) { say_broken(broken); });
  loop_.watch(steward_wake_.fd());
  if (!log_.off()) {
    log_lane_.emplace(events_, 0, "the log", [this](const Event &event) { log_.write(event); });
    log_.on_lost([this](std::uint64_t lines) { say_log_lost(lines); });
    log_.ring(&log_lane_->wake());
    log_worker_ = std::make_unique<Worker>("tg-log", log_lane_->wake(), [this] {
      log_lane_->pump();
      log_.flush();
    });
  }
  if (has_steward()) {
    steward_ = std::make_unique<Worker>(
        "tg-steward", steward_wake_, [this] { loop_.wait(); }, [this] { attend(); });
  } else {
    loop_.watch(hooks_wake_.fd());
  }
}

Host::~Host() {
  callbacks_.reset();
  steward_.reset();
  subscriptions_.clear();
  plugins_.close();
  journal_writer_.reset();
  log_.give_up();
  log_worker_.reset();
}

// ---- services ----

Service &Host::add_service(const Service::Options &options) {
  check_name("service", options.name);
  if (const TextFault fault = check_text(options.activity, kNameBytes); fault != TextFault::none)
    throw Fault(TG_E_INVALID, "service " + options.name + ": the activity's name " + std::string(why(fault)));
  const std::lock_guard lock(services_mu_);
  for (const auto &service : services_)
    if (service->name() == options.name)
      throw Fault(TG_E_EXISTS, "the host has a service named " + options.name + " already");
  if (services_.size() == kMaxServices) throw Fault(TG_E_LIMIT, "a host has at most 65,535 services");
  const auto index = static_cast<std::uint32_t>(services_.size());
  if (journal_writer_) journal_writer_->expect(options.name);
  const std::lock_guard control(shared_.control);
  services_.push_back(std::make_unique<Service>(index, options, shared_, kept(options.name)));
  shared_.standings.resize(services_.size());
  return *services_.back();
}

/// Returns the journal's snapshot of a service, or nullptr.
const Kept *Host::kept(std::string_view service) const {
  if (!journal_) return nullptr;
  for (const Kept &kept : journal_->recovered())
    if (kept.service.view() == service) return &kept;
  return nullptr;
}

/// Reports a journal whose end was not a whole record; the host uses the records before it.
void Host::say_cut() {
  if (!journal_ || journal_->cut() == 0) return;
  Event event;
  event.number = TG_EVENT_JOURNAL_CUT;
  event.count = journal_->cut();
  describe(event);
  events_.append(event);
}

/// Reports that the journal cannot be written; on the journal's thread.
void Host::say_broken(bool broken) {
  if (!broken) return;
  Event event;
  event.number = TG_EVENT_JOURNAL_FAILED;
  describe(event);
  events_.append(event);
}

void Host::say_log_lost(std::uint64_t lines) {
  Event event;
  event.number = TG_EVENT_LOG_LOST;
  event.count = lines;
  describe(event);
  events_.append(event);
}

Service &Host::service(std::string_view name) {
  const std::lock_guard lock(services_mu_);
  std::string names;
  for (const auto &service : services_) {
    if (service->name() == name) return *service;
    names += (names.empty() ? "" : ", ") + service->name();
  }
  throw Fault(TG_E_NOT_FOUND, "no service is named \"" + std::string(name.substr(0, kNameBytes)) + "\"; " +
                                  (names.empty() ? "the host has none" : "there are: " + names));
}

std::vector<Service *> Host::services() const {
  const std::lock_guard lock(services_mu_);
  std::vector<Service *> all;
  for (const auto &service : services_) all.push_back(service.get());
  return all;
}

Service *Host::service_at(std::size_t index) const {
  const std::lock_guard lock(services_mu_);
  return index < services_.size() ? services_[index].get() : nullptr;
}

// ---- what plugins use ----

std::vector<tg_str> Host::service_names() const {
  std::vector<tg_str> names;
  for (const Service *service : services()) names.push_back(to_str(service->name()));
  return names;
}

tg_service_info Host::info_of(std::string_view service) const { return const_cast<Host *>(this)->service(service).info(); }

std::string Host::description_of(std::string_view service, tg_ticket ticket, std::uint64_t tag) {
  for (Service *one : services())
    if (one->name() == service) return one->description(ticket, tag);
  return {};
}

// ---- the loop ----

void Host::attend() {
  steward_wake_.clear();  // first: a change during this round rings again and causes another round
  Nanos next = kNever;
  for (std::size_t i = 0; Service *service = service_at(i); ++i) next = std::min(next, service->attend());
  const Nanos now = shared_.clock.monotonic();
  loop_.wake_at(std::min({next, trim(), steps_.attend(now), look_after_plugins(now)}));
}

/// Looks after the plugins. Without memory for it the steward tries again later, and goes on with drains and timers.
Nanos Host::look_after_plugins(Nanos now) {
  try {
    return plugins_.attend(now);
  } catch (const std::bad_alloc &) {
    shared_.policy_faults.store(true, std::memory_order_release);
    return later(now, kSecond);
  }
}

/// Returns unused session memory to the system, one second after a release found enough of it, and again as long as a call returns much.
/// Returns: the time of the next call.
Nanos Host::trim() {
  constexpr Nanos kWhile = kSecond;
  constexpr std::size_t kMuch = std::size_t{1} << 20;
  const Nanos now = shared_.clock.monotonic();
  if (shared_.trim.exchange(false, std::memory_order_acq_rel) && trim_at_ == kNever) trim_at_ = later(now, kWhile);
  if (now >= trim_at_) trim_at_ = slab_.trim() >= kMuch ? later(now, kWhile) : kNever;
  return trim_at_;
}

void Host::run_hooks() {
  hooks_wake_.clear();
  for (std::size_t i = 0; Service *service = service_at(i); ++i) service->run_hooks();
}

int Host::fd() const {
  if (has_steward()) throw Fault(TG_E_MISUSE, "tg_host_fd: this host has a steward; make it with TG_LOOP_POLL");
  return loop_.fd();
}

void Host::poll() {
  if (has_steward()) throw Fault(TG_E_MISUSE, "tg_host_poll: this host has a steward; make it with TG_LOOP_POLL");
  if (CallbackScope::inside()) throw Fault(TG_E_MISUSE, "tg_host_poll: called from inside a callback");
  shared_.poller.store(std::this_thread::get_id());
  const std::lock_guard lock(polling_);
  poll_once();
}

/// Polls when no other thread polls any more. Returns: false when another thread still polls at `end`.
bool Host::poll_by(Nanos end) {
  if (!lock_polling_by(end)) return false;
  const std::lock_guard lock(polling_, std::adopt_lock);
  shared_.poller.store(std::this_thread::get_id());
  poll_once();
  return true;
}

/// Takes polling_. Returns: false when another thread still has it at `end` of the real clock.
bool Host::lock_polling_by(Nanos end) {
  constexpr auto kLook = std::chrono::milliseconds(1);
  while (!polling_.try_lock()) {
    if (Clock::real().monotonic() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

/// Does the due work, on the server's loop; under polling_.
void Host::poll_once() {
  attend();
  run_hooks();
  attend();  // a callback that has returned may have moved a service
  pump_subscriptions();
}

// ---- subscriptions ----

Subscription &Host::subscribe(std::uint64_t after, EventLane::Take take) {
  auto subscription = std::make_unique<Subscription>(*this, after, std::move(take));
  if (!has_steward()) loop_.watch(subscription->lane_.wake().fd());
  const std::lock_guard lock(services_mu_);
  subscriptions_.push_back(std::move(subscription));
  return *subscriptions_.back();
}

void Host::unsubscribe(Subscription &subscription) {
  // Refused in every callback, as two subscribers that end each other would wait for ever.
  if (CallbackScope::inside())
    throw Fault(TG_E_MISUSE, "tg_unsubscribe: called from inside a callback; end the subscription from another place");
  std::unique_lock poll(polling_, std::defer_lock);
  if (!has_steward()) {
    poll.lock();
    loop_.unwatch(subscription.lane_.wake().fd());
  }
  std::unique_ptr<Subscription> ended;  // its worker is joined without the lock
  {
    const std::lock_guard lock(services_mu_);
    const auto found = std::ranges::find(subscriptions_, &subscription, &std::unique_ptr<Subscription>::get);
    if (found == subscriptions_.end()) return;
    ended = std::move(*found);
    subscriptions_.erase(found);
  }
  ended->lane_.end();  // before the worker is joined, which would deliver the whole backlog first
}

void Host::pump_subscriptions() {
  for (std::size_t i = 0;; ++i) {
    Subscription *subscription;
    {
      const std::lock_guard lock(services_mu_);
      if (i >= subscriptions_.size()) return;
      subscription = subscriptions_[i].get();
    }
    subscription->lane_.wake().clear();
    subscription->lane_.pump();
  }
}

}  // namespace tidegate::sdk
