#pragma once

#include <cstdint>
#include <vector>

#include "core/machine.hpp"

namespace tidegate::sdk {

/// The dependencies between the services of a host: a needed service starts first and stops last.
class NeedGraph {
 public:
  /// The state of a service, as far as other services depend on it.
  struct Standing {
    machine::Place place = machine::Place::stopped;
    std::uint32_t intent = 0;  // TG_INTENT_*
  };
  using Standings = std::vector<Standing>;  // by the services' indexes
  using Chosen = std::vector<bool>;         // by the services' indexes; services beyond its end are not chosen

  /// Notes that `service` needs `needed`. Returns: false, with nothing changed, when that would make a cycle.
  bool add(std::size_t service, std::size_t needed);

  /// Returns the services below `count`, each after the services that it needs, otherwise in the order of their indexes.
  std::vector<std::size_t> order(std::size_t count) const;

  /// Returns whether the services that `service` needs have started; services in `starting` count as about to start.
  machine::Needs needs(std::size_t service, const Standings &standings, const Chosen &starting = {}) const;

  /// Returns: whether a service that needs `service` has begun to start and has not stopped yet.
  bool needed(std::size_t service, const Standings &standings) const;

  /// Returns: whether a service that needs `service` has begun to start, is not about to stop, and is not in `stopping`.
  bool kept_needed(std::size_t service, const Standings &standings, const Chosen &stopping = {}) const;

 private:
  const std::vector<std::size_t> &of(std::size_t service) const;
  bool reaches(std::size_t from, std::size_t to) const;
  void visit(std::size_t service, std::vector<bool> &seen, std::vector<std::size_t> &out) const;

  std::vector<std::vector<std::size_t>> needed_;  // by service: the indexes of the services that it needs
};

}  // namespace tidegate::sdk
