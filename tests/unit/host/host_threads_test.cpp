// A host with its own threads, whose callbacks, disk and readers hang: FINDINGS L1, L4, L5.

#include <sys/resource.h>

#include <chrono>
#include <random>
#include <thread>

#include "loop/manual_clock.hpp"
#include "journal/refusing_disk.hpp"
#include "os/fault.hpp"
#include "host/host.hpp"
#include "scratch.hpp"

namespace tidegate::sdk {
namespace {

using Clock_ = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// A place where callbacks hang until the test lets them go.
struct Trap {
  std::atomic<bool> shut{true};
  std::atomic<int> caught{0};

  void enter() {
    ++caught;
    shut.wait(true);
  }
  void open() {
    shut = false;
    shut.notify_all();
  }
  ~Trap() { open(); }
};

Host::Options options(Nanos end_bound = 10 * kSecond) {
  Host::Options out;
  out.name = "threads";
  out.log_format = TG_FORMAT_OFF;
  out.session_capacity = 64;
  out.end_bound = end_bound;
  return out;
}

Service::Options service(const std::string &name) {
  Service::Options out;
  out.name = name;
  out.activity = "Sessions";
  out.retry_after = kSecond;
  out.callbacks = TG_INIT(tg_service_options);
  return out;
}

tg_ticket admit(Service &service) {
  tg_verdict verdict = TG_INIT(tg_verdict);
  return service.admit(TG_INIT(tg_request), verdict);
}

/// Waits for the event, with a limit. Returns: it.
Event wait_for(Host &host, std::uint32_t number, std::string_view service = {}) {
  const auto end = Clock_::now() + 20s;
  Event event;
  for (std::uint64_t seen = 0; Clock_::now() < end;) {
    if (!host.events().next(seen, event)) {
      host.events().wait(seen, kSecond / 10);
      continue;
    }
    seen = event.sequence;
    if (event.number == number && (service.empty() || event.service.view() == service)) return event;
  }
  ADD_FAILURE() << number << " did not come";
  return {};
}

TEST(HostThreads, CallbackThatHangs_DelaysNoOtherService) {  // FINDINGS L4
  Trap trap;
  Host host(options(200'000'000));
  Service::Options hangs = service("HANGS"), fine = service("FINE");
  hangs.callbacks.user = fine.callbacks.user = &trap;
  hangs.callbacks.start = [](void *user) -> tg_result { return static_cast<Trap *>(user)->enter(), TG_OK; };
  fine.callbacks.start = [](void *) -> tg_result { return TG_OK; };
  fine.callbacks.stop = [](void *) {};
  fine.callbacks.close = [](void *, tg_ticket, std::uint64_t) {};
  Service &a = host.add_service(hangs), &b = host.add_service(fine);
  host.start({}, {});
  wait_for(host, TG_EVENT_RUNNING, "FINE");
  const tg_ticket one = admit(b);
  DrainOptions at_once;
  at_once.intent = TG_INTENT_STOP;
  at_once.deadline = 1;
  at_once.kill_grace = 5 * kSecond;
  b.drain(at_once, {});
  wait_for(host, TG_EVENT_FORCED, "FINE");
  b.release(one);
  wait_for(host, TG_EVENT_STOPPED, "FINE");
  EXPECT_EQ(a.info().status, TG_STATUS_START_PENDING);
  trap.open();
  wait_for(host, TG_EVENT_RUNNING, "HANGS");
  host.close();
  EXPECT_TRUE(host.end());
}

TEST(HostThreads, CallbackThatIsLate_IsNamedOnceByAnEvent) {  // FINDINGS L4
  for (const bool starts : {true, false}) {
    Trap trap;
    ManualClock clock;
    Host host(options(), clock);
    Service::Options slow = service("SLOW");
    slow.callbacks.user = &trap;
    if (starts)
      slow.callbacks.start = [](void *user) -> tg_result { return static_cast<Trap *>(user)->enter(), TG_OK; };
    else
      slow.callbacks.close = [](void *user, tg_ticket, std::uint64_t) { static_cast<Trap *>(user)->enter(); };
    Service &a = host.add_service(slow);
    host.start({}, {});
    tg_ticket one = 0;
    if (!starts) {
      wait_for(host, TG_EVENT_RUNNING);
      one = admit(a);
      DrainOptions at_once;
      at_once.deadline = 1;
      at_once.kill_grace = kSecond;
      a.drain(at_once, {});
      clock.advance(1);
      host.shared().steward.ring();
    }
    while (trap.caught == 0) std::this_thread::yield();
    for (int i = 0; i < 3; ++i) {
      clock.advance(5 * kSecond);
      host.shared().steward.ring();
      const Event late = wait_for(host, TG_EVENT_CALLBACK_LATE, "SLOW");
      EXPECT_NE(late.text.view().find(starts ? "start" : "close"), std::string_view::npos) << late.text.view();
    }
    if (!starts) wait_for(host, TG_EVENT_NOT_CLOSED);  // a close that hangs has told the sessions, as far as can be known
    trap.open();
    if (starts) wait_for(host, TG_EVENT_RUNNING);
    if (one != 0) a.release(one);
    host.close();
    EXPECT_TRUE(host.end());
    int said = 0;
    Event event;
    for (std::uint64_t after = 0; host.events().next(after, event); after = event.sequence)
      said += event.number == TG_EVENT_CALLBACK_LATE ? 1 : 0;
    EXPECT_EQ(said, 1);
  }
}

TEST(HostThreads, DiskThatHangs_DelaysNoTimerAndNo25050_OnlyTheAnswer) {  // FINDINGS L5
  for (const std::uint32_t loop : {TG_LOOP_STEWARD, TG_LOOP_POLL}) {
    const Scratch scratch;
    Host::Options about = options();
    about.loop = loop;
    about.state_directory = scratch.state();
    Host host(about);
    Service &a = host.add_service(service("A")), &b = host.add_service(service("B"));
    host.start({}, {});
    const auto turn = [&] {
      if (loop == TG_LOOP_POLL) host.poll();
    };
    const tg_ticket one = admit(a);
    disk_hangs = true;
    std::atomic<bool> answered{false};
    std::thread operator_([&] {
      a.drain({}, {});
      answered = true;
    });
    wait_for(host, TG_EVENT_DRAIN_STARTED, "A");
    const auto began = Clock_::now();
    turn();
    a.release(one);
    turn();
    wait_for(host, TG_EVENT_DRAINED, "A");
    host.terminate({}, {});  // it does not wait for the disk
    turn();
    wait_for(host, TG_EVENT_HOST_ENDED);
    const auto took = Clock_::now() - began;
    EXPECT_LT(took, 100ms) << "the loop and 25050 were delayed by the disk";
    EXPECT_FALSE(answered) << "the answer must wait for its record";
    EXPECT_EQ(b.info().status, TG_STATUS_STOPPED);
    std::printf("disk hangs: 25050, 25161 and the loop took %.1f ms\n", std::chrono::duration<double, std::milli>(took).count());
    disk_hangs = false;
    disk_hangs.notify_all();
    operator_.join();
    host.close();
    EXPECT_TRUE(host.end());
  }
}

TEST(HostThreads, L5_DiskThatHangs_DelaysNoRequestThatWritesNothing_AndEndsNoneTwice) {
  const Scratch scratch;
  Host::Options about = options(400'000'000);
  about.state_directory = scratch.state();
  auto &host = *new Host(about);  // it stays: its disk hangs at its end
  Service &a = host.add_service(service("A")), &b = host.add_service(service("B"));
  host.start({}, {});
  disk_hangs = true;
  std::atomic<tg_result> answer{-1};
  std::thread operator_([&] { answer = a.drain({}, {}); });
  wait_for(host, TG_EVENT_DRAIN_STARTED, "A");
  b.stop_now({});
  b.start({});
  EXPECT_EQ(answer, -1) << "the request whose record waits for the disk";
  host.let_go_of_disk();
  operator_.join();
  EXPECT_EQ(answer, TG_NOT_DURABLE);
  std::thread another([&] { answer = b.drain({}, {}); });
  wait_for(host, TG_EVENT_HOLD_PLACED, "B");
  host.close();
  EXPECT_FALSE(host.end());
  another.join();
  EXPECT_EQ(answer, TG_NOT_DURABLE) << "the end of the host ends waits for the disk";
  disk_hangs = false;
  disk_hangs.notify_all();
  static const Host *kept = nullptr;  // for a leak check
  kept = &host;
  ASSERT_NE(kept, nullptr);
}

TEST(HostThreads, L1_ManySubscribersThatHang_ShareOneBound) {
  static Trap trap;  // what hangs comes back when the process ends
  constexpr Nanos kBound = kSecond;
  auto &host = *new Host(options(kBound));
  constexpr int kSubscribers = 60;
  for (int i = 0; i < kSubscribers; ++i) host.subscribe(0, [](const Event &) { trap.enter(); });
  host.add_service(service("A"));
  host.start({}, {});
  while (trap.caught < kSubscribers) std::this_thread::yield();
  const auto began = Clock_::now();
  host.close();
  EXPECT_FALSE(host.end());
  EXPECT_LT(Clock_::now() - began, std::chrono::nanoseconds(kBound) + 500ms);
  trap.open();
  static const Host *kept = nullptr;  // for a leak check
  kept = &host;
  ASSERT_NE(kept, nullptr);
}

TEST(HostThreads, L1_PolledHost_EndsThoughAnotherThreadHangsInItsPoll) {
  static Trap trap;
  Host::Options about = options(400'000'000);
  about.loop = TG_LOOP_POLL;
  auto &host = *new Host(about);
  Service::Options hangs = service("A");
  hangs.callbacks.user = &trap;
  hangs.callbacks.start = [](void *user) -> tg_result { return static_cast<Trap *>(user)->enter(), TG_OK; };
  host.add_service(hangs);
  host.start({}, {});
  std::thread loop([&] { host.poll(); });
  while (trap.caught == 0) std::this_thread::yield();
  const auto began = Clock_::now();
  host.close();
  EXPECT_FALSE(host.end()) << "the thread is inside still";
  EXPECT_LT(Clock_::now() - began, 1s);
  trap.open();
  loop.join();
  static const Host *kept = nullptr;  // for a leak check
  kept = &host;
  ASSERT_NE(kept, nullptr);
}

TEST(HostThreads, Wait_EndsWithTheHost) {
  Host host(options());
  host.add_service(service("A"));
  host.start({}, {});
  std::thread ender([&] { host.terminate({}, {}); });
  EXPECT_EQ(host.wait(20 * kSecond), TG_OK);
  ender.join();
  std::thread waiter([&] { EXPECT_EQ(host.wait(kNever), TG_OK); });
  waiter.join();
  host.close();
  EXPECT_TRUE(host.end());
}

/// One host that ends in some way while some of what it calls hangs. Returns: how long close() and end() took.
class RandomEnd {
 public:
  RandomEnd(std::uint32_t seed, Trap &trap) : random_(seed), trap_(trap) {}

  std::chrono::nanoseconds run(const std::string &state_directory, Nanos bound) {
    Host::Options about = options(bound);
    if (one_in(3)) about.state_directory = state_directory;
    auto *host = new Host(about);
    const auto count = 1 + random_() % 3;
    std::vector<std::pair<Service *, tg_ticket>> inside;
    for (unsigned i = 0; i < count; ++i) services_.push_back(&host->add_service(described("S" + std::to_string(i))));
    if (one_in(4)) host->subscribe(0, [this](const Event &) { maybe_hang(60); });
    host->start({}, {});
    for (Service *service : services_)
      for (unsigned i = random_() % 3; i > 0; --i)
        if (const tg_ticket ticket = admit(*service); ticket != 0) inside.emplace_back(service, ticket);
    for (unsigned i = random_() % 4; i > 0; --i) act(*host);
    for (const auto &[service, ticket] : inside) service->release(ticket);
    const bool disk = !about.state_directory.empty() && one_in(3);
    disk_hangs = disk;
    const auto began = Clock_::now();
    host->close();
    const bool ended = host->end();
    const auto took = Clock_::now() - began;
    disk_hangs = false;
    disk_hangs.notify_all();
    if (ended)
      delete host;
    else
      kept_ = host;
    return took;
  }
  bool hung() const { return kept_ != nullptr; }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  void maybe_hang(unsigned one_in_so_many) {
    if (chance_.fetch_add(1) % one_in_so_many == one_in_so_many - 1) trap_.enter();
  }
  Service::Options described(const std::string &name) {
    Service::Options out = service(name);
    out.callbacks.user = this;
    chance_ = random_() % 41;
    if (one_in(2)) out.callbacks.start = [](void *user) -> tg_result { return static_cast<RandomEnd *>(user)->maybe_hang(41), TG_OK; };
    if (one_in(2)) out.callbacks.stop = [](void *user) { static_cast<RandomEnd *>(user)->maybe_hang(41); };
    if (one_in(2)) out.callbacks.close = [](void *user, tg_ticket, std::uint64_t) { static_cast<RandomEnd *>(user)->maybe_hang(41); };
    return out;
  }
  void act(Host &host) {
    Service &service = *services_[random_() % services_.size()];
    try {
      switch (random_() % 5) {
        case 0: host.terminate({}, {}); break;
        case 1: service.stop_now({}); break;
        case 2: service.drain({}, {}); break;
        case 3: service.resume(false, {}); break;
        default: service.start({}); break;
      }
    } catch (const Fault &) {  // not in this state
    }
  }

  std::minstd_rand random_;
  Trap &trap_;
  std::atomic<unsigned> chance_{0};
  std::vector<Service *> services_;
  Host *kept_ = nullptr;  // a host in which something hangs stays for ever, and is found here by a leak check
};

TEST(HostThreads, ThousandRandomEnds_EachWithinTheBound) {  // FINDINGS L1
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  constexpr Nanos kBound = 80'000'000;
  const Scratch scratch;
  static Trap trap;  // what hangs comes back when the test is over
  static auto &all = *new std::vector<std::unique_ptr<RandomEnd>>;  // for ever, as the hosts that they keep
  int hung = 0;
  std::chrono::nanoseconds longest{0};
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    all.push_back(std::make_unique<RandomEnd>(seed, trap));
    const auto took = all.back()->run(scratch.path() + "/" + std::to_string(seed), kBound);
    longest = std::max(longest, took);
    ASSERT_LT(took, std::chrono::nanoseconds(kBound) + 1s) << "seed " << seed;
    if (all.back()->hung()) ++hung;
    else all.pop_back();
  }
  std::printf("1,000 ends, %d with something that hangs; the longest took %.0f ms of %.0f\n", hung,
              std::chrono::duration<double, std::milli>(longest).count(), kBound / 1e6);
  EXPECT_GT(hung, 30);
  EXPECT_LT(hung, 700);
  trap.open();
}

}  // namespace
}  // namespace tidegate::sdk
