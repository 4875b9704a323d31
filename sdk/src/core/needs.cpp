#include "core/needs.hpp"

#include <algorithm>

#include "tidegate/vocabulary/intent.h"

namespace tidegate::sdk {

using machine::Needs;
using machine::Place;

namespace {

const std::vector<std::size_t> kNothing;

/// Returns: whether the callbacks of the service may use the services that it needs.
bool uses(const NeedGraph::Standing &service) {
  return service.place != Place::stopped && service.place != Place::waiting && service.place != Place::unstarted;
}

bool leads_to_stop(const NeedGraph::Standing &service) { return service.intent != TG_INTENT_STAY; }

Needs standing_of(const NeedGraph::Standing &needed) {
  if (needed.intent == TG_INTENT_RESTART) return Needs::coming;
  switch (needed.place) {
    case Place::stopped:
    case Place::stopping:
    case Place::unstarted: return Needs::missing;
    case Place::waiting:
    case Place::starting: return Needs::coming;
    default: return leads_to_stop(needed) ? Needs::missing : Needs::met;
  }
}

bool is_in(const NeedGraph::Chosen &chosen, std::size_t service) { return service < chosen.size() && chosen[service]; }

}  // namespace

bool NeedGraph::add(std::size_t service, std::size_t needed) {
  if (service == needed || reaches(needed, service)) return false;
  if (needed_.size() <= service) needed_.resize(service + 1);
  if (std::ranges::find(needed_[service], needed) == needed_[service].end()) needed_[service].push_back(needed);
  return true;
}

std::vector<std::size_t> NeedGraph::order(std::size_t count) const {
  std::vector<bool> seen(count);
  std::vector<std::size_t> out;
  for (std::size_t service = 0; service < count; ++service) visit(service, seen, out);
  return out;
}

Needs NeedGraph::needs(std::size_t service, const Standings &standings, const Chosen &starting) const {
  Needs all = Needs::met;
  for (const std::size_t needed : of(service)) {
    Needs one = standing_of(standings[needed]);
    if (one == Needs::missing && is_in(starting, needed)) one = Needs::coming;
    all = std::max(all, one);
  }
  return all;
}

bool NeedGraph::needed(std::size_t service, const Standings &standings) const {
  if (needed_.empty()) return false;  // the ordinary host
  for (std::size_t other = 0; other < standings.size(); ++other)
    if (uses(standings[other]) && std::ranges::count(of(other), service) != 0) return true;
  return false;
}

bool NeedGraph::kept_needed(std::size_t service, const Standings &standings, const Chosen &stopping) const {
  if (needed_.empty()) return false;
  for (std::size_t other = 0; other < standings.size(); ++other) {
    const Standing &it = standings[other];
    if (uses(it) && !leads_to_stop(it) && it.place != Place::stopping && !is_in(stopping, other) &&
        std::ranges::count(of(other), service) != 0)
      return true;
  }
  return false;
}

const std::vector<std::size_t> &NeedGraph::of(std::size_t service) const {
  return service < needed_.size() ? needed_[service] : kNothing;
}

bool NeedGraph::reaches(std::size_t from, std::size_t to) const {
  if (from == to) return true;
  return std::ranges::any_of(of(from), [&](std::size_t next) { return reaches(next, to); });
}

void NeedGraph::visit(std::size_t service, std::vector<bool> &seen, std::vector<std::size_t> &out) const {
  if (seen[service]) return;
  seen[service] = true;
  for (const std::size_t needed : of(service)) visit(needed, seen, out);
  out.push_back(service);
}

}  // namespace tidegate::sdk
