#include "key.hpp"

#include <algorithm>
#include <bit>

#include "tidegate/vocabulary/deadline.h"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::model {

using sdk::Watch;
using sdk::machine::Place;
using sdk::machine::State;

namespace {

// ---- a watch has no parts for others: here they are ----

struct WatchParts {
  std::uint64_t seen;
  Nanos since, patience, next;
  bool said;
  unsigned char padding[7];
};
static_assert(sizeof(WatchParts) == sizeof(Watch), "a Watch has other parts than the model knows");

WatchParts parts_of(const Watch &watch) { return std::bit_cast<WatchParts>(watch); }
Watch watch_of(WatchParts parts) {
  std::ranges::fill(parts.padding, 0);
  return std::bit_cast<Watch>(parts);
}

// ---- normal form ----

constexpr std::uint64_t kEpoch = 6;  // the greatest in a world that is normalized, if there is any

class Normalizer {
 public:
  Normalizer(const Scenario &scenario, World &world) : scenario_(scenario), world_(world), by_(world.now - kNow) {}

  void service(std::size_t index) {
    Service &it = world_.of[index];
    State &state = it.state;
    for (Nanos *moment : {&state.deadline, &state.kill_at, &state.announce_from, &state.announce_until, &state.notice_at,
                          &state.ramp_next, &it.seen.due})
      ahead(*moment);
    past(state.ramp_began, scenario_.config[index].ramp);
    if (state.ramp_began == kNever) state.ramp_base = 0;
    watch(state.arrivals, it.arrivals);
    watch(state.departures, it.departures);
    for (HoldNotes *notes : {&it.seen.holds, &it.record.holds})
      for (HoldNote &note : *notes) ahead(note.expires);
    holds(state.holds);
    if (it.seen.due == kNever) it.seen.at_due = it.seen.due_of = 0;
    if (!may_be_called_off(state)) {
      state.others_intent = TG_INTENT_STAY;
      state.others_unheld = state.owner_holds = false;
      state.owner = {};
      it.seen.due_of = 0;
      for (Actors *actors : {&it.seen.unheld, &it.seen.stoppers}) *actors = *actors != 0 ? kEverybody : 0;
    }
    epochs(state.epoch, it.record.epoch, it.seen.epoch);
    // Shown to people, and nothing is decided by them.
    state.at_drain = state.told = 0;
    state.closing = std::min<std::uint64_t>(state.closing, 1);
  }

 private:
  void ahead(Nanos &moment) const {
    if (moment != kNever) moment = std::max(moment, world_.now) - by_;
  }
  void past(Nanos &moment, Nanos most) const {
    if (moment != kNever) moment = kNow - std::min(world_.now - moment, most);
  }
  /// By a deadline, which another may still bring: only then it matters who of several has asked for what.
  bool may_be_called_off(const State &state) const {
    const auto resumes = [](const Ask &ask) { return ask.budget != kNever && ask.at_deadline == TG_DEADLINE_RESUME; };
    const bool ends = state.at_deadline == TG_DEADLINE_FORCE || state.at_deadline == TG_DEADLINE_STOP;
    if (ends && state.deadline != kNever) return false;
    return (state.place == Place::announcing || state.place == Place::draining) &&
           std::ranges::any_of(scenario_.drains, [&](const auto &drains) { return std::ranges::any_of(drains, resumes); });
  }
  void watch(Watch &watch, std::uint64_t &count) const {
    WatchParts parts = parts_of(watch);
    const bool moved = count != parts.seen;
    count = 0;
    if (parts.patience == kNever) return static_cast<void>(watch = Watch());
    count = moved ? 1 : 0;
    parts.seen = 0;
    past(parts.since, parts.patience);
    ahead(parts.next);
    watch = watch_of(parts);
  }
  /// By actor: their order is for people.
  void holds(sdk::Holds &holds) const {
    const HoldNotes notes = notes_of(holds);
    if (static_cast<std::size_t>(std::ranges::count_if(notes, &HoldNote::is_there)) != holds.size()) return;  // no room
    holds.clear();
    for (std::uint8_t actor = 0; actor < kHolders; ++actor) {
      HoldNote note = notes[actor];
      ahead(note.expires);
      if (note.is_there()) holds.place(hold_of(actor, note));
    }
  }
  static void epochs(std::uint64_t &a, std::uint64_t &b, std::uint64_t &c) {
    const std::uint64_t greatest = std::max({a, b, c});
    for (std::uint64_t *epoch : {&a, &b, &c})
      if (*epoch != 0) *epoch = greatest - *epoch < kEpoch ? kEpoch - (greatest - *epoch) : 1;
  }

  const Scenario &scenario_;
  World &world_;
  const Nanos by_;
};

// ---- bits ----

/// Writes a service into its words.
class Writer {
 public:
  static constexpr bool kReads = false;

  explicit Writer(std::uint64_t *words) : words_(words) {}
  bool ok() const { return ok_; }

  template <class T>
  void number(const T &value, unsigned bits) {
    const auto wide = static_cast<std::uint64_t>(value);
    if (wide >> bits != 0 || at_ + bits > 64 * kServiceWords) {
      ok_ = false;
      return;
    }
    words_[at_ / 64] |= wide << at_ % 64;
    if (at_ % 64 + bits > 64) words_[at_ / 64 + 1] |= wide >> (64 - at_ % 64);
    at_ += bits;
  }

 private:
  std::uint64_t *words_;
  unsigned at_ = 0;
  bool ok_ = true;
};

class Reader {
 public:
  static constexpr bool kReads = true;

  explicit Reader(const std::uint64_t *words) : words_(words) {}

  template <class T>
  void number(T &value, unsigned bits) {
    std::uint64_t wide = words_[at_ / 64] >> at_ % 64;
    if (at_ % 64 + bits > 64) wide |= words_[at_ / 64 + 1] << (64 - at_ % 64);
    at_ += bits;
    value = static_cast<T>(wide & ((std::uint64_t{1} << bits) - 1));
  }

 private:
  const std::uint64_t *words_;
  unsigned at_ = 0;
};

template <class Io>
void flags(Io &io, auto &...flag) {
  (io.number(flag, 1), ...);
}

/// A moment of the next few, or never.
template <class Io>
void moment(Io &io, Nanos &value) {
  std::uint64_t written = value == kNever ? 0 : value - kNow + 1;
  io.number(written, 3);
  if (Io::kReads) value = written == 0 ? kNever : kNow + written - 1;
}

/// A moment that has been.
template <class Io>
void moment_past(Io &io, Nanos &value) {
  std::uint64_t written = value == kNever ? 0 : kNow - value + 1;
  io.number(written, 3);
  if (Io::kReads) value = written == 0 ? kNever : kNow - (written - 1);
}

template <class Io>
void length(Io &io, Nanos &value) {
  std::uint64_t written = value == kNever ? 0 : value + 1;
  io.number(written, 4);
  if (Io::kReads) value = written == 0 ? kNever : written - 1;
}

template <class Io>
void note(Io &io, HoldNote &value) {
  io.number(value.lasts, 2);
  moment(io, value.expires);
  flags(io, value.stops);
}

template <class Io>
void watch(Io &io, Watch &value) {
  WatchParts parts = parts_of(value);
  bool there = parts.patience != kNever;
  flags(io, there);
  if (there) {
    moment_past(io, parts.since);
    length(io, parts.patience);
    moment(io, parts.next);
    flags(io, parts.said);
  }
  if (Io::kReads) value = there ? watch_of(parts) : Watch();
}

template <class Io>
void holds(Io &io, sdk::Holds &value) {
  HoldNotes notes = notes_of(value);
  for (HoldNote &one : notes) note(io, one);
  if (!Io::kReads) return;
  for (std::uint8_t actor = 0; actor < kHolders; ++actor)
    if (notes[actor].is_there()) value.place(hold_of(actor, notes[actor]));
}

template <class Io>
void actor(Io &io, sdk::FixedText<sdk::kNameBytes> &value) {
  std::uint8_t who = actor_of(value.view());
  io.number(who, 2);
  if (Io::kReads) value.assign(kActors[who]);
}

/// All of a service, the same way in and out.
template <class Io>
void fields(Io &io, Service &it) {
  State &state = it.state;
  io.number(state.place, 4);
  flags(io, state.hurry, state.said_started, state.said_drained, state.unheld, state.recovered, state.affinity,
        state.emergency);
  io.number(state.intent, 2);
  io.number(state.at_deadline, 2);
  io.number(state.epoch, 3);
  length(io, state.budget);
  moment(io, state.deadline);
  length(io, state.kill_grace);
  moment(io, state.kill_at);
  io.number(state.closing, 1);
  moment(io, state.announce_from);
  moment(io, state.announce_until);
  watch(io, state.arrivals);
  watch(io, state.departures);
  length(io, state.notice_window);
  moment(io, state.notice_at);
  io.number(state.notices, 4);
  moment_past(io, state.ramp_began);
  moment(io, state.ramp_next);
  io.number(state.ramp_base, 2);
  holds(io, state.holds);
  actor(io, state.owner);
  flags(io, state.owner_holds, state.others_unheld);
  io.number(state.others_intent, 2);

  Door &gate = it.gate;
  flags(io, gate.draining, gate.sealed);
  io.number(gate.sessions, 2);
  io.number(gate.children, 2);
  io.number(gate.entries, 2);
  io.number(it.limit, 3);
  flags(io, it.ready, it.start_due, it.stop_due, it.notice_due, it.name_due, it.close_due);
  io.number(it.flight, 2);
  io.number(it.arrivals, 1);
  io.number(it.departures, 1);

  io.number(it.record.epoch, 3);
  for (HoldNote &one : it.record.holds) note(io, one);

  Seen &seen = it.seen;
  flags(io, seen.started, seen.drained, seen.early, seen.reopened, seen.stopped, seen.ran, seen.hooks_used, seen.serving,
        seen.told_close, seen.emergency);
  io.number(seen.epoch, 3);
  moment(io, seen.due);
  io.number(seen.at_due, 2);
  io.number(seen.due_of, 2);
  io.number(seen.unheld, 4);
  io.number(seen.stoppers, 4);
  for (HoldNote &one : seen.holds) note(io, one);
}

}  // namespace

void normalize(const Scenario &scenario, World &world) {
  Normalizer normalizer(scenario, world);
  for (std::size_t i = 0; i < scenario.services; ++i) normalizer.service(i);
  world.now = kNow;
}

std::optional<Key> pack(const Scenario &scenario, World &world) {
  Key key{};
  for (std::size_t i = 0; i < scenario.services; ++i) {
    Writer out(key.data() + i * kServiceWords);
    fields(out, world.of[i]);
    if (i == 0) out.number(world.end.times(), 2);
    if (!out.ok()) return std::nullopt;
  }
  return key;
}

World unpack(const Scenario &scenario, const Key &key) {
  World world;
  for (std::size_t i = 0; i < scenario.services; ++i) {
    Reader in(key.data() + i * kServiceWords);
    fields(in, world.of[i]);
    std::uint8_t times = 0;
    if (i == 0) in.number(times, 2);
    while (times-- != 0) world.end.tell();
  }
  return world;
}

}  // namespace tidegate::model
