#include "service/shared.hpp"

#include <algorithm>

#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {

void Shared::check_may_wait() const {
  if (CallbackScope::inside())
    throw Fault(TG_E_MISUSE, "this would wait inside a callback for ever; wait on another thread");
  if (is_on_loop())
    throw Fault(TG_E_MISUSE, "this would stop the loop that it waits for; wait on another thread, or use tg_host_poll");
}

void Shared::say_ended() {
  const bool over = std::ranges::all_of(standings, [](const auto &one) { return HostEnd::is_done_with(one.place); });
  if (said_ended || end.state(over) != HostEnd::State::ended) return;
  said_ended = true;
  Event event;
  event.number = TG_EVENT_HOST_ENDED;
  describe(event);
  log.append(event);
}

tg_result Shared::make_durable(Journal::Position position) const {
  if (journal == nullptr || position == 0) return TG_OK;
  return journal->wait(position) ? TG_OK : TG_NOT_DURABLE;
}

WaitScope::WaitScope(Shared &shared, bool forever_is_possible) : shared_(shared) {
  if (forever_is_possible) shared.check_may_wait();
  const std::lock_guard lock(shared.control);
  if (shared.closing) throw Fault(TG_E_CLOSING, "the host is being destroyed");
  shared.waits.enter();
}

WaitScope::~WaitScope() {
  if (shared_.waits.leave()) return;
  const std::lock_guard lock(shared_.control);
  shared_.waits.leave_closing();
  shared_.left.notify_all();
}

tg_result WaitScope::wait_for_event(std::uint64_t after, Nanos timeout) const {
  if (shared_.log.wait(after, timeout)) return TG_OK;
  const std::lock_guard lock(shared_.control);
  return shared_.closing ? TG_E_CLOSING : TG_E_TIMEOUT;
}

}  // namespace tidegate::sdk
