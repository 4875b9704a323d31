#include "explore.hpp"

#include "names.hpp"

namespace tidegate::model {

using I = Invariant;

Explorer::Explorer(const Scenario &scenario, Looked looked, bool go_on)
    : scenario_(scenario),
      go_on_(go_on),
      inputs_(inputs_of(scenario)),
      witness_(scenario, world_, looked),
      host_(scenario, inputs_, world_, choices_, witness_),
      store_(scenario.services * kServiceWords) {}

/// Nothing has been started, and the journal is empty.
World Explorer::initial() const {
  World world;
  for (Service &service : world.of) service.seen.stopped = true;
  return world;
}

Report Explorer::explore() {
  world_ = initial();
  store_.add(*pack(scenario_, world_), Store::kNone);
  std::uint32_t end_of_level = 1;
  for (std::uint32_t number = 0; number < store_.size() && !is_over(); ++number) {
    if (number == end_of_level) {
      ++report_.depth;
      end_of_level = store_.size();
    }
    visit(number);
  }
  report_.states = store_.size();
  if (!is_over()) follow(false);
  if (!is_over()) follow(true);
  report_.pairs = host_.pairs();
  return report_;
}

/// All that can happen in one state.
void Explorer::visit(std::uint32_t number) {
  from_ = unpack(scenario_, store_.key(number));
  for (const Input &input : inputs_) {
    if (!host_.is_possible(from_, input)) continue;
    do {
      const bool by_itself = choices_.is_first() && input.deed <= Deed::tick;
      const std::uint32_t to = step(input, number);
      ++report_.transitions;
      if (witness_.violation()) {
        take_violation(number, true);
        if (is_over()) return;
      }
      if (!by_itself || to == number) continue;
      Store::Node &node = store_.node(number);
      if (node.leaving == Store::kNone) node.leaving = to;
      if (node.alone == Store::kNone && input.comes_by_itself()) node.alone = to;
    } while (choices_.next());
  }
}

/// Returns: the number of the state that it leads to; kNone: it has no place in the model.
std::uint32_t Explorer::step(const Input &input, std::uint32_t from) {
  world_ = from_;
  witness_.begin();
  host_.apply(input);
  witness_.at_rest();
  normalize(scenario_, world_);
  const std::optional<Key> key = pack(scenario_, world_);
  if (!key) witness_.no_room();
  if (!key || (witness_.violation() && !go_on_)) return Store::kNone;
  const auto [to, is_new] = store_.add(*key, from);
  if (is_new && !(unpack(scenario_, *key) == world_)) witness_.no_room();
  if (to == from && input.deed == Deed::attend && host_.is_due(world_, input.on)) witness_.spins(input.on);
  return to;
}

void Explorer::take_violation(std::uint32_t number, bool in_step) {
  const Violation violation = *witness_.violation();
  for (Found &found : report_.found)
    if (found.violation.is_like(violation)) return static_cast<void>(++found.times);
  const Choices choices = choices_;
  const World from = from_;
  Found found{violation, trace_to(number)};
  if (in_step)
    for (std::string &line : lines_of_violation(number, violation)) found.trace.push_back(std::move(line));
  report_.found.push_back(std::move(found));
  choices_ = choices;
  from_ = from;
}

/// How it goes on when nobody asks for anything, from each state; where that ends, or goes round, it must be explained.
void Explorer::follow(bool everybody_left) {
  enum : std::uint8_t { kNew, kOnTheWay, kDone };
  std::vector<std::uint8_t> marks(store_.size(), kNew);
  std::vector<std::uint32_t> way;
  for (std::uint32_t number = 0; number < store_.size(); ++number) {
    std::uint32_t at = number;
    way.clear();
    while (at != Store::kNone && marks[at] == kNew) {
      marks[at] = kOnTheWay;
      way.push_back(at);
      at = everybody_left ? store_.node(at).leaving : store_.node(at).alone;
    }
    if (at == Store::kNone) look_at_the_end(way.back(), everybody_left);
    if (at != Store::kNone && marks[at] == kOnTheWay) {  // round and round
      for (std::size_t i = way.size(); i-- > 0;) {
        look_at_the_end(way[i], everybody_left);
        if (way[i] == at) break;
      }
    }
    for (const std::uint32_t passed : way) marks[passed] = kDone;
    if (is_over()) return;
  }
}

void Explorer::look_at_the_end(std::uint32_t number, bool everybody_left) {
  world_ = unpack(scenario_, store_.key(number));
  witness_.begin();
  witness_.at_the_end(everybody_left);
  if (witness_.violation()) take_violation(number, false);
}

// ---- the way to a state ----

std::vector<std::string> Explorer::trace_to(std::uint32_t number) {
  std::vector<std::uint32_t> way{number};
  while (store_.node(way.back()).parent != Store::kNone) way.push_back(store_.node(way.back()).parent);
  std::vector<std::string> lines{"- a host is made"};
  for (std::string &line : model::lines_of(scenario_, initial())) lines.push_back(std::move(line));
  for (std::size_t i = way.size() - 1; i-- > 0;)
    for (std::string &line : lines_of_step(way[i + 1], way[i])) lines.push_back(std::move(line));
  return lines;
}

/// The step that leads from one to the other.
std::vector<std::string> Explorer::lines_of_step(std::uint32_t from, std::uint32_t to) {
  return lines_of(from, [to](std::uint32_t reached, const std::optional<Violation> &) { return reached == to; });
}

std::vector<std::string> Explorer::lines_of_violation(std::uint32_t from, const Violation &violation) {
  return lines_of(from,
                  [&](std::uint32_t, const std::optional<Violation> &seen) { return seen && seen->is_like(violation); });
}

template <class Is>
std::vector<std::string> Explorer::lines_of(std::uint32_t from, Is &&is) {
  from_ = unpack(scenario_, store_.key(from));
  choices_ = {};
  std::vector<std::string> lines;
  for (const Input &input : inputs_) {
    if (!host_.is_possible(from_, input)) continue;
    do {
      lines.assign(1, "- " + text_of(input));
      witness_.write_to(&lines);
      const std::uint32_t reached = step(input, from);
      witness_.write_to(nullptr);
      if (is(reached, witness_.violation())) {
        for (std::string &line : model::lines_of(scenario_, world_)) lines.push_back(std::move(line));
        choices_ = {};
        return lines;
      }
    } while (choices_.next());
  }
  return {"- (not found again)"};
}

}  // namespace tidegate::model
