// A plugin in the place of another on a host that works.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <random>

#include "../../fixtures/faulty.h"
#include "../../fixtures/stuck_sink.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

namespace fs = std::filesystem;

class PluginReloadTest : public PluginsTest {
 protected:
  static constexpr const char *kCounting = "com.example.counting";
  static constexpr const char *kLimits = "org.tidegate.limits";
};

TEST_F(PluginReloadTest, Sessions_AreHandedOver_AndTheOldInstanceIsToldThatTheyAreReleased) {
  counting &first = shared<counting>(), &second = shared<counting>();
  load(fixture("counting"), at(first));
  Admitted one = admit(20), two = admit(21);
  EXPECT_EQ(plugins()[0].sessions, 2u);
  EXPECT_EQ(reload(kCounting, at(second)), TG_OK);
  EXPECT_EQ(second.adopted, 2u);
  EXPECT_EQ(second.adopted_at_start, 2u) << "before it starts";
  EXPECT_EQ(first.yes, first.released + first.cancelled);
  EXPECT_EQ(first.released, 2u);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_REPLACED), "com.example.counting 1 in the place of 1, 2 sessions handed over"))
      << text_of(TG_EVENT_PLUGIN_REPLACED);
  Admitted three = admit(22);
  EXPECT_EQ(first.asked, 2u);
  EXPECT_EQ(second.asked, 1u);
  one.ticket.release();
  two.ticket.release();
  three.ticket.release();
  EXPECT_EQ(second.released, 3u);
  EXPECT_EQ(first.released, 2u);
  ASSERT_EQ(plugins().size(), 1u);
  EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_RUNNING);
}

TEST_F(PluginReloadTest, Limits_NeitherForgetsNorOverAdmits) {
  load(PLUGINS "/limits.so", R"({"max_per_peer": 2})");
  Admitted a = admit(1), b = admit(2);
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(admit(3));
  EXPECT_EQ(reload(kLimits), TG_OK);
  EXPECT_FALSE(admit(4)) << "it has forgotten who is there";
  a.ticket.release();
  Admitted c = admit(5);
  EXPECT_TRUE(c);
  EXPECT_EQ(reload(kLimits, R"({"max_per_peer": 1})"), TG_OK);
  b.ticket.release();
  EXPECT_FALSE(admit(6)) << "one is there";
  c.ticket.release();
  EXPECT_TRUE(admit(7));
}

TEST_F(PluginReloadTest, OneThatCannotBeMadeOrStarted_LeavesTheOldOneAsItWas) {
  load(PLUGINS "/limits.so", R"({"max_per_peer": 1})");
  const Admitted one = admit(1);
  EXPECT_LT(reload(kLimits, R"({"max_per_peer": 0})"), 0);
  EXPECT_FALSE(admit(2));
  EXPECT_TRUE(admit(3, 2));
  ASSERT_EQ(plugins().size(), 1u);
  EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_RUNNING);
  failing(TG_E_NOT_FOUND, reload("com.example.nobody"));
}

TEST_F(PluginReloadTest, NewFile_IsLoaded_AnotherPluginInItsPlaceIsNot) {
  const fs::path folder = fs::path(testing::TempDir()) / ("reload_" + std::to_string(getpid()));
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms::owner_all);
  const auto install = [&](const std::string &from) {
    fs::copy_file(from, folder / "new.so", fs::copy_options::overwrite_existing);
    fs::permissions(folder / "new.so", fs::perms::owner_all);
    fs::rename(folder / "new.so", folder / "plugin.so");
  };
  counting &first = shared<counting>(), &second = shared<counting>();
  install(fixture("counting"));
  load((folder / "plugin.so").string(), at(first));
  const Admitted one = admit(20);
  install(fixture("counting"));
  EXPECT_EQ(reload(kCounting, at(second)), TG_OK);
  EXPECT_EQ(second.adopted, 1u);
  install(PLUGINS "/limits.so");
  EXPECT_TRUE(has(failing(TG_E_INVALID, reload(kCounting)), "its id is org.tidegate.limits, and com.example.counting is loaded"));
  EXPECT_EQ(plugins()[0].id, kCounting);
  fs::remove_all(folder);
}

TEST_F(PluginReloadTest, Unloaded_IsAskedNoMore_AndOwesNothing) {
  counting &counters = shared<counting>();
  load(fixture("counting"), at(counters));
  Admitted one = admit(20), two = admit(21);
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str(kCounting)), TG_OK);
  EXPECT_EQ(counters.released, 2u);
  EXPECT_TRUE(plugins().empty());
  EXPECT_TRUE(admit(22));
  one.ticket.release();
  EXPECT_EQ(counters.released, 2u);
  EXPECT_EQ(counters.asked, 2u);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_UNLOADED), kCounting));
  load(fixture("counting"), at(counters));
}

TEST_F(PluginReloadTest, FileThatCannotBeUnmapped_IsSaidToBeRetained) {
  load(fixture("stays"));
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str("com.example.stays")), TG_RETAINED);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_RETAINED), "com.example.stays 1: its file stays mapped"));
}

TEST_F(PluginReloadTest, Sink_GetsEachEventOnce_WhicheverInstance) {
  stuck_sink &first = shared<stuck_sink>(), &second = shared<stuck_sink>();
  load(fixture("stuck_sink"), at(first));
  for (int i = 0; i < 20; ++i) {
    service_.drain();
    service_.resume();
    if (i != 9) continue;
    EXPECT_EQ(reload("com.example.stuck-sink", at(second)), TG_OK);
  }
  EXPECT_EQ(first.stopped, 1u);
  EXPECT_EQ(first.destroyed, 1u);
  EXPECT_EQ(first.closing, TG_E_CLOSING) << "one that is being taken down does nothing new";
  const std::uint64_t last = host_.last_event();
  eventually([&] { return read(second.taken) != 0 && read(second.sequences[(read(second.taken) - 1) % 1024]) == last; });
  std::vector<std::uint64_t> all(first.sequences, first.sequences + first.taken);
  all.insert(all.end(), second.sequences, second.sequences + second.taken);
  for (std::size_t i = 1; i < all.size(); ++i) ASSERT_EQ(all[i], all[i - 1] + 1) << i;
}

/// With a policy that hangs when it is told to, whose calls are waited for only a moment.
class PluginReloadHangTest : public PluginReloadTest {
 protected:
  static constexpr const char *kFaulty = "com.example.faulty";

  PluginReloadHangTest() { check(load_faulty(first_)); }
  ~PluginReloadHangTest() override { come_back(); }

  tg_result load_faulty(faulty &with) {
    const std::string path = fixture("faulty"), config = at(with);
    tg_plugin_options given = options(path, config);
    given.drain_limit_ns = 50'000'000;
    given.hang_after_ns = 60'000'000'000;  // however long it takes here, it is not taken out
    return tg_plugin_load(host_.handle(), &given);
  }
  void hang(faulty &with) {
    hanging_ = &with;
    caller_ = std::thread([this] { admit(FAULTY_HANGS); });
    eventually([&] { return read(with.hanging) != 0; });
  }
  void come_back() {
    if (hanging_ != nullptr) go_on(*hanging_);
    if (caller_.joinable()) caller_.join();
  }
  static void go_on(faulty &what) { __atomic_store_n(&what.go_on, 1, __ATOMIC_SEQ_CST); }

  /// A call of the first one that begins while its heir waits there has to be waited for, and hangs. Returns: the heir.
  const faulty &expect_refused_around_a_hang(std::uint32_t waits) {
    const Admitted one = admit(FAULTY_YES);
    faulty &heir = shared<faulty>();
    heir.waits = waits;
    std::string why;
    std::thread operator_thread([&] { why = failing(TG_E_TIMEOUT, reload(kFaulty, at(heir))); });
    eventually([&] { return read(heir.waiting) != 0; });
    hang(first_);
    go_on(heir);
    operator_thread.join();
    EXPECT_TRUE(has(why, "a call of a policy has not come back")) << why;
    expect_one_more_stays();  // somebody might be about to call it still
    expect_the_first_goes_on();
    return heir;
  }
  void expect_the_first_goes_on() {
    EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_RUNNING);
    come_back();
    const std::uint32_t asked = first_.asked;
    EXPECT_TRUE(admit(FAULTY_YES));
    EXPECT_EQ(first_.asked, asked + 1);
    EXPECT_EQ(reload(kFaulty, at(shared<faulty>())), TG_OK);
    EXPECT_EQ(first_.yes, first_.ended);
  }
  void expect_one_more_stays() {
    const auto all = plugins();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].state, TG_PLUGIN_STATE_RETAINED);
    EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_RETAINED), "it was withdrawn, and a call has not come back"));
  }

  faulty &first_ = shared<faulty>();
  faulty *hanging_ = nullptr;
  std::thread caller_;
};

TEST_F(PluginReloadHangTest, CallThatDoesNotComeBack_RefusesTheReplacement_AndTheOldOneGoesOn) {
  hang(first_);
  EXPECT_TRUE(has(failing(TG_E_TIMEOUT, reload(kFaulty)), "a call of a policy has not come back"));
  EXPECT_EQ(plugins().size(), 1u);
  expect_the_first_goes_on();
}

TEST_F(PluginReloadHangTest, CallThatBeganBeforeTheHeirIsTold_IsWaitedFor_BeforeAnySessionIsHandedOver) {
  const faulty &heir = expect_refused_around_a_hang(FAULTY_IN_CREATE);
  EXPECT_EQ(heir.adopted, 0u) << "what that call says yes to would have been missed";
  EXPECT_EQ(heir.started, 0u);
}

TEST_F(PluginReloadHangTest, CallThatBeganBeforeBothAreAsked_IsWaitedFor_BeforeTheOldOneIsAskedNoMore) {
  const faulty &heir = expect_refused_around_a_hang(FAULTY_IN_START);
  EXPECT_EQ(heir.adopted, 2u) << "the one before it started, and the one that hung";
  EXPECT_EQ(heir.ended, 2u) << "each yes is answered, though it was withdrawn";
  EXPECT_EQ(heir.asked, 0u);
}

TEST_F(PluginReloadHangTest, OneThatDoesNotStart_WithATimerThatHangs_IsSaidToBeRetained) {
  load(fixture("counting"), at(shared<counting>()));
  check(tg_plugin_unload(host_.handle(), str(kFaulty)));
  faulty &with = shared<faulty>();
  with.waits = FAULTY_IN_TIMER;
  EXPECT_TRUE(has(failing(TG_E_PLUGIN, load_faulty(with)), "com.example.faulty did not start"));
  expect_one_more_stays();
  go_on(with);
}

TEST_F(PluginReloadHangTest, CallThatDoesNotComeBack_RetainsWhatIsUnloaded) {
  hang(first_);
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str(kFaulty)), TG_RETAINED);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_RETAINED), "a call has not come back"));
  ASSERT_EQ(plugins().size(), 1u);
  EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_RETAINED);
  EXPECT_TRUE(admit(FAULTY_YES)) << "nobody asks it any more";
  EXPECT_EQ(first_.asked, 1u);
  come_back();
  EXPECT_EQ(first_.ended, 1u) << "its yes is answered for all that";
  load(fixture("faulty"), at(first_));
}

TEST_F(PluginReloadHangTest, MoreAccidentsThanThereArePlaces_EachGivesItsPlaceBack) {
  check(tg_plugin_unload(host_.handle(), str(kFaulty)));
  for (int accidents = 0; accidents < 40; ++accidents) {
    faulty &with = shared<faulty>();
    ASSERT_NO_FATAL_FAILURE(eventually([&] { return load_faulty(with) == TG_OK; }));
    ASSERT_NO_FATAL_FAILURE(hang(with));
    ASSERT_EQ(tg_plugin_unload(host_.handle(), str(kFaulty)), TG_RETAINED);
    come_back();
  }
}

/// On a host that has nothing else to look after, and before it knows whose file that is.
TEST_F(PluginReloadTest, FileThatHangsWhenItIsMapped_IsSaidTo) {
  const std::string fifo = testing::TempDir() + "/fifo_" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  setenv("TIDEGATE_TEST_FIFO", fifo.c_str(), 1);
  const std::string path = fixture("slow_to_map");
  tg_plugin_options given = options(path);
  given.hang_after_ns = 1'000'000;
  std::thread operator_thread([&] { check(tg_plugin_load(host_.handle(), &given)); });
  wait_for(TG_EVENT_PLUGIN_CHANGE_HANGS);
  const std::string text = text_of(TG_EVENT_PLUGIN_CHANGE_HANGS);
  EXPECT_TRUE(has(text, "plugin change hangs: loading for ") && has(text, path)) << text;
  close(open(fifo.c_str(), O_WRONLY));
  operator_thread.join();
  unsetenv("TIDEGATE_TEST_FIFO");
  unlink(fifo.c_str());
  EXPECT_EQ(plugins().size(), 1u);
}

/// As in libuv's tests: one descriptor more at a time, until it succeeds.
TEST_F(PluginReloadTest, WithoutDescriptors_ItFailsWhole_WhereverTheyEnd) {
  const std::string path = fixture("longer");  // a policy and a sink
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const auto with_descriptors = [&](rlim_t most, auto &&call) {
    rlimit tight = before;
    tight.rlim_cur = most;
    setrlimit(RLIMIT_NOFILE, &tight);
    const tg_result result = call();
    setrlimit(RLIMIT_NOFILE, &before);
    return result;
  };
  const tg_plugin_options given = options(path);
  int failures = 0;
  for (rlim_t most = 3; with_descriptors(most, [&] { return tg_plugin_load(host_.handle(), &given); }) < 0; ++most) {
    ASSERT_LT(most, 1000u);
    EXPECT_TRUE(plugins().empty()) << most;
    EXPECT_TRUE(admit(1)) << most;
    ++failures;
  }
  EXPECT_GT(failures, 3);
  const Admitted one = admit(2);
  for (rlim_t most = 3; with_descriptors(most, [&] { return reload("com.example.longer"); }) < 0; ++most) {
    ASSERT_LT(most, 1000u);
    ASSERT_EQ(plugins().size(), 1u) << most;
    EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_RUNNING);
    EXPECT_TRUE(admit(1)) << most;
  }
  EXPECT_EQ(plugins().size(), 1u);
}

// ---- with everything at once ----

unsigned long long rounds(unsigned long long usual) {
  const char *given = std::getenv("TIDEGATE_STRESS_ROUNDS");
  return given == nullptr ? usual : std::clamp(std::strtoull(given, nullptr, 10) / 100, 20ull, 1000ull);
}

TEST_F(PluginReloadTest, LimitsStress_UnderConcurrency_NothingIsLostAndNobodyIsTooMany) {
  constexpr int kMost = 2;
  constexpr std::size_t kMostDelays = 4'000'000;
  load(PLUGINS "/limits.so", R"({"max_per_peer": 2})");
  std::array<std::atomic<int>, 4> live{};
  std::atomic<std::uint64_t> admitted{0}, refused{0}, other{0}, too_many{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  std::vector<std::uint64_t> delays[2];
  for (unsigned t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      std::minstd_rand random(t + 1);
      tg_service *const service = service_.handle();
      std::vector<std::pair<tg_ticket, unsigned>> mine;
      while (!stop.load(std::memory_order_relaxed) || !mine.empty()) {
        if (!stop.load(std::memory_order_relaxed) && mine.size() < 6 && random() % 2 == 0) {
          tg_request request = TG_INIT(tg_request);
          tg_verdict verdict = TG_INIT(tg_verdict);
          const unsigned peer = static_cast<unsigned>(random() % live.size());
          request.peer.ip[15] = static_cast<std::uint8_t>(peer + 1);
          tg_ticket ticket = 0;
          const auto before = std::chrono::steady_clock::now();
          tg_admit(service, &request, &verdict, &ticket);
          const auto took = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - before).count());
          if (delays[t].size() < kMostDelays) delays[t].push_back(took);
          if (ticket != 0) {
            ++admitted;
            if (live[peer].fetch_add(1) >= kMost) ++too_many;
            mine.emplace_back(ticket, peer);
          } else {
            ++(verdict.reason == TG_REASON_POLICY ? refused : other);
          }
        } else if (!mine.empty()) {
          live[mine.back().second].fetch_sub(1);
          tg_release(service, mine.back().first);
          mine.pop_back();
        }
      }
    });
  unsigned long long reloads = 0;
  for (; reloads < rounds(200) || admitted.load() < 10'000; ++reloads) ASSERT_EQ(reload(kLimits), TG_OK);
  stop = true;
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(too_many, 0u);
  EXPECT_EQ(other, 0u) << "an admission was lost";
  EXPECT_GT(refused, 0u);
  const auto info = service_.info();
  EXPECT_EQ(info.sessions, 0u);
  EXPECT_EQ(info.admitted, admitted.load());
  std::vector<std::uint64_t> all = delays[0];
  all.insert(all.end(), delays[1].begin(), delays[1].end());
  std::ranges::sort(all);
  std::printf("%llu reloads, %llu admitted, %llu refused; an admission meanwhile: p50 %llu ns, p99 %llu ns\n", reloads,
              static_cast<unsigned long long>(admitted.load()), static_cast<unsigned long long>(refused.load()),
              static_cast<unsigned long long>(all[all.size() / 2]), static_cast<unsigned long long>(all[all.size() * 99 / 100]));
}

std::size_t lines_of(const std::string &file) {
  std::ifstream in(file);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}
std::size_t entries_of(const std::string &folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}
std::size_t resident_pages() {
  std::ifstream in("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  in >> size >> resident;
  return resident;
}

#ifdef __SANITIZE_ADDRESS__
// What is freed is kept aside there, up to 256 MiB.
constexpr std::size_t kMorePages = 65536, kMoreMaps = 100;
#elif defined __SANITIZE_THREAD__
// The sanitizer's own memory grows with each thread and each mapping that has been: 10 MiB were seen.
constexpr std::size_t kMorePages = 65536, kMoreMaps = 16;
#else
constexpr std::size_t kMorePages = 1024, kMoreMaps = 16;  // 4 MiB
#endif

TEST_F(PluginReloadTest, TenThousandTimes_MemoryThreadsAndDescriptorsStayFlat) {
  counting &counters = shared<counting>();
  stuck_sink &sink = shared<stuck_sink>();
  load(fixture("counting"), at(counters));
  load(fixture("stuck_sink"), at(sink));
  const Admitted one = admit(20);
  const auto round = [&] {
    ASSERT_EQ(reload(kCounting, at(counters)), TG_OK);
    ASSERT_EQ(reload("com.example.stuck-sink", at(sink)), TG_OK);
    load(PLUGINS "/limits.so", R"({"max_per_peer": 2})");
    ASSERT_EQ(tg_plugin_unload(host_.handle(), str(kLimits)), TG_OK);
  };
  const unsigned long long times = rounds(5000);
  for (int i = 0; i < 500; ++i) round();
  const std::size_t maps = lines_of("/proc/self/maps"), threads = entries_of("/proc/self/task"), files = entries_of("/proc/self/fd"),
                    pages = resident_pages();
  for (unsigned long long i = 0; i < times; ++i) round();
  eventually([&] { return entries_of("/proc/self/task") <= threads + 1; });
  EXPECT_LE(lines_of("/proc/self/maps"), maps + kMoreMaps);
  EXPECT_EQ(entries_of("/proc/self/fd"), files);
  EXPECT_LT(resident_pages(), pages + kMorePages);
  EXPECT_EQ(counters.yes + counters.adopted - counters.released - counters.cancelled, 1u);
}

}  // namespace
}  // namespace tidegate
