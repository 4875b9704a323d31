#include "plugins/policies.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "core/admission.hpp"
#include "core/policy_scope.hpp"
#include "core/vendor_call.hpp"
#include "loop/call_mark.hpp"
#include "loop/clock.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

Nanos real_now() { return Clock::real().monotonic(); }

/// Calls a function of a policy outside of an admission. Returns: false when the function has thrown; that is a fault of the policy.
template <class F>
bool call(PolicyMeter *meter, const char *function, F &&fn) {
  const VendorScope scope(function);
  return vendor_call(fn, [&](const char *what) {
    if (meter != nullptr) meter->threw(function, what);
  });
}

}  // namespace

Policies::Policies(SessionSlab &slab, bool per_cpu)
    : slab_(slab), memory_(per_cpu), doors_(none_, &memory_, left, this), stamp_(none_.stamp) {}

Policies::~Policies() = default;

void Policies::left(void *self) { static_cast<Policies *>(self)->left_.ring(); }

// ---- the list ----

Policies::Slot Policies::add(const Entry &entry, Slot heir_of) {
  const std::lock_guard lock(mu_);
  Slot slot = 0;
  while ((removed_ >> slot & 1u) != 0 || std::ranges::find(places_, slot, &Place::slot) != places_.end()) ++slot;
  if (slot >= PolicyList::kMax)
    throw Fault(TG_E_LIMIT, "a host has at most 28 admission policies, those that are being replaced included");
  Place place;
  place.entry = entry;
  place.slot = slot;
  place.heir_of = heir_of;
  place.part = heir_of == kNone ? Part::asked : Part::heir;
  if (entry.role->cookies != 0) place.cookies = std::make_shared<Cookies>(slab_.records());
  std::vector<Place> places = places_;
  places.push_back(std::move(place));
  // From here on new sessions get the other stamp, so that hand_over() can tell older sessions from those that the heir hears of by itself.
  publish(std::move(places), heir_of == kNone ? stamp_ : PolicyList::other(stamp_));
  if (heir_of != kNone) stamps_differ_ = true;
  return slot;
}

Policies::Place &Policies::at(Slot slot) { return at(places_, slot); }
Policies::Place &Policies::at(std::vector<Place> &places, Slot slot) {
  return *std::ranges::find(places, slot, &Place::slot);
}

void Policies::change(Slot slot, Part part) {
  const std::lock_guard lock(mu_);
  std::vector<Place> places = places_;
  at(places, slot).part = part;
  publish(std::move(places), stamp_);
}

void Policies::remove(Slot slot) {
  const std::lock_guard lock(mu_);
  std::vector<Place> places = places_;
  std::erase_if(places, [slot](const Place &place) { return place.slot == slot; });
  publish(std::move(places), stamp_);
  removed_ |= 1u << slot;
}

void Policies::take_out(Slot slot, bool out) {
  const std::lock_guard lock(mu_);
  std::vector<Place> places = places_;
  at(places, slot).out = out;
  publish(std::move(places), stamp_);
}

/// Publishes a new list as a whole; under mu_. Asked policies are in the order of priority and id, with the heirs behind them.
void Policies::publish(std::vector<Place> places, std::uint32_t stamp) {
  std::ranges::stable_sort(places, {}, [](const Place &place) {
    return std::tuple(place.part == Part::heir, place.entry.role->priority, std::string_view(place.entry.id));
  });
  auto next = std::make_unique<Published>();
  PolicyList &list = next->list;
  list.stamp = stamp;
  std::uint32_t out = 0;
  for (const Place &place : places) {
    const bool is_out = place.out && place.part == Part::asked;
    out += is_out ? 1 : 0;
    next->cookies.push_back(place.cookies);
    list.policies[list.count++] = {.role = place.entry.role,
                                   .instance = place.entry.instance,
                                   .slot = place.slot,
                                   .asks_child = place.entry.role->asks_child != 0,
                                   .part = is_out ? Part::told : place.part,
                                   .takes_from = place.part == Part::heir ? 1u << place.heir_of : 0,
                                   .meter = place.entry.meter,
                                   .cookies = place.cookies.get()};
  }
  before_.reserve(before_.size() + 1);
  // From here on nothing can fail.
  places_ = std::move(places);
  stamp_ = stamp;
  doors_.put(list, out);
  if (now_ != nullptr) before_.push_back(std::move(now_));
  now_ = std::move(next);
}

/// Frees the earlier lists when no thread has one any more; under mu_.
void Policies::forget_before() {
  before_.clear();
  removed_ = 0;
}

bool Policies::settle(Nanos limit, const std::function<bool()> &hurry) {
  using Turn = PolicyDoors::Turn;
  const Nanos until = later(real_now(), limit);
  Turn turn = Turn::no_door;
  while (true) {
    {
      const std::lock_guard lock(mu_);
      // Another turn is needed when the steward has put another list in force meanwhile.
      if (turn == Turn::no_door || !doors_.turned()) turn = doors_.turn();
      fence_refused_.store(turn == Turn::refused, std::memory_order_relaxed);
      if (turn == Turn::refused) return false;
      if (turn == Turn::begun && doors_.settled()) {
        forget_before();
        return true;
      }
    }
    const Nanos now = real_now();
    if (now >= until || (hurry && hurry())) return false;
    // The last thread that leaves a door rings. While no door is free the loop looks every millisecond.
    pollfd rung{left_.fd(), POLLIN, 0};
    const Nanos wait = std::min<Nanos>(until - now, turn == Turn::begun ? 100'000'000 : 1'000'000);
    poll(&rung, 1, static_cast<int>((wait + 999'999) / 1'000'000));
    left_.clear();
  }
}

std::string Policies::why_unsettled(const char *call) const {
  if (!is_fence_refused()) return std::string(call) + " has not come back";
  return "the host cannot see whether a call of a policy is in progress: " + std::string(PolicyDoors::kFenceRefused);
}

// ---- sessions ----

std::uint64_t Policies::hand_over(Slot old, Slot heir, const NameOf &name_of) {
  const tg_admission_policy *role;
  void *instance;
  PolicyMeter *meter;
  Cookies *cookies;
  std::uint32_t stamp;
  {
    const std::lock_guard lock(mu_);
    meter = at(heir).entry.meter;
    role = at(heir).entry.role;
    instance = at(heir).entry.instance;
    cookies = at(heir).cookies.get();
    stamp = stamp_;
  }
  const PolicyScope scope;
  std::uint64_t taken = 0;
  slab_.for_each_said_yes([&](tg_ticket ticket, const Session &session) {
    const std::uint32_t before = session.policies;
    if ((before & stamp) != 0) return;  // the session was admitted after add(), and the heir was asked to adopt it then
    std::uint32_t after = (before & ~PolicyList::kStamps) | stamp;
    tg_admission_query query = query_of(session, name_of(session.service));
    tg_admission_answer answer = TG_PLUGIN_INIT(tg_admission_answer);
    bool took = false;
    if ((before & (1u << old)) != 0)
      took = call(meter, "adopt", [&] { role->adopt(instance, &query, &answer); }) && answer.verdict == TG_VERDICT_ADMITTED;
    if (took) after |= 1u << heir;
    if (took && cookies != nullptr) {
      query.cookie = answer.cookie;
      cookies->hand(ticket, answer.cookie);
    }
    if (slab_.change_policies(ticket, before, after))
      taken += took ? 1 : 0;
    else if (took && role->released != nullptr)
      call(meter, "released", [&] { role->released(instance, &query); });  // the session has ended meanwhile
  });
  const std::lock_guard lock(mu_);
  stamps_differ_ = false;
  return taken;
}

void Policies::even_out() {
  std::uint32_t stamp;
  {
    const std::lock_guard lock(mu_);
    if (!stamps_differ_) return;
    stamp = stamp_;
  }
  slab_.for_each_said_yes([&](tg_ticket ticket, const Session &session) {
    slab_.change_policies(ticket, session.policies, (session.policies & ~PolicyList::kStamps) | stamp);
  });
  const std::lock_guard lock(mu_);
  stamps_differ_ = false;
}

std::uint64_t Policies::let_go(Slot slot, const NameOf &name_of) {
  const tg_admission_policy *role;
  void *instance;
  PolicyMeter *meter;
  const Cookies *cookies;
  {
    const std::lock_guard lock(mu_);
    meter = at(slot).entry.meter;
    role = at(slot).entry.role;
    instance = at(slot).entry.instance;
    cookies = at(slot).cookies.get();
  }
  const PolicyScope scope;
  std::uint64_t gone = 0;
  slab_.for_each_said_yes([&](tg_ticket ticket, const Session &session) {
    const std::uint32_t before = session.policies;
    if ((before & (1u << slot)) == 0) return;
    std::uint32_t after = before & ~(1u << slot);
    if ((after & PolicyList::kBits) == 0) after = 0;
    tg_admission_query query = query_of(session, name_of(session.service));
    query.cookie = cookies != nullptr ? cookies->of(ticket) : 0;
    if (!slab_.change_policies(ticket, before, after)) return;  // a release has taken the word, and tells the policy
    ++gone;
    if (role->released != nullptr) call(meter, "released", [&] { role->released(instance, &query); });
  });
  return gone;
}

std::uint64_t Policies::sessions(Slot slot) const {
  std::uint64_t count = 0;
  slab_.for_each_said_yes([&](tg_ticket, const Session &session) { count += session.policies >> slot & 1u; });
  return count;
}

// ---- calls that do not return ----

std::uint32_t Policies::give_back(std::uint32_t slots) {
  {
    const std::lock_guard lock(mu_);
    if (!doors_.settled()) return 0;
    for (const Place &place : places_)
      if (place.part != Part::told) slots &= ~(1u << place.slot);
  }
  if (slots == 0) return 0;
  // These policies are not asked any more: their sessions only become fewer.
  slab_.for_each_said_yes([&](tg_ticket, const Session &session) { slots &= ~session.policies; });
  if (slots == 0) return 0;
  const std::lock_guard lock(mu_);
  std::vector<Place> places = places_;
  std::erase_if(places, [slots](const Place &place) { return (slots >> place.slot & 1u) != 0; });
  publish(std::move(places), stamp_);
  removed_ |= slots;
  return slots;
}

bool Policies::to_watch() const {
  const std::lock_guard lock(mu_);
  return !places_.empty() || !before_.empty();
}

/// Looks for calls that hang. While calls return, each look finds that the threads of the last look have left, and needs no further look.
std::vector<Policies::Slot> Policies::watch(Nanos now, const std::function<Nanos(Slot)> &limit) {
  std::vector<Slot> hung;
  const std::lock_guard lock(mu_);
  if (doors_.settled()) {
    forget_before();
    if (doors_.inside() != 0) doors_.turn();
    return hung;
  }
  if (!doors_.turned()) doors_.turn();
  slab_.for_each_asked([&](std::uint32_t asking, Nanos since) {
    if ((asking & PolicyList::kAsking) == 0) return;
    const Slot slot = asking & ~PolicyList::kAsking;
    if (until(now, since) > limit(slot) && std::ranges::find(hung, slot) == hung.end()) hung.push_back(slot);
  });
  return hung;
}

}  // namespace tidegate::sdk
