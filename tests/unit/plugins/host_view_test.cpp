#include "tidegate/plugin/host_view.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "fake_host.hpp"

namespace tidegate {
namespace {

using Sentences = std::vector<std::string>;
using std::chrono::seconds;

class HostViewTest : public testing::Test {
 protected:
  FakeHost host_;
  plugin::Later later_{host_.table};
  const plugin::HostView view_{later_};
};

TEST_F(HostViewTest, Calls_ReachTheHost) {
  EXPECT_EQ(view_.name(), "fake");
  EXPECT_EQ(view_.now().count(), 42);
  EXPECT_EQ(view_.state_directory(), "/var/lib/fake");
  view_.warning("mind the gap");
  EXPECT_EQ(view_.emit(TG_SEVERITY_INFO, "text", "S"), TG_OK);
  EXPECT_EQ(view_.complete(7, TG_E_PLUGIN, "why"), TG_E_STALE);
  EXPECT_EQ(host_.lines, (Sentences{"mind the gap", "S: text", "7 -300 why"}));
  EXPECT_EQ(view_.describe("CALLS", 1, 2), "CALLS");
  EXPECT_EQ(view_.describe({}, 1, 2), "");
  EXPECT_EQ(view_.extension<FakeHost>("com.example.table/1"), &host_);
  EXPECT_EQ(view_.extension<FakeHost>("com.example.table/2"), nullptr);
  view_.fault("odd");
  view_.fail("even");
  EXPECT_EQ(host_.faults, Sentences{"odd"});
  EXPECT_EQ(host_.failures, Sentences{"even"});
}

TEST_F(HostViewTest, Event_OfAnyLength_IsWhole) {
  tg_event event = TG_PLUGIN_INIT(tg_event);
  for (const std::size_t size : {0, 1, 511, 512, 513, 5000}) {
    const std::string text(size, 'x');
    event.text = str(text);
    EXPECT_EQ(view_.event_format(event, TG_FORMAT_JSON), text);
  }
  EXPECT_EQ(view_.event_format(event, 4711), "");
}

TEST_F(HostViewTest, OlderHost_IsNotAskedForWhatItHasNot) {
  host_.table.struct_size = offsetof(tg_plugin_host, admission);
  EXPECT_EQ(view_.emit(TG_SEVERITY_INFO, "text"), TG_E_ABI);
  EXPECT_EQ(view_.complete(1), TG_E_ABI);
  EXPECT_EQ(view_.call_later(seconds(1), [] {}), TG_E_ABI);
  EXPECT_EQ(view_.call_later(
                seconds(1), [](void *) {}, nullptr),
            TG_E_ABI);
  EXPECT_EQ(view_.state_directory(), "");
  EXPECT_EQ(view_.describe("S", 1, 1), "");
  EXPECT_EQ(view_.extension<FakeHost>("com.example.table/1"), nullptr);
  EXPECT_EQ(view_.now().count(), 0);
  view_.fault("nobody hears");
  view_.info("still there");
  EXPECT_TRUE(host_.faults.empty());
  EXPECT_EQ(host_.lines, Sentences{"still there"});
}

TEST_F(HostViewTest, Member_ThatIsCutInTheMiddle_IsNotThere) {
  host_.table.struct_size = offsetof(tg_plugin_host, emit) + 4;
  EXPECT_EQ(view_.emit(TG_SEVERITY_INFO, "text"), TG_E_ABI);
  host_.table.struct_size = offsetof(tg_plugin_host, emit) + 8;
  EXPECT_EQ(view_.emit(TG_SEVERITY_INFO, "text"), TG_OK);
}

TEST_F(HostViewTest, Later_IsCalledOnceAndForgotten) {
  const auto held = std::make_shared<int>(0);
  ASSERT_EQ(view_.call_later(seconds(3), [held] { ++*held; }), TG_OK);
  ASSERT_EQ(view_.call_later(seconds(-3), [held] { *held += 10; }), TG_OK);
  ASSERT_EQ(host_.later.size(), 2u);
  EXPECT_EQ(host_.later[0].delay_ns, 3'000'000'000u);
  EXPECT_EQ(host_.later[1].delay_ns, 0u);
  host_.later[1].call();
  EXPECT_EQ(*held, 10);
  EXPECT_EQ(held.use_count(), 2);
  host_.later[0].call();
  EXPECT_EQ(*held, 11);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(HostViewTest, Later_ThatTheHostRefuses_IsForgotten) {
  const auto held = std::make_shared<int>(0);
  host_.later_result = TG_E_LIMIT;
  EXPECT_EQ(view_.call_later(seconds(1), [held] {}), TG_E_LIMIT);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(HostViewTest, Later_ThatNeverCame_IsForgottenAtTheEnd) {
  const auto held = std::make_shared<int>(0);
  ASSERT_EQ(view_.call_later(seconds(1), [held] {}), TG_OK);
  later_.clear();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(HostViewTest, Later_ThatThrows_IsAFault) {
  ASSERT_EQ(view_.call_later(seconds(1), [] { throw std::runtime_error("too late"); }), TG_OK);
  host_.later[0].call();
  EXPECT_EQ(host_.faults, Sentences{"too late"});
}

TEST_F(HostViewTest, Later_MayPutItselfOffAgain) {
  int called = 0;
  std::function<void()> again = [&] {
    if (++called < 3) view_.call_later(seconds(1), again);
  };
  ASSERT_EQ(view_.call_later(seconds(1), again), TG_OK);
  for (std::size_t i = 0; i < host_.later.size(); ++i) FakeHost::Put(host_.later[i]).call();
  EXPECT_EQ(called, 3);
}

}  // namespace
}  // namespace tidegate
