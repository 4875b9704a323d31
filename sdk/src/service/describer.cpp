#include "service/describer.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

#include "core/border_text.hpp"
#include "loop/callback_scope.hpp"
#include "os/quiet_signals.hpp"

namespace tidegate::sdk {

Describer::~Describer() { stop(kNever); }

/// Returns: whether the time for all calls is not used up; under mu_.
bool Describer::may_spend(Nanos now) {
  if (now >= later(window_, kWindow)) {
    window_ = now;
    spent_ = 0;
  }
  return spent_ < kShare;
}

std::string Describer::text(const tg_service_options &server, tg_ticket ticket, std::uint64_t tag,
                            const std::function<void()> &late) {
  if (server.describe == nullptr) return {};
  const Nanos began = Clock::real().monotonic();
  std::unique_lock lock(mu_);
  if (stopping_ || call_ != nullptr || !may_spend(began)) return {};
  if (!has_thread_) {
    const QuietSignals quiet;
    try {
      std::thread([this] { run(); }).detach();
    } catch (const std::system_error &) {
      return {};
    }
    has_thread_ = true;
  }
  const auto call = std::make_shared<Call>();
  call->server = server;
  call->ticket = ticket;
  call->tag = tag;
  call_ = call;
  asked_.notify_one();
  const bool done = answered_.wait_for(lock, std::chrono::nanoseconds(kLimit), [&] { return call->done; });
  spent_ += until(Clock::real().monotonic(), began);
  if (done) return call->text;
  lock.unlock();
  late();
  return {};
}

void Describer::run() {
  pthread_setname_np(pthread_self(), "tg-describe");
  std::unique_lock lock(mu_);
  while (true) {
    asked_.wait(lock, [this] { return stopping_ || (call_ != nullptr && !call_->done); });
    if (stopping_) break;
    const std::shared_ptr<Call> call = call_;
    lock.unlock();
    char buffer[kLongest];
    std::uint64_t length = 0;
    {
      const CallbackScope scope;
      length = call->server.describe(call->server.user, call->ticket, call->tag, buffer, sizeof buffer);
    }
    std::string text;
    try {
      text = clean_text({buffer, static_cast<std::size_t>(std::min<std::uint64_t>(length, sizeof buffer))}, kLongest);
    } catch (const std::bad_alloc &) {
      // Without memory the session is listed without its text.
    }
    lock.lock();
    call->text = std::move(text);
    call->done = true;
    call_ = nullptr;
    answered_.notify_all();
  }
  has_thread_ = false;
  answered_.notify_all();
}

bool Describer::stop(Nanos bound) {
  std::unique_lock lock(mu_);
  stopping_ = true;
  asked_.notify_all();
  const auto over = [this] { return !has_thread_; };
  if (bound != kNever) return answered_.wait_for(lock, std::chrono::nanoseconds(bound), over);
  answered_.wait(lock, over);
  return true;
}

}  // namespace tidegate::sdk
