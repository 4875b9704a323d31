#pragma once

#include <bitset>
#include <optional>
#include <span>
#include <vector>

#include "choices.hpp"
#include "core/needs.hpp"
#include "input.hpp"
#include "witness.hpp"

namespace tidegate::model {

/// Which pairs of place and input the machine has been given.
using Pairs = std::bitset<sdk::machine::kPlaces * sdk::machine::kHappenings>;
inline std::size_t pair_of(sdk::machine::Place place, sdk::machine::Happening what) {
  return static_cast<std::size_t>(place) * sdk::machine::kHappenings + static_cast<std::size_t>(what);
}

/// What the runtime does between the world and the machines: feeds them, carries out their effects, asks several at once,
/// recovers. The order of things is that of sdk/src/service/service.cpp, host_group.cpp and admission.cpp; the machine, its
/// driver, the gate, the need graph, the permission table and the journal's records are the real ones.
class Host {
 public:
  Host(const Scenario &scenario, const std::vector<Input> &inputs, World &world, Choices &choices, Witness &witness);
  Host(const Host &) = delete;
  Host &operator=(const Host &) = delete;

  bool is_possible(const World &world, const Input &input) const;
  void apply(const Input &input);
  /// The time has come for something of one of these services.
  bool is_due(const World &world, std::uint8_t on) const;
  const Pairs &pairs() const { return pairs_; }

 private:
  struct Carrier;
  struct Way {
    sdk::Pass pass = sdk::Pass::ordinary;
    std::uint64_t most = 0;
  };
  using MachineInput = sdk::machine::Input;
  using Step = sdk::machine::Step;

  // as Service does
  void facts(std::size_t service, MachineInput &input) const;
  void enter(std::size_t service, const sdk::machine::State &next);
  bool carry_out(std::size_t service, const sdk::machine::Effect &effect, MachineInput &answer);
  Step feed(std::size_t service, const MachineInput &input);
  Step ask(std::size_t service, const MachineInput &input);
  Step try_out(std::size_t service, MachineInput input) const;
  void round(std::uint8_t on);
  void attend(std::size_t service);
  bool last_has_left(std::size_t service) const;
  std::optional<sdk::machine::Happening> found_of_others(std::size_t service) const;
  std::size_t unattended() const;
  void keep(std::size_t service);
  void recover(std::size_t service);

  // as Host does
  bool check_all(const std::vector<std::size_t> &services, const std::vector<MachineInput> &inputs) const;
  void start(std::uint8_t on);
  void drain(std::uint8_t on, const Ask &ask);
  void terminate(const Ask &ask);
  void stop_now(std::uint8_t on);
  void resume(const Input &input);

  // as Admission does
  std::optional<Way> look(std::size_t service, Flight kind) const;
  void pass(std::size_t service, Flight kind, const Way &way, sdk::Unit unit, bool at_once);
  void admit(std::size_t service, Flight kind, sdk::Unit unit);
  void leave(std::size_t service, sdk::Unit unit);

  void hook_ended(std::size_t service, bool succeeded);
  void work(const Input &input);
  void meanwhile(std::size_t service);
  void crash(bool at_rest);
  MachineInput input_of(const Ask &ask) const;
  std::vector<std::size_t> chosen(std::uint8_t on, bool dependents_first) const;

  const Scenario &scenario_;
  World &world_;
  Choices &choices_;
  Witness &witness_;
  std::array<std::vector<Input>, kServices> session_work_;  // by service
  sdk::NeedGraph graph_;
  Pairs pairs_;

  // for as long as one input is dealt with:
  sdk::NeedGraph::Standings standings_;
  sdk::NeedGraph::Chosen starting_, stopping_;
  MachineInput asked_{};
  unsigned outside_ = 0;  // how many may still come in the middle
  bool had_effect_ = false;
  bool rung_ = false;  // the steward will look at all of them once more
  bool dead_ = false;  // the process is no more: nothing has an effect
  struct Torn {
    std::size_t service;
    Record record;
    unsigned part;
  };
  std::optional<Torn> torn_;  // a record that was being written when it died
};

}  // namespace tidegate::model
