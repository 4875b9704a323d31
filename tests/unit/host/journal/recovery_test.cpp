// What a host with a state directory is after its process has ended, whenever that was.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "../host_fixture.hpp"

namespace tidegate::sdk {
namespace {

namespace fs = std::filesystem;

class RecoveryTest : public HostTest {
 protected:
  RecoveryTest() {
    const fs::path root = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    std::string name = (root / "tidegate-recovery-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~RecoveryTest() override { fs::remove_all(folder_); }

  Host::Options kept_options() const {
    Host::Options out = options();
    out.state_directory = (folder_ / "state").string();
    return out;
  }
  fs::path journal() const { return folder_ / "state" / "journal"; }

  /// The same services each time.
  struct World {
    World(const Host::Options &options, const Clock &clock) : host(options, clock) {
      Service::Options made;
      made.retry_after = 30 * kSecond;
      made.name = "CALLS";
      calls = &host.add_service(made);
      made.name = "REPLICA";
      replica = &host.add_service(made);
      host.start({}, {});
    }
    Numbers events() {
      Numbers out;
      Event event;
      for (std::uint64_t after = 0; host.events().next(after, event); after = event.sequence) out.push_back(event.number);
      return out;
    }
    Host host;
    Service *calls;
    Service *replica;
  };

  static bool paused(const Service &service) { return service.info().status == TG_STATUS_PAUSED; }

  /// What the journal's bytes promise: by service, whether something holds it that outlives a restart.
  std::map<std::string, bool> promised(const std::vector<unsigned char> &bytes) const {
    std::map<std::string, bool> held;
    for (std::size_t at = 0; at < bytes.size();) {
      const Decoded record = decode(std::span(bytes).subspan(at));
      if (record.what != Decoded::What::whole) break;
      at += record.length;
      bool holds = false;
      for (const Hold &hold : record.kept.holds)
        holds |= hold.outlives_restart() && (hold.expires_unix == 0 || hold.expires_unix > clock_.unix_ns());
      held[std::string(record.kept.service.view())] = holds;
    }
    return held;
  }

  fs::path folder_;
};

std::vector<unsigned char> bytes_of(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(RecoveryTest, Held_ComesBackPausedAndSaysSo) {
  {
    World before(kept_options(), clock_);
    before.calls->drain({}, by("alice"));
  }
  World after(kept_options(), clock_);
  EXPECT_TRUE(paused(*after.calls));
  EXPECT_FALSE(paused(*after.replica));
  const Numbers seen = after.events();
  EXPECT_EQ(std::ranges::count(seen, TG_EVENT_RECOVERED), 1);
  EXPECT_EQ(after.calls->info().epoch, 2u) << "the number of a drain is not used again";
  ASSERT_EQ(after.calls->holds().size(), 1u);
  EXPECT_EQ(after.calls->holds().begin()->action.actor.view(), "alice");
  EXPECT_EQ(after.calls->resume(false, by("alice")), TG_OK);
  EXPECT_EQ(after.calls->info().status, TG_STATUS_RUNNING);
}

TEST_F(RecoveryTest, Resumed_ComesBackRunning) {
  {
    World before(kept_options(), clock_);
    before.calls->drain({}, by("alice"));
    before.calls->resume(false, by("alice"));
  }
  World after(kept_options(), clock_);
  EXPECT_EQ(after.calls->info().status, TG_STATUS_RUNNING);
}

TEST_F(RecoveryTest, HoldUntilRestart_AndDrainWithoutHold_AreOver) {
  {
    World before(kept_options(), clock_);
    DrainOptions options;
    options.hold = TG_HOLD_UNTIL_RESTART;
    before.calls->drain(options, by("alice"));
    options.hold = TG_HOLD_NONE;
    before.replica->drain(options, by("alice"));
  }
  World after(kept_options(), clock_);
  EXPECT_FALSE(paused(*after.calls));
  EXPECT_FALSE(paused(*after.replica));
}

TEST_F(RecoveryTest, HoldUntilATime_EndsThenThoughNobodyRan) {
  DrainOptions options;
  options.hold = TG_HOLD_UNTIL_TIME;
  options.hold_until_unix = clock_.unix_ns() + static_cast<std::int64_t>(60 * kSecond);
  {
    World before(kept_options(), clock_);
    before.calls->drain(options, by("alice"));
  }
  clock_.advance(30 * kSecond);
  {
    World early(kept_options(), clock_);
    EXPECT_TRUE(paused(*early.calls));
    clock_.advance(30 * kSecond);
    early.host.poll();
    EXPECT_FALSE(paused(*early.calls)) << "the rest of its time runs on";
    early.calls->drain({}, by("bob"));
    early.calls->resume(false, by("bob"));
  }
  World late(kept_options(), clock_);
  EXPECT_FALSE(paused(*late.calls));
}

TEST_F(RecoveryTest, LiftedWhileStopped_StaysLifted) {
  {
    World before(kept_options(), clock_);
    before.calls->drain({}, by("alice"));
  }
  {
    Host host(kept_options(), clock_);
    Service::Options made = service_options("CALLS");
    Service &calls = host.add_service(made);
    EXPECT_EQ(calls.holds().size(), 1u) << "before it is started";
    EXPECT_EQ(calls.resume(false, by("alice")), TG_OK);
  }
  World after(kept_options(), clock_);
  EXPECT_FALSE(paused(*after.calls));
}

TEST_F(RecoveryTest, Directory_OfARunningHost_IsRefused) {
  World one(kept_options(), clock_);
  EXPECT_EQ(code_of([&] { Host two(kept_options(), clock_); }), TG_E_EXISTS);
}

/// The file may end anywhere: the host starts, with what the whole records before that say.
TEST_F(RecoveryTest, EveryPrefixOfTheJournal_IsWhatWasPromised) {
  std::vector<unsigned char> whole;
  {
    World before(kept_options(), clock_);
    DrainOptions timed;
    timed.hold = TG_HOLD_UNTIL_TIME;
    timed.hold_until_unix = clock_.unix_ns() + static_cast<std::int64_t>(60 * kSecond);
    before.calls->drain({}, by("alice"));
    before.calls->drain(timed, by("bob"));
    before.replica->drain({}, by("carol"));
    before.calls->resume(false, by("alice"));
    before.calls->resume(false, by("bob"));
    before.replica->resume(true, by("root"));
    before.calls->drain(how(TG_INTENT_STOP), by("dave"));
    before.replica->drain({}, by("erin"));
    whole = bytes_of(journal());
  }
  ASSERT_GT(whole.size(), 300u);
  int were_paused = 0, cut = 0;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    fs::remove_all(folder_ / "state");
    fs::create_directory(folder_ / "state");
    fs::permissions(folder_ / "state", fs::perms::owner_all);
    std::ofstream(journal(), std::ios::binary)
        .write(reinterpret_cast<const char *>(whole.data()), static_cast<std::streamsize>(length));
    auto held = promised({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    World after(kept_options(), clock_);
    ASSERT_EQ(paused(*after.calls), held["CALLS"]) << "cut at byte " << length;
    ASSERT_EQ(paused(*after.replica), held["REPLICA"]) << "cut at byte " << length;
    ASSERT_NE(after.calls->info().status, TG_STATUS_STOPPED);
    were_paused += held["CALLS"] + held["REPLICA"];
    const Numbers seen = after.events();
    cut += std::ranges::count(seen, TG_EVENT_JOURNAL_CUT) == 1;
  }
  EXPECT_GT(were_paused, 100);
  EXPECT_GT(cut, 400) << "all that is no boundary of a record";
}

/// Killed after each thing that was answered: what was answered holds.
TEST_F(RecoveryTest, KilledAfterEachAnswer_KeepsIt) {
  struct Answered {
    const char *name;
    void (*act)(World &world);
    bool calls, replica;  // paused afterwards
  };
  static const Action alice = by("alice"), bob = by("bob");
  static const Answered steps[] = {
      {"started", [](World &) {}, false, false},
      {"drained", [](World &world) { world.calls->drain({}, alice); }, true, false},
      {"two holds", [](World &world) { world.calls->drain({}, bob); }, true, false},
      {"one lifted", [](World &world) { world.calls->resume(false, alice); }, true, false},
      {"all drained", [](World &world) { world.host.drain({}, {}, alice); }, true, true},
      {"one resumed for all", [](World &world) { world.calls->resume(true, bob); }, false, true},
      {"stopped", [](World &world) { world.calls->drain(how(TG_INTENT_STOP), bob); }, false, true},
      {"all resumed", [](World &world) { world.host.resume({}, false, alice); }, false, false},
  };
  for (std::size_t killed_after = 0; killed_after < std::size(steps); ++killed_after) {
    fs::remove_all(folder_ / "state");
    const pid_t child = fork();
    if (child == 0) {
      World world(kept_options(), clock_);
      for (std::size_t i = 0; i <= killed_after; ++i) steps[i].act(world);
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << steps[killed_after].name;
    World after(kept_options(), clock_);
    EXPECT_EQ(paused(*after.calls), steps[killed_after].calls) << steps[killed_after].name;
    EXPECT_EQ(paused(*after.replica), steps[killed_after].replica) << steps[killed_after].name;
  }
}

}  // namespace
}  // namespace tidegate::sdk
