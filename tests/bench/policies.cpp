// What a policy adds to a session, beside an empty call: one that says nothing, and one that says yes and is told of the end.
#include "machine.hpp"
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {
namespace {

/// What the pair costs with the policy less what it costs without, both in the same round.
Side added(const char *name, const SessionCalls &with, const SessionCalls &without) {
  return {name, [with = session_side(with, 1), without = session_side(without, 1)](unsigned round) {
            return with.measure(round) - without.measure(round);
          }};
}

}  // namespace

void policies(const Run &run, Rows &rows) {
  const Server none(library()), abstaining(library()), counting(library());
  abstaining.load(POLICY, R"({"answer": "abstain"})");
  counting.load(POLICY, R"({"answer": "yes"})");
  const SessionCalls without = none.sessions(), with = abstaining.sessions("gate: session, with a policy"),
                     told = counting.sessions("gate: session, with a policy that is told");
  const Side empty = entry_side(empty_pair(), 1);
  rows.compare("P1", "policy", 1, added("one policy that abstains", with, without), empty, run.rounds());
  rows.compare("P1-told", "policy", 1, added("one policy that says yes", told, without), empty, run.rounds());
  for (const unsigned threads : run.threads())
    rows.measure("policy", threads, {session_side(with, threads), session_side(told, threads)}, run.few_rounds());
}

}  // namespace tidegate::bench
