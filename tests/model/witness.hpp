#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/needs.hpp"
#include "invariant.hpp"
#include "scenario.hpp"
#include "tidegate/vocabulary/deadline.h"

namespace tidegate::model {

struct Violation {
  Invariant invariant;
  std::size_t service;
  std::string_view what;

  bool is_like(const Violation &other) const { return invariant == other.invariant && what == other.what; }
};

/// Looks on while one input is dealt with, and compares what happens with what has been seen before. It is told before and
/// after each thing that the runtime does, so that it also sees what is true only for a moment.
class Witness {
 public:
  Witness(const Scenario &scenario, World &world, Looked looked) : scenario_(scenario), world_(world), looked_(looked) {}

  /// The world is as it was when the last input had been dealt with.
  void begin();
  const std::optional<Violation> &violation() const { return violation_; }
  /// Where what happens is written down; nullptr: nowhere.
  void write_to(std::vector<std::string> *lines) { lines_ = lines; }
  void note(const std::string &line) const {
    if (lines_ != nullptr) lines_->push_back(line);
  }

  // ---- the machine ----
  void entering(std::size_t service, const sdk::machine::State &next);
  void emitted(std::size_t service, const sdk::machine::Effect &effect, const sdk::machine::Input &asked);
  void asked_to_close(std::size_t service);
  void answered(std::size_t service, const sdk::machine::Input &input, const sdk::machine::Step &step);
  /// A step that was refused has had an effect.
  void refused_with_effect(std::size_t service);

  // ---- the gate ----
  /// `before`: the gate as it was until now.
  void gate_opened(std::size_t service, const Door &before, const sdk::machine::Input &asked);
  /// Something that is seen from outside has changed.
  void look(std::size_t service);
  /// `before`: the gate that it passed; `at_once`: right after it has looked.
  void admitted(std::size_t service, Flight kind, const Door &before, bool at_once);
  void left_too_much(std::size_t service, const Door &before);

  // ---- hooks ----
  void start_hook_begins(std::size_t service);
  void start_hook_ended(std::size_t service, bool succeeded);
  void stop_hook_begins(std::size_t service);
  void stop_hook_ended(std::size_t service);

  // ---- the end of the host ----
  /// All services have been asked for the third time.
  void third_push();

  // ---- the journal ----
  /// A new process has read the journal.
  void recovered(std::size_t service);

  // ---- when all has been dealt with ----
  void at_rest();
  /// For a state that time alone does not lead out of; `everybody_left`: and nobody is left who could leave.
  void at_the_end(bool everybody_left);
  /// Attending has left something due.
  void spins(std::uint8_t on);
  /// Something of a service is to be done, and the steward sleeps.
  void nobody_looks(std::size_t service);
  /// The state has something that the model's key has no room for, or does not know.
  void no_room();

 private:
  void require(bool fact, Invariant invariant, std::size_t service, const char *what);
  Seen &seen(std::size_t service) { return world_.of[service].seen; }
  bool needed(std::size_t service) const;
  void promise(std::size_t service, const sdk::machine::Drain &ask, std::uint8_t actor, bool begins, bool stop_joins);

  const Scenario &scenario_;
  World &world_;
  const Looked looked_;
  std::optional<Violation> violation_;
  std::vector<std::string> *lines_ = nullptr;

  /// When whoever is left is told to end; kNever: not.
  static Nanos end_of(const sdk::machine::State &state) { return end_of(state.deadline, state.at_deadline); }
  static Nanos end_of(Nanos deadline, std::uint32_t policy) {
    return policy == TG_DEADLINE_FORCE || policy == TG_DEADLINE_STOP ? deadline : kNever;
  }

  /// What was so when it began.
  struct Before {
    sdk::machine::Place place{};
    std::uint64_t epoch = 0;
    std::uint64_t durable_epoch = 0;
    std::uint32_t intent = 0;
    Nanos end = kNever;
    HoldNotes holds{};
  };
  std::array<Before, kServices> before_{};
  /// What has happened since.
  struct Since {
    bool deadline = false;  // 25121
    bool policy = false;    // what follows from it
    bool replaced = false;  // 25163
    bool stopped = false;   // 25003
  };
  std::array<Since, kServices> since_{};
};

}  // namespace tidegate::model
