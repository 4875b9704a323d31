#include "core/needs.hpp"

#include "tidegate/vocabulary/intent.h"

namespace tidegate::sdk {
namespace {

using machine::Needs;
using machine::Place;

/// 0 needs 1, which needs 2.
NeedGraph chain() {
  NeedGraph graph;
  EXPECT_TRUE(graph.add(0, 1));
  EXPECT_TRUE(graph.add(1, 2));
  return graph;
}

TEST(NeedGraph, Order_PutsWhatIsNeededFirst) {
  EXPECT_EQ(chain().order(4), (std::vector<std::size_t>{2, 1, 0, 3}));
  EXPECT_EQ(NeedGraph().order(2), (std::vector<std::size_t>{0, 1}));
}

TEST(NeedGraph, Cycle_IsRefusedWithNothingChanged) {
  NeedGraph graph = chain();
  EXPECT_FALSE(graph.add(2, 0));
  EXPECT_FALSE(graph.add(1, 1));
  EXPECT_EQ(graph.order(3), (std::vector<std::size_t>{2, 1, 0}));
  EXPECT_TRUE(graph.add(0, 2)) << "a shortcut is none";
  EXPECT_TRUE(graph.add(0, 1)) << "said twice is said once";
}

TEST(NeedGraph, Needs_AreAsFarAsTheLeastOfThem) {
  NeedGraph graph = chain();
  NeedGraph::Standings all(3);
  EXPECT_EQ(graph.needs(0, all), Needs::missing);
  EXPECT_EQ(graph.needs(2, all), Needs::met) << "it needs nothing";
  EXPECT_EQ(graph.needs(0, all, {false, true}), Needs::coming) << "it is started together with it";
  all[1].place = Place::starting;
  EXPECT_EQ(graph.needs(0, all), Needs::coming);
  for (const Place up :
       {Place::running, Place::announcing, Place::draining, Place::drained, Place::ramping, Place::stuck}) {
    all[1].place = up;
    EXPECT_EQ(graph.needs(0, all), Needs::met) << name_of(up);
  }
  all[1].intent = TG_INTENT_RESTART;
  EXPECT_EQ(graph.needs(0, all), Needs::coming) << "it goes first, and comes back";
  all[1].intent = TG_INTENT_STOP;
  EXPECT_EQ(graph.needs(0, all), Needs::missing) << "it is about to go";
}

TEST(NeedGraph, Needed_AsLongAsTheOtherHasStarted) {
  NeedGraph graph = chain();
  NeedGraph::Standings all(3);
  for (const Place down : {Place::stopped, Place::waiting, Place::unstarted}) {
    all[0].place = down;
    EXPECT_FALSE(graph.needed(1, all)) << name_of(down);
  }
  for (const Place up : {Place::starting, Place::running, Place::drained, Place::stopping, Place::stuck}) {
    all[0].place = up;
    EXPECT_TRUE(graph.needed(1, all)) << name_of(up);
  }
  EXPECT_FALSE(graph.needed(0, all));
  EXPECT_FALSE(graph.needed(2, all)) << "1 is stopped";
}

TEST(NeedGraph, KeptNeeded_NotByWhoIsAboutToStop) {
  NeedGraph graph = chain();
  NeedGraph::Standings all(3);
  all[0].place = Place::running;
  EXPECT_TRUE(graph.kept_needed(1, all));
  EXPECT_FALSE(graph.kept_needed(1, all, {true})) << "it is asked to stop too";
  all[0].intent = TG_INTENT_STOP;
  EXPECT_FALSE(graph.kept_needed(1, all));
  EXPECT_TRUE(graph.needed(1, all)) << "but has not yet";
}

}  // namespace
}  // namespace tidegate::sdk
